import { sha256 } from '../base/stable.js';
import type { Outcome, Place } from '../core/resource.js';
import { freshHostKeys } from '../guest/first-boot.js';
import { GuestSteps } from '../guest/guest-steps.js';
import type { ScriptSpec } from '../guest/schema.js';
import { scriptText } from '../guest/script.js';
import { artifactPathOf } from '../model/artifact.js';
import type { KeyRequirement, PlacedFile, StepOf } from '../model/step.js';
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
  const guest = new ContainerSteps(spec, place, keys);
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

/** Files and steps of one container in order. */
class ContainerSteps extends GuestSteps<LxcSpec> {
  constructor(
    spec: LxcSpec,
    place: Place,
    private readonly keys: readonly KeyRequirement[],
  ) {
    super('lxc', spec, place);
  }

  create(): void {
    this.made(createTitle(this.spec.source), this.source());
  }

  config(): void {
    const { spec } = this;
    this.add({
      ...this.guest('config', 'config'),
      kind: 'guest-config',
      keys: [this.marker, ...this.keys],
      raw: rawLines(spec, mountHooks(spec.binds)),
      ...(spec.source.from === 'clone' ? { cleanClone: true } : {}),
    });
  }

  /** Without leave for the host's users no start succeeds. */
  ids(): void {
    if (this.spec.idMap.length > 0) {
      this.add({ ...this.base('ids', 'users of the host'), kind: 'run', ...idMapNeeds(this.spec.idMap) });
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
      ...this.guest('start', 'running', spec.startAfter),
      kind: 'guest-state',
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
    this.finished(
      () => templateDigest(spec),
      () => lastKeys(spec),
    );
  }

  health(): void {
    for (const { name, endpoint } of this.spec.services) {
      if (endpoint !== undefined) {
        this.steps.push({ ...this.base(`health/${name}`, `${name} answers`, []), kind: 'health', ...endpoint });
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
    this.add({ ...this.guest(name, title), kind: 'guest-file', files: placed, digest });
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
      ...this.guest(name, title),
      kind: 'guest-run',
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
}

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
