import type { IConstruct } from 'constructs';
import { addTo } from '../base/group.js';
import { isReferable, type ReferenceTarget, reference } from '../model/reference.js';
import type { LoadContext } from './load-context.js';

/** Makes what the program itself has made of the host known to the files, by construct id, by path, and by its name on the host. */
export function declareProgram(root: IConstruct, context: LoadContext): void {
  const found = new Map<string, { kind: string; name: string; thing: IConstruct }[]>();
  for (const thing of root.node.findAll()) {
    for (const { kind, name } of namesOf(thing, context)) {
      addTo(found, `${kind}\0${name}`, { kind, name, thing });
    }
  }
  for (const [first, ...others] of found.values()) {
    // of two that share an id each still has its path
    if (first !== undefined && others.every(({ thing }) => thing === first.thing)) {
      context.declare(first.kind, first.name, first.thing);
    }
  }
}

function namesOf(thing: IConstruct, context: LoadContext): { kind: string; name: string }[] {
  const target = isReferable(thing) ? thing[reference] : undefined;
  const { id, path } = thing.node;
  const isElsewhere = target?.host !== undefined && target.host !== context.host.node.path;
  if (isElsewhere) {
    return [];
  }
  const own = target === undefined ? [] : referenceNames(target, id, path);
  const peers = 'peer' in thing ? [id, path].map((name) => ({ kind: 'peer', name })) : [];
  return [...own, ...peers];
}

function referenceNames({ kind, plain }: ReferenceTarget, id: string, path: string): { kind: string; name: string }[] {
  const isOfZfs = kind === 'ZFS dataset' || kind === 'ZFS pool';
  const names = isOfZfs ? [plain] : [id, path, plain];
  return names
    .filter((name): name is string => typeof name === 'string')
    .map((name) => ({ kind: isOfZfs ? 'dataset' : kind, name }));
}
