import { compareText, stableJson } from '../../base/stable.js';
import type { Facts } from '../../model/facts.js';

/**
 * Facts as a file of the project: sections in one order, entries sorted and each on its own line, so that a diff of two files shows what has
 * changed on the host. The same facts give the same bytes.
 */
export function renderFacts(facts: Facts): string {
  const sorted = sortedLists(facts);
  const members = sections.flatMap(([name, levels]) => {
    const value = sorted[name];
    return value === undefined ? [] : [`  "${name}": ${indented(stableJson(value, { levels }))}`];
  });
  return `{\n${members.join(',\n')}\n}\n`;
}

/** Sections in their order, each with how many levels of it stand on lines of their own. */
const sections: readonly (readonly [name: keyof Facts, levels: number])[] = [
  ['version', 0],
  ['takenAt', 0],
  ['node', 0],
  ['pveVersion', 0],
  ['kernel', 0],
  ['packages', 1],
  ['cores', 0],
  ['memory', 0],
  ['displayDevices', 1],
  ['nvidia', 0],
  ['pools', 1],
  ['datasets', 1],
  ['storages', 1],
  ['interfaces', 1],
  ['cluster', 2],
  ['guests', 1],
  ['apps', 3],
  ['files', 2],
  ['otherFiles', 1],
  ['withheld', 1],
  ['unknown', 1],
];

function sortedLists(facts: Facts): Facts {
  const byName = (a: { readonly name: string }, b: { readonly name: string }) => compareText(a.name, b.name);
  const { displayDevices, pools, interfaces, cluster, guests, apps, otherFiles } = facts;
  return {
    ...facts,
    displayDevices: displayDevices?.toSorted((a, b) => compareText(a.address, b.address)),
    pools: pools?.toSorted(byName),
    interfaces: interfaces?.toSorted(byName),
    cluster: cluster === undefined ? undefined : { ...cluster, members: cluster.members.toSorted(byName) },
    guests: guests?.toSorted((a, b) => a.vmid - b.vmid),
    apps: apps?.toSorted(byName),
    otherFiles: otherFiles?.toSorted(compareText),
  };
}

/** A section as it stands within the document. No text in it holds a line feed as such. */
function indented(json: string): string {
  return json.trimEnd().replaceAll('\n', '\n  ');
}
