import { Size } from '../base/units.js';
import type { Check, World } from '../core/resource.js';
import { firewallChecks } from '../firewall/checks.js';
import { PveNode } from '../host/pve-node.js';
import type { Finding } from '../model/finding.js';
import { byHost } from './by-host.js';
import { cardFactsCheck } from './facts-cards.js';
import { guestFactsChecks } from './facts-checks.js';
import { quotaChecks } from './quota-checks.js';
import { isGuestResource } from './roles.js';

/** Rules over guests of every type. */
export const guestChecks: readonly Check[] = [
  { name: 'guest/memory', test: memoryOfHosts },
  { name: 'guest/cores', test: coresOfHosts },
  { name: 'guest/hostname-twice', test: sameHostnames },
  ...quotaChecks,
  ...firewallChecks,
  { name: 'guest/start-order', test: startOrder },
  ...guestFactsChecks,
  cardFactsCheck,
];

function* memoryOfHosts(world: World): Iterable<Finding> {
  for (const [host, entries] of byHost(world.of(isGuestResource))) {
    const sum = entries
      .filter(({ spec }) => !spec.template && spec.started)
      .reduce((total, { spec }) => total + spec.memoryBytes, 0);
    const memory = PveNode.isPveNode(host) ? (host.memoryBytes ?? world.facts.get(host)?.facts.memory) : undefined;
    if (memory !== undefined && sum > memory) {
      yield {
        code: 'host/memory-overcommitted',
        severity: 'warning',
        path: host.node.path,
        message: `the memory of the guests adds up to ${gib(sum)}, the host has ${gib(memory)}`,
        value: sum,
        fix: 'limits of containers are ceilings, so this can be meant; machines take all that they have: lower what is never needed',
      };
    }
  }
}

function* coresOfHosts(world: World): Iterable<Finding> {
  for (const { path, spec, home } of world.of(isGuestResource)) {
    const { host } = home;
    const cores = (spec.cores ?? 1) * (spec.sockets ?? 1);
    const threads = PveNode.isPveNode(host) ? (host.cores ?? world.facts.get(host)?.facts.cores) : undefined;
    if (threads !== undefined && cores > threads) {
      yield {
        code: 'guest/cores-beyond-host',
        severity: 'warning',
        path,
        message: `has ${cores} cores, and ${host.hostName} has ${threads}: a machine would not start, a container gets what there is`,
        value: cores,
        fix: `give it ${threads} or fewer`,
      };
    }
  }
}

/** Templates have no place in a network: clones bring names of their own. */
function* sameHostnames(world: World): Iterable<Finding> {
  const first = new Map<string, string>();
  for (const { path, spec } of world.of(isGuestResource).filter((entry) => !entry.spec.template)) {
    const name = spec.hostname.toLowerCase();
    const other = first.get(name);
    if (other !== undefined) {
      yield {
        code: 'guest/hostname-twice',
        severity: 'warning',
        path,
        message: `is called ${spec.hostname}, as ${other} is: names in the network and in monitoring would mean both`,
        value: spec.hostname,
        fix: 'give one of them another `hostname`',
      };
    }
    first.set(name, other ?? path);
  }
}

/** A guest that waits for another has to come after it when the host starts, too. */
function* startOrder(world: World): Iterable<Finding> {
  const orders = new Map(
    world.of(isGuestResource).map((entry) => [`${entry.home.host.node.path}\n${entry.identity}`, entry]),
  );
  for (const entry of world.of(isGuestResource)) {
    for (const other of entry.spec.startAfter) {
      const before = orders.get(`${entry.home.host.node.path}\n${other}`);
      const own = entry.spec.startup?.order;
      const first = before?.spec.startup?.order;
      if (before !== undefined && entry.spec.onboot && own !== undefined && (first === undefined || first > own)) {
        yield {
          code: 'guest/start-order',
          severity: 'warning',
          path: entry.path,
          message: `starts after ${before.path}, but when the host starts it has order ${own} and ${before.path} has ${first ?? 'none, which is last'}`,
          value: own,
          fix: `give ${before.path} a startup order below ${own}`,
        };
      }
    }
  }
}

function gib(bytes: number): string {
  return `${Number((bytes / Size.gib(1).toBytes()).toFixed(1))} GiB`;
}
