import { compareText } from '../../base/stable.js';
import type { Facts } from '../../model/facts.js';
import type { HostFiles } from './host-files.js';

/**
 * The files that facts hold, as they would lie in a copy of the host: `etc/pve/...`, and in a folder of the node what each node has of its own.
 * Files that are there and not told have a text, so that they are named like all others.
 */
export function filesInFacts(facts: Facts): HostFiles {
  const texts = textsOf(facts);
  const paths = [...texts.keys()];
  const names = (folder: string) => {
    const start = folder === '' || folder === '.' ? '' : `${folder}/`;
    const below = paths.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length));
    return [...new Set(below.map((path) => path.replace(/\/.*/, '')))].sort(compareText);
  };
  return {
    name: facts.node,
    has: (path) => texts.has(path) || names(path).length > 0,
    text: (path) => texts.get(path) ?? '',
    names,
    folders: (folder) => names(folder).filter((name) => !texts.has(folder === '' ? name : `${folder}/${name}`)),
    withheld: (path) => facts.withheld?.[`/${path}`] ?? [],
  };
}

function textsOf({ node, pveVersion, cluster, files = {}, otherFiles = [] }: Facts): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [path, lines] of Object.entries(files)) {
    const isShared = path.startsWith('/etc/pve/');
    texts.set(isShared ? path.slice(1) : `${node}${path}`, lines.map((line) => `${line}\n`).join(''));
  }
  otherFiles.forEach((path) => texts.set(path.slice(1), 'withheld\n'));
  // Every node has a folder with something in it, also one without guests.
  for (const { name } of cluster?.members ?? [{ name: node }]) {
    texts.set(`etc/pve/nodes/${name}/lrm_status`, '');
  }
  return texts.set(`${node}/etc/pveversion`, pveVersion === undefined ? '' : `pve-manager/${pveVersion}\n`);
}
