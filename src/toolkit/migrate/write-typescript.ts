import { compareText } from '../../base/stable.js';
import { lxcTable } from '../../lxc/schema.js';
import { vmTable } from '../../vm/schema.js';
import { Code, type Literal, printCall, printImport } from '../adopt/literal.js';
import type { ConfGuest, ConfProfile, ConfTree } from './conf-tree.js';
import { inOrder } from './guest-order.js';
import { classOf, taken } from './program-classes.js';
import { declareHost, hostParagraphs, machineLines, type Paragraph } from './program-host.js';
import { ProgramNames } from './program-names.js';
import { ProgramValues } from './program-values.js';
import { listOf, nullKeys, type Value, type Values, valuesOf, withoutNull } from './values.js';
import { projectFiles } from './write-conf.js';

/** Files of a project that says in TypeScript what the config directory says, by path. Throws `migrate/no-typescript`. */
export function typescriptProject(tree: ConfTree): Readonly<Record<string, string>> {
  return { ...tree.files, 'main.ts': new ProgramWriter(tree).text(), ...projectFiles };
}

class ProgramWriter {
  private readonly names = new ProgramNames(taken);
  private readonly values: ProgramValues;
  private readonly ordered: readonly ConfGuest[];

  private readonly tree: ConfTree;

  constructor(given: ConfTree) {
    const { names } = this;
    const tree = { ...given, host: withoutNull(given.host) };
    this.tree = tree;
    names.declare('machine', 'machine', String(tree.host['name']), `${String(tree.host['name'])} host`);
    names.declare('stack', 'guests', 'guests');
    this.values = new ProgramValues(names, tree.host);
    this.ordered = inOrder(tree.guests);
    declareHost(tree.host, names);
    for (const { folder, name } of tree.profiles) {
      names.declare('profile', `${folder} ${name}`, name, `${name} profile`);
    }
    for (const guest of this.ordered) {
      this.declareGuest(guest);
    }
  }

  /** From the last statement to the first, so that only what is referred to gets a constant. */
  text(): string {
    const { names, values, tree } = this;
    const relations = this.relations();
    const guests = [...this.ordered]
      .reverse()
      .map((guest) => this.guest(guest))
      .reverse();
    const profiles = [...tree.profiles]
      .reverse()
      .flatMap((profile) => this.profile(profile))
      .reverse();
    const stack = this.stack();
    const host = hostParagraphs(tree.host, names, values);
    const machine = machineLines(tree.host, names, values);
    const isTemplate = (guest: ConfGuest) => classOf(guest).templateKind !== undefined;
    const texts = (wanted: boolean) => guests.filter((_, index) => isTemplate(at(this.ordered, index)) === wanted);
    const paragraphs: Paragraph[] = [
      { comment: 'The machine: what is really there.', lines: machine },
      ...host,
      { comment: 'Guests, with the values of all that say nothing else.', lines: [stack] },
      { comment: 'Profiles say how guests are; the guest itself says which it is.', lines: profiles },
      { comment: 'Root disks that guests are cloned from.', lines: texts(true) },
      { comment: 'What runs.', lines: texts(false) },
      { comment: 'Who may connect to whom. Everything else is shut where a firewall is on.', lines: relations },
    ];
    return [
      ...this.head(),
      ...paragraphs
        .filter(({ lines }) => lines.length > 0)
        .flatMap(({ comment, lines }) => ['', `// ${comment}`, ...lines]),
      '',
      'app.synth();',
      '',
    ].join('\n');
  }

  private head(): string[] {
    const { names, tree } = this;
    names.imported('App');
    const node = [...new Set(names.nodeImports.values())].sort(compareText).map((module) => {
      const words = [...names.nodeImports].filter(([, from]) => from === module).map(([word]) => word);
      return printImport(words, module);
    });
    return [
      ...node,
      printImport([...names.imports].sort(byName), 'phoenix-cdk'),
      '',
      printCall('const app = new App', [{ name: tree.app, root: new Code('import.meta.dirname') }]),
    ];
  }

  private declareGuest(guest: ConfGuest): void {
    const { folder, vmid, id } = guest;
    const { names } = this;
    const name = `${folder}/${vmid}`;
    names.declare('peer', name, id, `${id} ${vmid}`);
    names.alias('peer', id, ['peer', name]);
    const { templateKind } = classOf(guest);
    for (const own of templateKind === undefined ? [] : [name, id]) {
      names.alias(templateKind ?? '', own, ['peer', name]);
    }
  }

  private guest(guest: ConfGuest): string {
    const { folder, vmid, id, values } = guest;
    const { name, fields } = classOf(guest);
    const { names } = this;
    const { profiles, startAfter, ...others } = values;
    const own = Object.fromEntries(Object.entries(others).filter(([key]) => !beside.includes(key)));
    const layers = [
      ...(this.hasBaseProfile() && folder === 'lxc' ? [names.use('base', 'base')] : []),
      ...this.profileCodes(folder, profiles),
    ];
    const after = words(startAfter).map((peer) => names.use('peer', peer));
    const { cloneFrom, ...props } = this.values.props(fields, own);
    const all: Record<string, Literal> = {
      vmid,
      ...(cloneFrom === undefined ? {} : { cloneFrom }),
      ...(layers.length === 0 ? {} : { profiles: layers }),
      ...props,
      ...(after.length === 0 ? {} : { startAfter: after }),
    };
    const head = names.head('peer', `${folder}/${vmid}`);
    const call = printCall(`${head}new ${names.imported(name)}`, [names.use('stack', 'guests'), id, all]);
    return [...takenBack(own), call].join('\n');
  }

  /** Each after those that it stands upon, as files have it. */
  private profileCodes(folder: string, profiles: Value | undefined): readonly Code[] {
    const found: string[] = [];
    const add = (name: string, busy: readonly string[]): void => {
      const profile = this.tree.profiles.find((one) => one.folder === folder && one.name === name);
      if (!busy.includes(name) && !found.includes(name)) {
        words(profile?.values['profiles']).forEach((below) => add(below, [...busy, name]));
        found.push(name);
      }
    };
    words(profiles).forEach((name) => add(name, []));
    return found
      .filter((name) => this.hasOwnValues(folder, name))
      .map((name) => this.names.use('profile', `${folder} ${name}`));
  }

  /** Files may have a profile that only names others. */
  private hasOwnValues(folder: string, name: string): boolean {
    const profile = this.tree.profiles.find((one) => one.folder === folder && one.name === name);
    return profile === undefined || Object.keys(profile.values).some((key) => key !== '$schema' && key !== 'profiles');
  }

  private profile({ folder, name, values }: ConfProfile): string[] {
    const { kind, profiles: _, $schema: __, ...own } = values;
    const { names } = this;
    const head = names.head('profile', `${folder} ${name}`);
    if (head === '') {
      return [];
    }
    const className =
      kind === 'docker' ? 'DockerProfile' : kind === 'gpu' ? 'GpuProfile' : folder === 'vm' ? 'VmProfile' : 'Profile';
    const fields = folder === 'vm' ? vmTable.fields : lxcTable.fields;
    const props = this.values.props(fields, own);
    const args: Literal[] = [
      names.use('stack', 'guests'),
      name,
      ...(Object.keys(props).length === 0 && kind !== undefined ? [] : [props]),
    ];
    return [[...takenBack(own), printCall(`${head}new ${names.imported(className)}`, args)].join('\n')];
  }

  private stack(): string {
    const { names, tree } = this;
    const [{ $schema: _, ...lxc }, { $schema: __, ...vm }] = [tree.bases.lxc ?? {}, tree.bases.vm ?? {}];
    const forContainers = this.hasBaseProfile() ? {} : this.values.props(lxcTable.fields, lxc);
    const forMachines = Object.keys(vm).length === 0 ? {} : { vm: this.values.props(vmTable.fields, vm) };
    const defaults: Record<string, Literal> = { ...forContainers, ...forMachines };
    const props = {
      host: names.use('machine', 'machine'),
      ...(Object.keys(defaults).length === 0 ? {} : { defaults }),
    };
    const lines = [
      ...takenBack(this.hasBaseProfile() ? {} : lxc),
      ...takenBack(vm),
      printCall(`${names.head('stack', 'guests')}new ${names.imported('Stack')}`, [new Code('app'), 'guests', props]),
    ];
    if (this.hasBaseProfile()) {
      lines.push(
        ...takenBack(lxc),
        printCall(`${names.head('base', 'base')}new ${names.imported('Profile')}`, [
          names.use('stack', 'guests'),
          'base',
          this.values.props(lxcTable.fields, lxc),
        ]),
      );
    }
    return lines.join('\n');
  }

  /**
   * Defaults of a stack are for machines too, as far as machines have the keys; a base of files is for containers alone. Where that makes a
   * difference, the base becomes a profile.
   */
  private hasBaseProfile(): boolean {
    const leaking = Object.keys(this.tree.bases.lxc ?? {}).filter((key) => ofAllGuests.includes(key));
    const machines = this.tree.guests.filter(({ folder }) => folder === 'vm');
    const vm = this.tree.bases.vm ?? {};
    const isNeeded = leaking.some((key) =>
      machines.some(({ values }) => !scalar.includes(key) || (values[key] ?? vm[key]) === undefined),
    );
    if (isNeeded && !this.names.knows('base', 'base')) {
      this.names.declare('base', 'base', 'base', 'base profile');
    }
    return isNeeded;
  }

  /** What guests are told by methods, once all of them are there. */
  private relations(): string[] {
    const { names } = this;
    return this.tree.guests.flatMap(({ folder, vmid, values }) => {
      const name = `${folder}/${vmid}`;
      const call = (method: string, ...args: Literal[]) => printCall(`${names.use('peer', name).text}.${method}`, args);
      const { exposePort, override, raw, acknowledge } = values;
      return [
        ...(exposePort === undefined ? [] : [call('exposePort', this.port(exposePort))]),
        ...Object.entries(valuesOf(override)).map(([key, value]) =>
          call('override', key, (value as unknown) === null ? new Code('undefined') : (value as Literal)),
        ),
        ...listOf(raw).map((line) => call('addRawLine', ...words(line))),
        ...Object.entries(valuesOf(acknowledge)).map(([code, reason]) =>
          printCall('app.acknowledge', [code, { on: [names.use('peer', name)], reason: String(reason) }]),
        ),
        ...(['allowFrom', 'allowTo'] as const).flatMap((key) =>
          listOf(values[key]).map((entry) => this.permission(call, key, entry)),
        ),
      ];
    });
  }

  private permission(call: (method: string, ...args: Literal[]) => string, key: string, entry: Value): string {
    const { peer, port, why } =
      typeof entry === 'string' ? { peer: entry, port: undefined, why: undefined } : valuesOf(entry);
    const other = this.peer(String(peer));
    const reason = why === undefined ? [] : [String(why)];
    return port === undefined
      ? call('connections.allowDefaultPortFrom', other, ...reason)
      : call(`connections.${key}`, other, this.port(port), ...reason);
  }

  private peer(name: string): Code {
    const kind = ['network', 'firewall address'].find((one) => this.names.knows(one, name));
    return kind === undefined && name === this.tree.host['name']
      ? this.names.use('machine', 'machine')
      : this.names.use(kind ?? 'peer', name);
  }

  private port(text: Value): Code {
    const port = this.names.imported('Port');
    const [protocol = '', range = ''] = String(text).split('/', 2);
    const [from, to] = range.split('-', 2);
    return new Code(
      protocol === 'icmp'
        ? `${port}.icmp()`
        : to === undefined
          ? `${port}.${protocol}(${from})`
          : `${port}.${protocol}Range(${from}, ${to})`,
    );
  }
}

/** Keys of a guest's file that are no props. */
const beside = ['$schema', 'kind', 'vmid', 'allowFrom', 'allowTo', 'exposePort', 'override', 'raw', 'acknowledge'];
/** Keys of stack defaults that machines take as well. */
const ofAllGuests = [
  'cores',
  'memory',
  'network',
  'onboot',
  'startup',
  'protection',
  'tags',
  'firewall',
  'nameservers',
  'searchDomain',
];
/** Those whose value a machine of its own replaces as a whole. */
const scalar = ['cores', 'memory', 'network', 'onboot', 'protection', 'searchDomain'];

/** The line above a statement with `null` among its values. */
function takenBack(values: Values): readonly string[] {
  const keys = nullKeys(values);
  return keys.length === 0 ? [] : [`// Takes back what the layers below say of ${keys.join(', ')}.`];
}

function words(value: Value | undefined): readonly string[] {
  return listOf(value).map(String);
}

function at<T>(all: readonly T[], index: number): T {
  return all[index] as T;
}

/** As formatters sort the names of an import: without regard to case, capitals first among equals. */
function byName(a: string, b: string): number {
  return compareText(a.toLowerCase(), b.toLowerCase()) || compareText(a, b);
}
