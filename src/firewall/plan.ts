import { compareText } from '../base/stable.js';
import type { Host } from '../core/host.js';
import type { Completion, Outcome, Place } from '../core/resource.js';
import {
  renderFirewall,
  renderFirewallAlias,
  renderFirewallEntry,
  renderFirewallRule,
} from '../format/firewall-file.js';
import type { FirewallFile, FirewallRule } from '../format/firewall-model.js';
import { removalOf } from '../model/removal.js';
import type { StepOf } from '../model/step.js';
import type { SharedFirewallSpec } from './roles.js';

export const clusterFirewallIdentity = 'firewall/cluster';
export const hostFirewallIdentity = 'firewall/host';

/** What has to be done before a file may use names of `cluster.fw`, by whichever host of the app: nothing, where others look after that. */
export function clusterEntriesNeed(completion: Completion, host: Host): readonly string[] {
  return completion.has(host, clusterFirewallIdentity) ? [entriesStepOf(clusterFirewallIdentity)] : [];
}

/** The step that writes aliases, sets, groups and rules of a file. */
export function entriesStepOf(identity: string): string {
  return `${identity}/entries`;
}

/**
 * First what lets people and guests through, then the options, which may switch filtering on: two steps, so that entries do not wait for a
 * switch that the applier holds back.
 */
export function describeSharedFirewall(scope: 'cluster' | 'host', spec: SharedFirewallSpec, place: Place): Outcome {
  if (spec.imported) {
    return { files: [], steps: [] };
  }
  const isCluster = scope === 'cluster';
  const identity = isCluster ? clusterFirewallIdentity : hostFirewallIdentity;
  const target = isCluster ? '/etc/pve/firewall/cluster.fw' : `/etc/pve/nodes/${place.host}/host.fw`;
  const base = {
    kind: 'firewall-entries',
    resource: identity,
    path: place.path,
    exclusive: [`file/${scope}.fw`],
    target,
    ...removalOf(spec.removalPolicy),
  } as const;
  const nothing = { options: [], aliases: [], ipsets: [], groups: [], rules: [] };
  const entries: StepOf<'firewall-entries'> = {
    ...base,
    ...nothing,
    ...entriesOf(marked(spec, place.app)),
    id: entriesStepOf(identity),
    title: `entries of ${scope}.fw`,
    needs: spec.needs.entries,
    part: 'entries',
  };
  const options: StepOf<'firewall-entries'> = {
    ...base,
    ...nothing,
    options: Object.entries(spec.options)
      .map(([name, value]) => ({ name, value }))
      .sort((a, b) => compareText(a.name, b.name)),
    id: `${identity}/options`,
    title: `options of ${scope}.fw`,
    needs: [entries.id, ...spec.needs.options],
    part: 'options',
  };
  const review = { path: `firewall/${scope}.fw`, text: reviewText(target, marked(spec, place.app), scope) };
  return { files: [review], steps: [entries, options] };
}

function reviewText(target: string, file: FirewallFile, scope: 'cluster' | 'host'): string {
  return `# What ${target} has to hold. For reading: the applier changes these entries in the file and leaves all others alone.\n\n${renderFirewall(file, scope)}`;
}

/** Every entry says at the end of its comment whose it is: that is how the applier finds it again in a file that others write, too. */
function marked(file: FirewallFile, app: string): FirewallFile {
  const mark = <T extends { readonly comment?: string }>(entry: T): T => ({
    ...entry,
    comment: `${entry.comment === undefined ? '' : `${entry.comment} `}(phoenix-cdk app=${app})`,
  });
  return {
    options: file.options,
    aliases: file.aliases.map(mark),
    ipsets: file.ipsets.map(mark),
    groups: file.groups.map(mark),
    rules: file.rules.map((rule): FirewallRule => mark(rule)),
  };
}

/** Sorted where order has no meaning, so that moving a construct in the program changes nothing. */
function entriesOf(file: FirewallFile) {
  const byName = (a: { readonly name: string }, b: { readonly name: string }) => compareText(a.name, b.name);
  return {
    aliases: [...file.aliases].sort(byName).map((alias) => ({ name: alias.name, text: renderFirewallAlias(alias) })),
    ipsets: [...file.ipsets].sort(byName).map(({ name, comment, entries }) => ({
      name,
      head: `[IPSET ${name}] # ${comment}`,
      lines: entries.map(renderFirewallEntry),
    })),
    groups: [...file.groups].sort(byName).map(({ name, comment, rules }) => ({
      name,
      head: `[group ${name}] # ${comment}`,
      lines: rules.map(renderFirewallRule),
    })),
    rules: file.rules.map(renderFirewallRule),
  };
}
