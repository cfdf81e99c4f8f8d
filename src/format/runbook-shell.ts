import { quoteWord } from '../base/shell.js';
import type { PveVersion } from '../model/pve-version.js';
import type { KeyRequirement, PlacedFile, Probe, Setting, Step, StepOf, StepTable } from '../model/step.js';

/** What the applier has to know of a stack before its first step. */
export interface RunbookHeader {
  readonly app: string;
  /** Name of the Proxmox node the stack belongs to. */
  readonly host: string;
  /** PVE minor release the stack was made for, such as `9.1`. */
  readonly pveVersion: PveVersion;
  readonly stack: string;
  /** Place of the stack among its siblings, counted from 0. */
  readonly order: number;
  readonly restart: 'never' | 'when-needed' | 'allowed';
  /** Whether nothing of the stack is ever destroyed or replaced. */
  readonly protect?: true;
  /** Stacks of other hosts that have to be done before this one. Default: none. */
  readonly after?: readonly string[] | undefined;
}

/**
 * The runbook as shell: one call a step, each option on a line of its own.
 *
 * The text holds no logic. `stack` and `step` are functions of the runtime, which reads the words; nothing but words is generated.
 */
export function renderRunbookShell(header: RunbookHeader, steps: readonly Step[]): string {
  return [preamble(header), ...steps.map(renderStep)].join('\n');
}

/** The call of one step: `step KIND ID`, then its options. */
export function renderStep(step: Step): string {
  const options = commonOptions(step).concat(kindOptions(step)).map(renderOption);
  return `${[`step ${step.kind} ${quoteWord(step.id)}`, ...options].join(' \\\n  ')}\n`;
}

/** An option and its words. Options that take any number of words carry the number first. */
type Option = readonly [name: string, ...words: (string | number)[]];

const kinds: StepTable<readonly Option[]> = {
  file: (step) => fileOptions(step.file),
  'zfs-pool': (step) => [
    ['pool', step.pool],
    ...(step.create === undefined
      ? []
      : [
          ...step.create.vdevs.map((vdev): Option => counted('vdev', [vdev.type, ...vdev.devices])),
          ...settings('property', step.create.properties),
        ]),
  ],
  'zfs-dataset': (step) => [
    ['dataset', step.dataset],
    ['create', flag(step.create)],
    ...settings('property', step.properties),
  ],
  folder: (step) => [
    ['folder', step.folder],
    ...(step.inside === undefined ? [] : [['inside', step.inside.path, step.inside.dataset] as const]),
    ...ownerOptions(step),
  ],
  storage: (step) => [
    ['storage', step.storage, step.type],
    ['create', flag(step.create)],
    ...settings('option', step.options),
    ...(step.secrets ?? []).map(({ option, secret }): Option => ['secret', option, secret]),
  ],
  mapping: (step) => [
    ['mapping', step.mapping, step.entry],
    ['create', flag(step.create)],
    ...settings('option', step.options),
    ...step.maps.map((map): Option => ['map', map]),
  ],
  download: (step) => [
    ['download', step.storage, step.content, step.file],
    fetchedOption(step.from),
    ...(step.checksum === undefined ? [] : [['checksum', step.checksum.algorithm, step.checksum.value] as const]),
  ],
  'firewall-entries': (step) => [
    ['file', step.target, step.part],
    ...step.options.map((option): Option => ['option', option.name, option.value]),
    ...step.aliases.map((alias): Option => ['alias', alias.name, alias.text]),
    ...step.ipsets.map((set): Option => counted('ipset', [set.name, set.head, ...set.lines])),
    ...step.groups.map((group): Option => counted('group', [group.name, group.head, ...group.lines])),
    ...step.rules.map((rule): Option => ['rule', rule]),
  ],
  network: (step) => [
    ['management', step.management],
    ...step.interfaces.flatMap(interfaceOptions),
    ...step.cards.map((card): Option => ['card', card.name, flag(card.autostart), card.mtu ?? 0]),
  ],
  'guest-create': (step) => [
    ...guest(step),
    ['marker', step.marker],
    ['hostname', step.hostname],
    ...sourceOptions(step),
  ],
  'guest-config': (step) =>
    guest(step).concat(
      step.keys.map(keyOption),
      step.keys.flatMap(addedOption),
      step.keys.flatMap(filledOption),
      step.raw === undefined ? [] : [['own-raw'], ...step.raw.map((line): Option => ['raw', line.key, line.value])],
      step.cleanClone === true ? [['clean-clone']] : [],
    ),
  'guest-state': (step) => [
    ...guest(step),
    ['state', step.state],
    ...step.mounts.map((mount): Option => ['mount', mount.path, mount.dataset]),
    ['timeout', step.timeoutSeconds],
    ...optional('started-with', step.startedWith),
  ],
  'guest-file': (step) => [...guest(step), ['digest', step.digest], ...step.files.flatMap(fileOptions)],
  'guest-run': (step) => [
    ...guest(step),
    ['script', step.script],
    ['digest', step.digest],
    ['timeout', step.timeoutSeconds],
    ...optional('again', step.again),
    ...(step.secrets ?? []).map((secret): Option => ['secret', secret]),
  ],
  'guest-template': (step) => [...guest(step), ['digest', step.digest]],
  health: (step) => [
    ['url', step.url],
    ['status', step.status],
    ['retries', step.retries],
    ['interval', step.intervalSeconds],
  ],
  run: (step) => [
    ...step.probes.map((probe): Option => counted('probe', probeWords(probe))),
    ...step.commands.map((command): Option => counted('command', command)),
    ...optional('fix', step.fix),
  ],
  note: (step) => [['text', step.text]],
};

function preamble(header: RunbookHeader): string {
  return [
    '#!/usr/bin/env bash',
    `# Stack ${header.stack} of app ${header.app} for host ${header.host}. Made by phoenix-cdk; the same steps as data: runbook.json`,
    '# Each call below names what has to be so. Run by itself, this file hands over to the applier.',
    'if [[ "$(type -t step)" != function ]]; then',
    `  exec "$(dirname -- "\${BASH_SOURCE[0]}")/../../applier" "\${1:-plan}" --stack ${quoteWord(header.stack)} "\${@:2}"`,
    'fi',
    '',
    `stack ${quoteWord(header.stack)} ${headerOptions(header).map(renderOption).join(' ')}`,
    '',
  ].join('\n');
}

function headerOptions(header: RunbookHeader): Option[] {
  return [
    ['app', header.app],
    ['host', header.host],
    ['pve', header.pveVersion],
    ['order', header.order],
    ['restart', header.restart],
    ...(header.protect === true ? [['protect', 1] as const] : []),
  ];
}

function kindOptions(step: Step): readonly Option[] {
  const render = kinds[step.kind] as (step: Step) => readonly Option[];
  return render(step);
}

function commonOptions(step: Step): Option[] {
  const options: Option[] = [
    ['resource', step.resource],
    ['path', step.path],
    ['title', step.title],
  ];
  return options.concat(
    step.needs.map((need) => ['need', need]),
    (step.exclusive ?? []).map((thing) => ['exclusive', thing]),
    step.until === undefined ? [] : [['until-template', step.until.template]],
    optional('why', step.why),
    optional('removal', 'removal' in step ? step.removal : undefined),
  );
}

function keyOption(requirement: KeyRequirement): Option {
  switch (requirement.is) {
    case 'exact':
      return ['key', requirement.key, requirement.impact, requirement.value];
    case 'volume':
      return [
        'volume',
        requirement.key,
        requirement.impact,
        requirement.storage,
        requirement.bytes,
        requirement.options,
      ];
    case 'generated':
      return ['generated', requirement.key, requirement.impact];
    case 'absent':
      return ['absent', requirement.key, requirement.impact];
    case 'marker':
      return ['marker', requirement.value];
  }
}

/** `--added KEY IMPACT`: what it costs where the key was not there before. */
function addedOption(requirement: KeyRequirement): Option[] {
  return 'added' in requirement && requirement.added !== undefined
    ? [['added', requirement.key, requirement.added]]
    : [];
}

/** `--import KEY VOLUME` or `--cloudinit KEY`: what is on a disk when it is allocated. */
function filledOption(requirement: KeyRequirement): Option[] {
  if (requirement.is !== 'volume' || requirement.filled === undefined) {
    return [];
  }
  const { key, filled } = requirement;
  return filled === 'cloudinit' ? [['cloudinit', key]] : [['import', key, filled.import]];
}

function sourceOptions(step: StepOf<'guest-create'>): Option[] {
  const source = step.source;
  if (source.from === 'nothing' || source.from === 'adopted') {
    return [[source.from === 'nothing' ? 'empty' : 'adopted']];
  }
  if (source.from === 'clone') {
    return [['clone', source.vmid, source.mode, source.digest], ...optional('storage', source.storage)];
  }
  return [
    ['archive', source.volume],
    ['rootfs', source.storage, source.bytes],
    ['unprivileged', flag(source.unprivileged)],
    ...optional('ostype', source.ostype),
    ...optional('arch', source.arch),
  ];
}

function fetchedOption(from: StepOf<'download'>['from']): Option {
  if (typeof from === 'string') {
    return [from];
  }
  return 'url' in from ? ['url', from.url] : ['oci', from.oci];
}

function probeWords(probe: Probe): (string | number)[] {
  switch (probe.probe) {
    case 'file':
      return ['file', probe.path, ...pair('sha256', probe.sha256), ...pair('matches', probe.matches)];
    case 'zfs-property':
      return ['zfs-property', probe.dataset, probe.property, probe.value];
    case 'config-key':
      return ['config-key', probe.vmid, probe.key, probe.value];
    case 'guest-state':
      return ['guest-state', probe.vmid, probe.state];
    case 'package':
      return ['package', probe.package, ...pair('version', probe.version)];
    case 'unit':
      return ['unit', probe.unit, probe.state];
    case 'journal':
      return ['journal', probe.digest];
    case 'sub-ids':
      return ['sub-ids', probe.path, probe.first, probe.count];
    case 'argv':
      return ['argv', probe.satisfied.join(','), probe.absent.join(','), ...probe.argv];
  }
}

function fileOptions(file: PlacedFile): Option[] {
  return [
    ['file', file.target, file.source, file.sha256],
    ...ownerOptions(file),
    ...(file.secrets ?? []).map((secret): Option => ['secret', secret]),
  ];
}

function ownerOptions(owned: {
  mode?: string | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
}): Option[] {
  return [
    ...optional('mode', owned.mode),
    ...(owned.uid === undefined && owned.gid === undefined ? [] : [['owner', owned.uid ?? 0, owned.gid ?? 0] as const]),
  ];
}

/** `--interface`, then its stanzas, each with the options and notes that follow it. */
function interfaceOptions({ name, autostart, stanzas }: StepOf<'network'>['interfaces'][number]): Option[] {
  return [
    ['interface', name, flag(autostart)],
    ...stanzas.flatMap((stanza): Option[] => [
      ['stanza', stanza.family, stanza.method],
      ...stanza.options.map((option): Option => ['set', option.name, option.value]),
      ...stanza.comments.map((comment): Option => ['comment', comment]),
    ]),
  ];
}

function guest(step: { type: string; vmid: number }): Option[] {
  return [['guest', step.type, step.vmid]];
}

function settings(option: string, list: readonly Setting[]): Option[] {
  return list.map((setting) => [option, setting.name, setting.value, flag(setting.fixed === true)]);
}

function counted(option: string, words: readonly (string | number)[]): Option {
  return [option, words.length, ...words];
}

function optional(option: string, value: string | undefined): Option[] {
  return value === undefined ? [] : [[option, value]];
}

function pair(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [name, value];
}

function flag(value: boolean): number {
  return value ? 1 : 0;
}

function renderOption(option: Option): string {
  return `--${option.map((word) => quoteWord(String(word))).join(' ')}`;
}
