import type { ConfGuest } from './conf-tree.js';
import { containerFirewall, letHostAsk } from './container-firewall.js';
import { featuresOf } from './fleet.js';
import { GuestReader, type GuestWorld } from './guest-reader.js';
import type { Entry } from './input.js';
import type { MonolithGuest } from './read-monolith.js';
import { booleanOf, integerOf, sizeOf, textOf, type Value, type Values, wordsOf } from './values.js';
import { vllmValues } from './vllm.js';

/** What became of one container: its file, and what profiles are made of. */
export interface MigratedContainer extends ConfGuest {
  /** How it has Docker: its own, or that of its template. */
  readonly docker: 'installed' | 'inherited' | undefined;
  /** Whether its archive is the one of this name. */
  readonly archive: string | undefined;
}

/** Reads one container. */
export function readContainer(guest: MonolithGuest, world: GuestWorld): MigratedContainer {
  return new ContainerReader(guest, world).read();
}

class ContainerReader {
  private readonly reader: GuestReader;
  private readonly provision: Value[] = [];
  private docker: MigratedContainer['docker'];
  private archive: string | undefined;

  constructor(
    private readonly guest: MonolithGuest,
    private readonly world: GuestWorld,
  ) {
    this.reader = new GuestReader(guest, world, world.host.containerDefaults);
  }

  read(): MigratedContainer {
    const { reader, guest, world } = this;
    const { values, ledger } = reader;
    const served = vllmValues(reader);
    if (reader.isTemplate || served !== undefined) {
      values['kind'] = reader.isTemplate ? 'lxc-template' : 'vllm';
    }
    this.origin();
    reader.name();
    reader.power();
    this.swap();
    this.rootfs();
    reader.network();
    reader.boot();
    this.rights();
    this.software();
    this.cards();
    Object.assign(values, served);
    this.mounts(served !== undefined);
    Object.assign(values, containerFirewall(reader));
    if (served !== undefined) {
      letHostAsk(reader, served);
    }
    if (this.provision.length > 0) {
      values['provision'] = this.provision;
    }
    reader.dependencies();
    reader.leaveRest();
    ledger.set(guest.entry, 'mapped', `lxc/${guest.vmid}_${world.fleet.id(guest.vmid)}.json`);
    const { vmid } = guest;
    return { folder: 'lxc', vmid, id: world.fleet.id(vmid), values, docker: this.docker, archive: this.archive };
  }

  private origin(): void {
    this.reader.template();
    const entry = this.reader.take('template', 'os_template');
    const file = textOf(entry)?.replace(/^.*[/:]/, '');
    if (this.reader.values['cloneFrom'] !== undefined) {
      this.reader.ledger.set(entry, 'contradictory', 'made from an archive and cloned: cloned');
      return;
    }
    if (file === undefined) {
      this.reader.ledger.todo(`say what ${this.guest.vmid} is made from (\`from\` or \`cloneFrom\`)`, this.guest.entry);
      return;
    }
    this.archive = file;
    this.reader.values['from'] = archiveName(file);
  }

  private swap(): void {
    const entry = this.reader.take('swap_mb', 'swap');
    this.reader.put('swap', entry, sizeOf(entry, 'MiB'), 'size of swap');
  }

  private rootfs(): void {
    const { storage, size } = this.reader.disk();
    const rootfs = { ...(storage === undefined ? {} : { storage }), ...(size === undefined ? {} : { size }) };
    if (Object.keys(rootfs).length > 0) {
      this.reader.values['rootfs'] = rootfs;
    }
  }

  /** What the container may do. AppArmor is left to Proxmox, which makes its rules from `features`. */
  private rights(): void {
    const { ledger, values } = this.reader;
    const unprivileged = this.reader.take('unprivileged');
    this.reader.put('unprivileged', unprivileged, booleanOf(unprivileged), 'yes or no');
    const features: Record<string, boolean> = {};
    const profile = this.reader.take('apparmor_profile');
    const manages = this.reader.take('apparmor_manages_nesting');
    if (profile !== undefined || manages !== undefined || this.isNestedByDefault()) {
      features['nesting'] = true;
    }
    ledger.set(
      profile,
      'changed',
      'Proxmox makes the AppArmor rules of each container; `features.nesting` lets systemd and Docker work in them',
    );
    ledger.set(manages, 'changed', '`features.nesting` says it');
    const options = this.reader.take('pct_options');
    for (const option of options?.members() ?? []) {
      const [name = '', value = '1'] = (textOf(option) ?? '').split('=');
      const feature = pctFeatures[name];
      if (feature === undefined) {
        ledger.set(option, 'unknown', 'no feature that is known here');
      } else {
        features[feature] = value === '1';
        ledger.set(
          option,
          feature === 'mknod' ? 'suspicious' : 'mapped',
          feature === 'mknod'
            ? '`features.mknod`, which is experimental, and which Docker does not need'
            : `\`features.${feature}\``,
        );
      }
    }
    this.rawLines();
    if (Object.keys(features).length > 0) {
      values['features'] = features;
    }
  }

  private isNestedByDefault(): boolean {
    const defaults = this.world.host.containerDefaults;
    return (
      booleanOf(defaults?.member('nesting')) === true ||
      (wordsOf(defaults?.member('features')) ?? []).includes('nesting=1')
    );
  }

  private rawLines(): void {
    const lines = this.reader.take('lxc_options', 'raw_options');
    const raw: Value[] = [];
    for (const line of lines?.members() ?? []) {
      const text = textOf(line) ?? '';
      const [, known] = rawReasons.find(([pattern]) => pattern.test(text)) ?? [];
      const [, key, value] = /^(lxc\.[\w.-]+)\s*[=:]\s*(.+)$/.exec(text) ?? [];
      if (known === undefined && key !== undefined && value !== undefined) {
        raw.push([key, value]);
      }
      const kept = key === undefined ? 'no line of LXC' : 'kept as a raw line, of which the library knows nothing';
      this.reader.ledger.set(
        line,
        known?.heading ?? (key === undefined ? 'unknown' : 'suspicious'),
        known?.why ?? kept,
      );
    }
    if (raw.length > 0) {
      this.reader.values['raw'] = raw;
    }
  }

  private software(): void {
    const { fleet } = this.world;
    const { ledger } = this.reader;
    const entry = this.reader.take('features');
    const words = featuresOf(this.guest.entry);
    for (const one of Array.isArray(entry?.value) ? entry.members() : []) {
      const word = textOf(one) ?? '';
      ledger.set(
        one,
        softwareWords.includes(word) ? 'mapped' : oldFeatures.includes(word) ? 'kept aside' : 'unknown',
        `feature ${word}`,
      );
      if (oldFeatures.includes(word)) {
        ledger.todo(
          `install what the feature ${word} of ${this.guest.vmid} did; the library has no script for it`,
          one,
        );
      }
    }
    for (const [word, script] of Object.entries(scripts)) {
      if (words.includes(word) && !fleet.inherits(this.guest, word)) {
        this.install(script, entry);
      }
    }
    if (words.includes('docker') && !fleet.inherits(this.guest, 'docker')) {
      this.docker = 'installed';
    } else if (fleet.inherits(this.guest, 'docker')) {
      this.docker = 'inherited';
      if (!words.includes('docker')) {
        ledger.set(
          entry ?? this.guest.entry.member('clone_from_ctid'),
          'suspicious',
          'its template has Docker: it gets what Docker needs',
        );
      }
    }
    const hasCards = (wordsOf(this.guest.entry.member('gpu_assignment')) ?? []).some((word) => /^\d+$/.test(word));
    if (!this.reader.isTemplate && !hasCards && fleet.inherits(this.guest, 'nvidia')) {
      ledger.set(
        this.guest.entry.member('clone_from_ctid'),
        'suspicious',
        'its template has the libraries of a card, and it has no card',
      );
    }
  }

  /** The script for a card's libraries is that of the host's driver. */
  private install(script: string, entry: Entry | undefined): void {
    if (script === 'nvidia-userspace' && this.world.host.sections['nvidiaDriver'] === undefined) {
      this.reader.ledger.todo(
        `say which driver the host has (\`nvidiaDriver\` in host.json), and provision ${this.guest.vmid} with nvidia-userspace`,
        entry,
      );
    } else {
      this.provision.push(script);
    }
  }

  private cards(): void {
    const entry = this.reader.take('gpu_assignment', 'gpus', 'gpu');
    const words = typeof entry?.value === 'boolean' ? [] : (wordsOf(entry) ?? []).filter((word) => word !== 'none');
    const cards = words.map((word) => (/^\d{1,2}$/.test(word) ? Number(word) : Number.NaN));
    if (cards.some(Number.isNaN)) {
      this.reader.put('gpus', entry, undefined, 'list of cards');
    } else if (cards.length > 0) {
      this.reader.values['gpus'] = [...new Set(cards)];
      if (this.reader.isTemplate) {
        this.reader.ledger.set(entry, 'changed', 'a template holds cards only while it is made, and none afterwards');
      }
    }
  }

  private mounts(servesModel: boolean): void {
    const mounts: Record<string, Value>[] = [];
    const taken = new Map<string, Entry>();
    for (const { source, target, entry } of this.world.host.mounts.get(this.guest.vmid) ?? []) {
      taken.set(target, entry);
      if (servesModel && /model/.test(target)) {
        Object.assign(this.reader.values, { modelFolder: target, models: source });
      } else {
        mounts.push({ target, source });
      }
    }
    for (const list of [this.reader.take('volumes'), this.reader.take('zfs_volumes')]) {
      for (const volume of list?.members() ?? []) {
        this.volume(volume, taken, mounts);
      }
    }
    if (mounts.length > 0) {
      this.reader.values['mounts'] = mounts;
    }
  }

  private volume(volume: Entry, taken: Map<string, Entry>, mounts: Record<string, Value>[]): void {
    const { ledger } = this.reader;
    const members = ['pool', 'size_gb', 'mount_point'].map((name) => volume.member(name));
    const [pool, size, target] = [textOf(members[0]), sizeOf(members[1], 'GiB'), textOf(members[2])];
    const other = target === undefined ? undefined : taken.get(target);
    if (other !== undefined || pool === undefined || size === undefined || target === undefined) {
      const why =
        other === undefined
          ? 'no volume: it needs pool, size_gb and mount_point'
          : `${target} is a mount of \`${other.path}\` already, which was taken`;
      ledger.setAll(volume, other === undefined ? 'suspicious' : 'contradictory', why);
      return;
    }
    for (const member of members) {
      ledger.set(member, 'mapped', `mount ${target}`);
    }
    ledger.set(volume.member('name'), 'dropped', 'Proxmox names volumes itself');
    ledger.set(members[2], 'suspicious', 'not in backups, as before; `backup: true` puts it in');
    taken.set(target, volume);
    mounts.push({ target, volume: { storage: pool, size } });
  }
}

/** A name for an archive: `ubuntu-24.04-standard_24.04-2_amd64.tar.zst` becomes `ubuntu-24.04`. */
export function archiveName(file: string): string {
  return /^[a-z]+-[\d.]+/.exec(file)?.[0]?.replace(/\.$/, '') ?? file.replace(/\..*$/, '');
}

const pctFeatures: Readonly<Record<string, string>> = {
  nesting: 'nesting',
  keyctl: 'keyctl',
  mknod: 'mknod',
  fuse: 'fuse',
  force_rw_sys: 'forceRwSys',
};

const softwareWords = ['base_setup', 'base', 'nvidia', 'docker', 'vllm'];
/** Features that scripts of the old system made. */
const oldFeatures = [
  'ollama',
  'python_api_service',
  'portainer',
  'portainer_server',
  'n8n',
  'qdrant',
  'step_ca',
  'traefik',
  'nginx',
  'trusted_ca',
];

/** Scripts of the library by the features that they bring. */
const scripts: Readonly<Record<string, string>> = {
  base_setup: 'base-tools',
  nvidia: 'nvidia-userspace',
  vllm: 'vllm-runtime',
};

const rawReasons: readonly (readonly [
  RegExp,
  { readonly heading: 'changed' | 'dropped' | 'suspicious'; readonly why: string },
])[] = [
  [/^lxc\.apparmor\.profile/, { heading: 'changed', why: 'Proxmox makes the AppArmor rules of each container' }],
  [/^lxc\.apparmor\.allow_nesting/, { heading: 'changed', why: '`features.nesting` says it' }],
  [
    /^lxc\.cgroup2?\.devices\.allow/,
    { heading: 'dropped', why: 'all devices of the host; Docker needs none, and cards come by `gpus`' },
  ],
  [
    /^lxc\.mount\.entry.*\/dev\/fuse/,
    { heading: 'dropped', why: 'Docker needs no FUSE on ZFS; `features.fuse` would say it' },
  ],
  [
    /^lxc\.mount\.auto/,
    { heading: 'dropped', why: 'writing to /proc or /sys; `features.nesting` is enough for Docker' },
  ],
  [
    /^lxc\.cap\.keep.*,/,
    { heading: 'suspicious', why: 'with commas it names no capability, and the container cannot start; left out' },
  ],
  [/^lxc\.cap\./, { heading: 'dropped', why: 'an unprivileged container keeps what it needs' }],
];

/** A number of cards that a container's share is of. */
export function cardsOf(values: Values): readonly number[] {
  const { gpus } = values;
  return Array.isArray(gpus) ? gpus.filter((card): card is number => typeof card === 'number') : [];
}

export function portOf(entry: Entry | undefined): number | undefined {
  const port = integerOf(entry);
  return port !== undefined && port > 0 && port < 65_536 ? port : undefined;
}
