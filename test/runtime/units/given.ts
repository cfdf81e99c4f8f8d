import { evaluate } from './perl.js';

/** What a test gives to functions of the runtime in the place of a host, a journal, and steps (see answer.pl). */
type Facts = Readonly<Record<string, unknown>>;

/** A step by its words, as a runbook has them: `step('note', 'n1', '--text', 'x')`. */
export const step = (kind: string, id: string, ...words: readonly (string | number)[]) =>
  inStack({}, kind, id, ...words);

/** The same, of a stack with its own `restart`, `name` or `folder`. */
export const inStack = (stack: Facts, ...words: readonly (string | number)[]) => ({
  $step: [stack, ...words.map(String)],
});

export const journal = (...records: readonly (readonly (string | number)[])[]) => ({ $journal: records });

export const conf = (text: string, type = 'lxc') => ({ $conf: [text, type] });

/** Perl that makes a value which JSON cannot say. */
export const perl = (code: string) => ({ $code: code });

type Said = readonly [number, ...string[]];

export interface HostFacts {
  /** A folder that stands for `/`; without one no file is there. */
  readonly root?: string;
  /** Configs by VMID: a text of a container here, or what differs from that. */
  readonly guests?: Readonly<Record<number, string | { text: string; type?: 'lxc' | 'qemu'; node?: string }>>;
  /** Containers that run. */
  readonly running?: readonly number[];
  /** ZFS properties by dataset. */
  readonly datasets?: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  /** Entries of storage.cfg: `[type, options]`. */
  readonly storages?: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>>;
  /** Source and type by mount point. */
  readonly mounts?: Readonly<Record<string, readonly [string, string]>>;
  readonly pools?: Readonly<Record<string, string>>;
  readonly units?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly packages?: Readonly<Record<string, string>>;
  /** Entries of ha/resources.cfg by id: the state that was asked for. */
  readonly ha?: Readonly<Record<string, string>>;
  /** What programs say that it starts, `[exit, line …]`: one after the other, or by name. */
  readonly answers?: readonly Said[] | Readonly<Record<string, Said>>;
}

/** A host that was looked at already: whatever is not given is not there. */
export function host(facts: HostFacts = {}): Facts {
  const { root, guests = {}, running = [], storages = someStorages, mounts = {}, ha = {} } = facts;
  return {
    $host: {
      ...(root === undefined ? {} : { root }),
      every: 1,
      ...(facts.answers === undefined ? {} : { answers: facts.answers }),
      datasets: facts.datasets ?? {},
      pools: facts.pools ?? {},
      units: facts.units ?? {},
      packages: facts.packages ?? {},
      guests: mapped(guests, guest),
      sockets: Object.fromEntries(running.map((vmid) => [vmid, 1])),
      storages: mapped(storages, ([type, options]) => ({ type, options })),
      mounts: mapped(mounts, ([source, type]) => ({ source, type })),
      ha: mapped(ha, (state) => ({ type: 'ct', options: { state } })),
    },
  };
}

/** A folder for files and one pool for disks, as Proxmox's installer leaves them. */
export const someStorages = {
  local: ['dir', { path: '/var/lib/vz', content: 'vztmpl,iso' }],
  'local-zfs': ['zfspool', { pool: 'rpool/data', content: 'images,rootdir' }],
} as const;

function guest(given: string | { text: string; type?: 'lxc' | 'qemu'; node?: string }, vmid: string): Facts {
  const { text, type = 'lxc', node = 'pve' } = typeof given === 'string' ? { text: given } : given;
  const path = `/etc/pve/nodes/${node}/${type === 'lxc' ? 'lxc' : 'qemu-server'}/${vmid}.conf`;
  return { vmid, node, type, path, conf: conf(text, type) };
}

export interface LookFacts {
  readonly mode?: 'plan' | 'check';
  readonly host?: Facts;
  readonly journal?: Facts;
  readonly flags?: Facts;
  /** Steps of the program; the first one is the one that is looked at. */
  readonly steps?: readonly Facts[];
  readonly more?: Facts;
}

/** What comparisons are given beside a step: the host, the journal, the flags, and what other steps there are. */
export function look(facts: LookFacts = {}): Facts {
  return {
    $look: {
      mode: 'plan',
      app: 'phoenix',
      flags: {},
      steps: [],
      restart: {},
      owner: {},
      host: host(),
      journal: journal(),
      ...facts,
      ...facts.more,
    },
  };
}

/** What a function of (step, look, …) returns about the first step of a look, in scalar context. */
export async function about(name: string, facts: LookFacts, ...rest: readonly unknown[]): Promise<unknown> {
  const [value] = await evaluate(
    `my $look = shift; scalar ${name}($look->{steps}[0], $look, @_)`,
    look(facts),
    ...rest,
  );
  return value ?? undefined;
}

function mapped<V, R>(record: Readonly<Record<string, V>>, change: (value: V, key: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

/** The records that a question of bash, `NAME(session, words …)`, is answered with. */
export function replies(name: string, session: Facts, ...words: readonly unknown[]): Promise<readonly unknown[]> {
  const code = `my ($session, @words) = @_; $session->{channel} = Channel->new; ${name}($session, @words); said($session->{channel})`;
  return evaluate(code, session, ...words);
}

/** The secrets of an assembly: `contents` are values that were decrypted, `folder` holds ciphertexts, `seal_key` is the key of this host. */
export const secrets = (facts: Facts = {}) => ({ $secrets: facts });

/** A plan of the steps of a look, with what differs from its own. */
export const plan = (facts: LookFacts = {}, more: Facts = {}) => ({ $plan: { look: look(facts), ...more } });
