import { sha256 } from '../base/stable.js';
import type { Outcome, Place } from '../core/resource.js';
import { GuestSteps } from '../guest/guest-steps.js';
import { artifactPathOf } from '../model/artifact.js';
import { removalOf } from '../model/removal.js';
import type { KeyRequirement, StepOf } from '../model/step.js';
import { vmTemplateDigest } from './complete.js';
import { vmConfigKeys, vmLastKeys } from './conf-keys.js';
import { reviewVmConfig } from './review.js';
import type { VmSource, VmSpec } from './spec.js';

/** Files and steps of a machine: the machine itself, its cloud-init documents, its config with all disks, firewall, start, and what makes it start by itself or a template. */
export function describeVm(spec: VmSpec, place: Place): Outcome {
  const keys = vmConfigKeys(spec);
  const machine = new MachineSteps('qemu', spec, place);
  machine.create();
  machine.documents();
  machine.config(keys);
  machine.firewall();
  machine.start();
  machine.finish();
  return {
    files: [...machine.files, { path: `guests/${spec.vmid}/config.conf`, text: reviewVmConfig(spec, place, keys) }],
    steps: machine.steps,
  };
}

/** Files and steps of one machine in order. */
class MachineSteps extends GuestSteps<VmSpec> {
  create(): void {
    this.made(createTitle(this.spec.source), this.source());
  }

  /** Before the config, whose drive of cloud-init Proxmox makes of them. They may tell how to get in: nobody but root reads them. */
  documents(): void {
    for (const { part, target, text, secrets } of this.spec.documents?.files ?? []) {
      const file = this.artifact(`root${artifactPathOf(target)}`, text);
      this.add({
        ...this.base(`cloud-init/${part}`, `cloud-init: ${part} data`),
        kind: 'file',
        ...removalOf(this.spec.removalPolicy),
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

  config(keys: readonly KeyRequirement[]): void {
    const { spec } = this;
    this.add({
      ...this.guest('config', 'config'),
      kind: 'guest-config',
      keys: [this.marker, ...keys],
      ...(spec.source.from === 'clone' ? { cleanClone: true } : {}),
    });
  }

  start(): void {
    const { spec } = this;
    if (spec.started) {
      this.add({
        ...this.guest('start', 'running', spec.startAfter),
        kind: 'guest-state',
        state: 'running',
        mounts: [],
        timeoutSeconds: 180,
        ...(spec.documents === undefined ? {} : { startedWith: spec.documents.digest }),
      });
    }
  }

  finish(): void {
    const { spec } = this;
    this.finished(
      () => vmTemplateDigest(spec),
      () => vmLastKeys(spec),
    );
  }

  private source(): StepOf<'guest-create'>['source'] {
    const { source, volumes } = this.spec;
    const storage = volumes.find(({ cloned }) => cloned)?.storage;
    return source.from === 'clone' && source.mode === 'full' && storage !== undefined ? { ...source, storage } : source;
  }
}

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
