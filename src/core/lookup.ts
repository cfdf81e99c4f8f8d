import type { IConstruct } from 'constructs';

/** The construct at a path below the root, if there is one. */
export function constructAt(root: IConstruct, path: string): IConstruct | undefined {
  let here: IConstruct | undefined = root;
  for (const id of path.split('/')) {
    here = here?.node.tryFindChild(id);
  }
  return here;
}
