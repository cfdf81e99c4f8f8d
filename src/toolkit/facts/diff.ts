import { addTo } from '../../base/group.js';
import { compareText } from '../../base/stable.js';
import type { Facts } from '../../model/facts.js';
import type { Runbook } from '../../model/manifest.js';
import type { Step } from '../../model/step.js';
import type { AssemblyContent } from '../assembly.js';
import type { ResourceDifference, StepDifference } from '../diff.js';
import { compareStep, type StepAnswer } from './compare-steps.js';
import { HostView } from './host-view.js';

/** What hosts are otherwise than an assembly says, by their facts. Plain data; before is the host, after is the assembly. */
export interface FactsDifference {
  /** Whether nothing differs, of what facts tell. */
  readonly isEmpty: boolean;
  readonly hosts: readonly { readonly host: string; readonly takenAt: string }[];
  /** Hosts of the assembly that there are no facts of. */
  readonly without: readonly string[];
  readonly resources: readonly ResourceDifference[];
  /** What is on a host and the assembly does not ask for. */
  readonly others: readonly OtherThing[];
  /** What these facts do not tell. */
  readonly unseen: readonly UnseenThing[];
}

export interface OtherThing {
  readonly host: string;
  /** `guest`, `storage`, `pool`, `dataset`; `key` is one of a guest's config. */
  readonly what: 'guest' | 'storage' | 'pool' | 'dataset' | 'key';
  readonly name: string;
  readonly about: string;
}

export interface UnseenThing {
  readonly host: string;
  readonly resource: string;
  /** Id of the step; what of it is not told, if not all. */
  readonly step: string;
  readonly keys: readonly string[];
}

/** Compares hosts by their facts with what an assembly says of them. Pure. */
export function diffFacts(hosts: readonly Facts[], assembly: AssemblyContent): FactsDifference {
  const { app, stacks } = assembly.manifest;
  const seen = new Set(hosts.map(({ node }) => node));
  const found = hosts.map((facts) => hostDifference(new HostView(facts, app, assembly.runbooks), assembly));
  const resources = found.flatMap((host) => host.resources);
  return {
    isEmpty: resources.length === 0,
    hosts: hosts.map(({ node, takenAt }) => ({ host: node, takenAt })),
    without: [...new Set(stacks.map(({ host }) => host))].filter((host) => !seen.has(host)),
    resources,
    others: found.flatMap((host) => host.others),
    unseen: found.flatMap((host) => host.unseen),
  };
}

function hostDifference(
  view: HostView,
  assembly: AssemblyContent,
): Pick<FactsDifference, 'resources' | 'others' | 'unseen'> {
  const host = view.facts.node;
  const runbooks = assembly.runbooks.filter((runbook) => runbook.host === host);
  const answers = runbooks.flatMap((runbook) =>
    runbook.steps.map((step) => ({
      runbook,
      step,
      answer: compareStep(step, view, (path) => assembly.text(`stacks/${runbook.stack}/${path}`)),
    })),
  );
  return {
    resources: resourcesOf(answers),
    others: [...foreignKeys(answers, host), ...othersOn(view)],
    unseen: answers.flatMap(({ step, answer: { unseen } }) =>
      unseen === undefined ? [] : [{ host, resource: step.resource, step: step.id, keys: unseen }],
    ),
  };
}

interface Answered {
  readonly runbook: Runbook;
  readonly step: Step;
  readonly answer: StepAnswer;
}

function resourcesOf(answers: readonly Answered[]): ResourceDifference[] {
  const resources = new Map<string, Answered[]>();
  answers.forEach((answered) => addTo(resources, answered.step.resource, answered));
  return [...resources.values()]
    .flatMap(resourceDifference)
    .sort(
      (a, b) => compareText(a.stack, b.stack) || compareText(a.path, b.path) || compareText(a.resource, b.resource),
    );
}

/** Of a resource that is not there, every step is still to be done; a file beside a guest that is there makes no new guest. */
function resourceDifference(answers: readonly Answered[]): ResourceDifference[] {
  const [first] = answers;
  const isNew = answers.some(({ step, answer }) => answer.isAbsent === true && step.kind !== 'file');
  const steps = answers.flatMap(({ step, answer }) => stepDifference(step, isNew ? { isAbsent: true } : answer) ?? []);
  if (first === undefined || steps.length === 0) {
    return [];
  }
  const { stack, host } = first.runbook;
  const { resource, path } = first.step;
  return [{ stack, host, resource, path, change: isNew ? 'added' : 'changed', steps }];
}

function stepDifference(step: Step, { isAbsent, fields = [] }: StepAnswer): StepDifference | undefined {
  const { id, title } = step;
  if (isAbsent === true) {
    return { id, title, change: 'added', fields: [] };
  }
  return fields.length === 0 ? undefined : { id, title, change: 'changed', fields };
}

function foreignKeys(answers: readonly Answered[], host: string): OtherThing[] {
  return answers.flatMap(({ step, answer: { foreign = [] } }) =>
    foreign.map((line) => ({ host, what: 'key' as const, name: step.resource, about: `${line} stays` })),
  );
}

/** Guests, storages, pools and datasets that no step is about. Disks of guests go with those. */
function othersOn(view: HostView): OtherThing[] {
  const { facts, steps } = view;
  const host = facts.node;
  const known = new Set(steps.map(({ resource }) => resource));
  const other = (what: OtherThing['what'], name: string, about: string): OtherThing => ({ host, what, name, about });
  const isKnownOrAbove = (dataset: string) =>
    [...known].some((resource) => resource === `zfs/${dataset}` || resource.startsWith(`zfs/${dataset}/`));
  return [
    ...view.guestsHere
      .filter(({ vmid }) => !known.has(`guest/${vmid}`))
      .map((guest) => other('guest', String(guest.vmid), guestText(guest, view))),
    ...Object.entries(facts.storages ?? {})
      .filter(([id]) => !known.has(`storage/${id}`))
      .map(([id, { type }]) => other('storage', id, type)),
    ...(facts.pools ?? [])
      .filter(({ name }) => !known.has(`zpool/${name}`) && !isKnownOrAbove(name))
      .map(({ name, health }) => other('pool', name, health)),
    ...Object.keys(facts.datasets ?? {})
      .filter((name) => name.includes('/') && !/(?:subvol|basevol|vm|base)-\d+-[^/]*$/.test(name))
      .filter((name) => !isKnownOrAbove(name))
      .map((name) => other('dataset', name, facts.datasets?.[name]?.['mountpoint'] ?? '')),
  ];
}

function guestText({ type, name, mark, isOurs }: HostView['guestsHere'][number], { appName }: HostView): string {
  const what = `${type === 'lxc' ? 'container' : 'machine'} ${name ?? ''}`.trimEnd();
  if (mark === undefined) {
    return `${what}, nobody's`;
  }
  return isOurs || mark.app === appName ? `${what}, ours and not in the program` : `${what}, of app ${mark.app}`;
}
