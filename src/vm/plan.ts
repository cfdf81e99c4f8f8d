import { sha256 } from '../base/stable.js';
import type { Outcome, Place } from '../core/resource.js';
import { guestFirewallText } from '../firewall/guest-firewall.js';
import { guestIdentity, ownerLine } from '../guest/owner.js';
import { type Artifact, artifactPathOf } from '../model/artifact.js';
import type { KeyRequirement, Step, StepOf } from '../model/step.js';
import { vmTemplateDigest } from './complete.js';
import { vmConfigKeys, vmLastKeys } from './conf-keys.js';
import { reviewVmConfig } from './review.js';
import type { VmSource, VmSpec } from './spec.js';

/** Files and steps of a machine: the machine itself, its config with all disks, firewall, start, and what makes it start by itself or a template. */
export function describeVm(spec: VmSpec, place: Place): Outcome {
  const keys = vmConfigKeys(spec);
  const machine = new MachineSteps(spec, place);
  machine.create();
  machine.config(keys);
  machine.documents();
  machine.firewall();
  machine.start();
  machine.finish();
  return {
    files: [...machine.files, { path: `guests/${spec.vmid}/config.conf`, text: reviewVmConfig(spec, place, keys) }],
    steps: machine.steps,
  };
}

/** Collects the steps of one machine in order; each waits for the one before. */
class MachineSteps {
  readonly files: Artifact[] = [];
  readonly steps: Step[] = [];
  private readonly identity: string;
  private last: string | undefined;

  constructor(
    private readonly spec: VmSpec,
    private readonly place: Place,
  ) {
    this.identity = guestIdentity(spec.vmid);
  }

  create(): void {
    const { spec } = this;
    const { source } = spec;
    this.add({
      kind: 'guest-create',
      ...this.guest('create', createTitle(source), spec.needs),
      ...(source.from === 'clone' ? { exclusive: [guestIdentity(source.vmid)] } : {}),
      marker: ownerLine(this.place, spec.vmid),
      hostname: spec.hostname,
      source: this.source(),
    });
  }

  config(keys: readonly KeyRequirement[]): void {
    const { spec } = this;
    this.add({
      kind: 'guest-config',
      ...this.guest('config', 'config'),
      keys: [{ is: 'marker', key: 'description', value: ownerLine(this.place, spec.vmid), impact: 'live' }, ...keys],
      ...(spec.source.from === 'clone' ? { cleanClone: true } : {}),
    });
  }

  /** Before the start, at which Proxmox reads them. They may tell how to get in: nobody but root reads them. */
  documents(): void {
    for (const { part, target, text, secrets } of this.spec.documents?.files ?? []) {
      const file = { path: `root${artifactPathOf(target)}`, text };
      this.files.push(file);
      this.add({
        kind: 'file',
        ...this.base(`cloud-init/${part}`, `cloud-init: ${part} data`),
        file: {
          target,
          source: file.path,
          sha256: sha256(text),
          mode: '0600',
          ...(secrets.length === 0 ? {} : { secrets }),
        },
      });
    }
  }

  /** After create and clone, which overwrite or remove the file; before the first start, which would be without it. */
  firewall(): void {
    const { spec } = this;
    if (spec.firewall === undefined) {
      return;
    }
    const target = `/etc/pve/firewall/${spec.vmid}.fw`;
    const file = { path: `root${target}`, text: guestFirewallText(spec.firewall) };
    this.files.push(file);
    this.add({
      kind: 'file',
      ...this.base('firewall', 'firewall', spec.firewall.needs),
      file: { target, source: file.path, sha256: sha256(file.text) },
    });
  }

  start(): void {
    const { spec } = this;
    if (spec.started) {
      this.add({
        kind: 'guest-state',
        ...this.guest('start', 'running', spec.startAfter),
        state: 'running',
        mounts: [],
        timeoutSeconds: 180,
        ...(spec.documents === undefined ? {} : { startedWith: spec.documents.digest }),
      });
    }
  }

  finish(): void {
    const { spec } = this;
    if (spec.template) {
      this.add({ kind: 'guest-template', ...this.guest('template', 'template'), digest: vmTemplateDigest(spec) });
    } else {
      this.add({
        kind: 'guest-config',
        ...this.guest('last', 'start with the host'),
        why: 'A guest that was not set up to the end must not start by itself.',
        keys: vmLastKeys(spec),
      });
    }
  }

  private source(): StepOf<'guest-create'>['source'] {
    const { source, volumes } = this.spec;
    const storage = volumes.find(({ cloned }) => cloned)?.storage;
    return source.from === 'clone' && source.mode === 'full' && storage !== undefined ? { ...source, storage } : source;
  }

  private add(step: Step): void {
    this.steps.push(step);
    this.last = step.id;
  }

  private guest(name: string, title: string, needs: readonly string[] = []) {
    return { ...this.base(name, title, needs), vmid: this.spec.vmid, type: 'qemu' as const };
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

function createTitle(source: VmSource): string {
  switch (source.from) {
    case 'adopted':
      return 'machine that is there';
    case 'clone':
      return `clone of template ${source.vmid}`;
    case 'nothing':
      return 'machine without disks';
  }
}
