import { sha256 } from '../base/stable.js';
import type { Outcome, Place } from '../core/resource.js';
import { guestFirewallText } from '../firewall/guest-firewall.js';
import { freshHostKeys } from '../guest/first-boot.js';
import { guestIdentity, ownerLine } from '../guest/owner.js';
import type { ScriptSpec } from '../guest/schema.js';
import { scriptText } from '../guest/script.js';
import { type Artifact, artifactPathOf } from '../model/artifact.js';
import type { KeyRequirement, PlacedFile, Step, StepOf } from '../model/step.js';
import { templateDigest } from './complete.js';
import { configKeys, lastKeys } from './conf-keys.js';
import { idMapNeeds } from './id-map.js';
import { mountHooks } from './mount-hooks.js';
import { rawLines } from './raw-lines.js';
import { reviewConfig } from './review.js';
import type { LxcFile, LxcService, LxcSource, LxcSpec } from './spec.js';

/**
 * Files and steps of a container: root disk, config, firewall, first start, what is done inside, and then what makes it start by itself or
 * a template.
 */
export function describeLxc(spec: LxcSpec, place: Place): Outcome {
  const keys = configKeys(spec);
  const guest = new GuestSteps(spec, place, keys);
  guest.create();
  guest.config();
  guest.firewall();
  if (spec.started) {
    guest.ids();
    guest.start();
    guest.inside();
  }
  guest.finish();
  guest.health();
  return {
    files: [...guest.files, { path: `guests/${spec.vmid}/config.conf`, text: reviewConfig(spec, place, keys) }],
    steps: guest.steps,
  };
}

/** Collects the steps of one guest in order; each waits for the one before. */
class GuestSteps {
  readonly files: Artifact[] = [];
  readonly steps: Step[] = [];
  private readonly identity: string;
  private last: string | undefined;

  constructor(
    private readonly spec: LxcSpec,
    private readonly place: Place,
    private readonly keys: readonly KeyRequirement[],
  ) {
    this.identity = guestIdentity(spec.vmid);
  }

  create(): void {
    const { spec } = this;
    const source = spec.source;
    this.add({
      kind: 'guest-create',
      ...this.guest('create', createTitle(source), spec.needs),
      ...(source.from === 'clone' ? { exclusive: [guestIdentity(source.vmid)] } : {}),
      marker: ownerLine(this.place, spec.vmid),
      hostname: spec.hostname,
      source: this.source(),
    });
  }

  config(): void {
    const { spec } = this;
    this.add({
      kind: 'guest-config',
      ...this.guest('config', 'config'),
      keys: [
        { is: 'marker', key: 'description', value: ownerLine(this.place, spec.vmid), impact: 'live' },
        ...this.keys,
      ],
      raw: rawLines(spec, mountHooks(spec.binds)),
      ...(spec.source.from === 'clone' ? { cleanClone: true } : {}),
    });
  }

  /** After create and clone, which overwrite or remove the file; before the first start, which would be without it. */
  firewall(): void {
    const { spec } = this;
    if (spec.firewall === undefined) {
      return;
    }
    const target = `/etc/pve/firewall/${spec.vmid}.fw`;
    const file = this.artifact(`root${target}`, guestFirewallText(spec.firewall));
    this.add({
      kind: 'file',
      ...this.base('firewall', 'firewall', spec.firewall.needs),
      file: { target, source: file.path, sha256: sha256(file.text) },
    });
  }

  /** Without leave for the host's users no start succeeds. */
  ids(): void {
    if (this.spec.idMap.length > 0) {
      this.add({ kind: 'run', ...this.base('ids', 'users of the host'), ...idMapNeeds(this.spec.idMap) });
    }
  }

  start(): void {
    const { spec } = this;
    const mounts = new Map(
      spec.binds.flatMap(({ mounted }) =>
        mounted === undefined ? [] : [[mounted.mountpoint, mounted.dataset] as const],
      ),
    );
    this.add({
      kind: 'guest-state',
      ...this.guest('start', 'running', spec.startAfter),
      state: 'running',
      mounts: [...mounts].sort().map(([path, dataset]) => ({ path, dataset })),
      timeoutSeconds: 120,
    });
  }

  inside(): void {
    const { spec } = this;
    if (spec.source.from === 'clone') {
      this.run(
        'fresh-host-keys',
        'ssh host keys of its own',
        freshHostKeys().spec,
        'A clone has the ssh host keys of its template.',
      );
    }
    this.put('files', 'files inside', spec.files);
    spec.scripts.forEach((script, index) =>
      this.run(`script/${String(index + 1).padStart(2, '0')}-${script.name}`, script.name, script),
    );
    spec.services.forEach((service) => this.service(service));
  }

  finish(): void {
    const { spec } = this;
    if (spec.template) {
      this.add({ kind: 'guest-template', ...this.guest('template', 'template'), digest: templateDigest(spec) });
    } else {
      this.add({
        kind: 'guest-config',
        ...this.guest('last', 'start with the host'),
        why: 'A guest that was not set up to the end must not start by itself.',
        keys: lastKeys(spec),
      });
    }
  }

  health(): void {
    for (const { name, endpoint } of this.spec.services) {
      if (endpoint !== undefined) {
        this.steps.push({ kind: 'health', ...this.base(`health/${name}`, `${name} answers`, []), ...endpoint });
      }
    }
  }

  private source(): StepOf<'guest-create'>['source'] {
    const { source, rootfs, unprivileged, ostype, arch } = this.spec;
    switch (source.from) {
      case 'adopted':
        return { from: 'adopted' };
      case 'clone':
        return { ...source, ...(source.mode === 'full' ? { storage: rootfs.storage } : {}) };
      case 'archive':
        return {
          from: 'archive',
          volume: source.volume,
          storage: rootfs.storage,
          bytes: rootfs.bytes,
          unprivileged,
          ...(ostype === undefined ? {} : { ostype }),
          arch,
        };
    }
  }

  private service(service: LxcService): void {
    this.put(`service/${service.name}/files`, `${service.name}: files`, service.files);
    const files = sha256(
      service.files.map((file) => `${file.target}\n${file.mode}\n${file.uid}\n${file.gid}\n${file.text}`).join('\0'),
    );
    this.run(`service/${service.name}/run`, `${service.name}: service`, service.script, undefined, {
      with: files,
      again: 'restart',
      secrets: [...new Set(service.files.flatMap((file) => file.secrets))],
    });
  }

  private put(name: string, title: string, files: readonly LxcFile[]): void {
    if (files.length === 0) {
      return;
    }
    const placed = files.map((file) => this.placed(file));
    const digest = sha256(
      placed.map((file) => [file.target, file.sha256, file.mode, file.uid, file.gid].join('\n')).join('\0'),
    );
    this.add({ kind: 'guest-file', ...this.guest(name, title), files: placed, digest });
  }

  private run(
    name: string,
    title: string,
    script: ScriptSpec,
    why?: string,
    options: { with?: string; again?: 'live' | 'restart'; secrets?: readonly string[] } = {},
  ): void {
    const text = scriptText(script);
    const file = this.artifact(`guests/${this.spec.vmid}/${name}.sh`, text);
    this.add({
      kind: 'guest-run',
      ...this.guest(name, title),
      ...(why === undefined ? {} : { why }),
      script: file.path,
      digest: sha256([text, ...script.inputs, ...(options.with === undefined ? [] : [options.with])].join('\0')),
      timeoutSeconds: script.timeoutSeconds,
      ...(options.again === undefined ? {} : { again: options.again }),
      ...((options.secrets ?? []).length === 0 ? {} : { secrets: options.secrets ?? [] }),
    });
  }

  private placed(file: LxcFile): PlacedFile {
    const artifact = this.artifact(`guests/${this.spec.vmid}/root${artifactPathOf(file.target)}`, file.text);
    return {
      target: file.target,
      source: artifact.path,
      sha256: sha256(file.text),
      mode: file.mode,
      uid: file.uid,
      gid: file.gid,
      ...(file.secrets.length === 0 ? {} : { secrets: file.secrets }),
    };
  }

  private artifact(path: string, text: string): Artifact {
    const artifact = { path, text };
    this.files.push(artifact);
    return artifact;
  }

  private add(step: Step): void {
    this.steps.push(step);
    this.last = step.id;
  }

  private guest(name: string, title: string, needs: readonly string[] = []): StepBase & { vmid: number; type: 'lxc' } {
    return { ...this.base(name, title, needs), vmid: this.spec.vmid, type: 'lxc' };
  }

  private base(name: string, title: string, needs: readonly string[] = []): StepBase {
    return {
      id: `${this.identity}/${name}`,
      resource: this.identity,
      path: this.place.path,
      title,
      needs: this.last === undefined ? needs : [this.last, ...needs],
      ...(this.spec.template && name !== 'template' ? { until: { template: this.spec.vmid } } : {}),
    };
  }
}

type StepBase = Pick<StepOf<'note'>, 'id' | 'resource' | 'path' | 'title' | 'needs' | 'until'>;

function createTitle(source: LxcSource): string {
  switch (source.from) {
    case 'adopted':
      return 'root disk that is there';
    case 'clone':
      return `root disk from template ${source.vmid}`;
    case 'archive':
      return 'root disk';
  }
}
