import { sha256 } from '../base/stable.js';
import type { Place } from '../core/resource.js';
import { type GuestFirewallSpec, guestFirewallText } from '../firewall/guest-firewall.js';
import type { Artifact } from '../model/artifact.js';
import { type RemovalPolicy, removalOf } from '../model/removal.js';
import type { KeyRequirement, Step, StepOf } from '../model/step.js';
import { guestIdentity, ownerLine } from './owner.js';

/** What the steps of every guest are made from. */
export interface SteppedGuest {
  readonly vmid: number;
  readonly template: boolean;
  readonly hostname: string;
  readonly firewall: GuestFirewallSpec | undefined;
  /** Identities of what has to be there before the guest is made. */
  readonly needs: readonly string[];
  readonly removalPolicy: RemovalPolicy;
}

/** Collects the files and steps of one guest in order; each step waits for the one before. */
export abstract class GuestSteps<S extends SteppedGuest> {
  readonly files: Artifact[] = [];
  readonly steps: Step[] = [];
  private readonly identity: string;
  private last: string | undefined;

  constructor(
    private readonly type: 'lxc' | 'qemu',
    protected readonly spec: S,
    protected readonly place: Place,
  ) {
    this.identity = guestIdentity(spec.vmid);
  }

  /** After create and clone, which overwrite or remove the file; before the first start, which would be without it. */
  firewall(): void {
    const { vmid, firewall } = this.spec;
    if (firewall === undefined) {
      return;
    }
    const target = `/etc/pve/firewall/${vmid}.fw`;
    const file = this.artifact(`root${target}`, guestFirewallText(firewall));
    this.add({
      ...this.base('firewall', 'firewall', firewall.needs),
      kind: 'file',
      file: { target, source: file.path, sha256: sha256(file.text) },
    });
  }

  /** The guest as it is made, with its owner's line from the first moment on. */
  protected made(title: string, source: StepOf<'guest-create'>['source']): void {
    const { vmid, hostname, needs, removalPolicy } = this.spec;
    this.add({
      ...this.guest('create', title, needs),
      kind: 'guest-create',
      ...(source.from === 'clone' ? { exclusive: [guestIdentity(source.vmid)] } : {}),
      marker: ownerLine(this.place, vmid),
      hostname,
      source,
      ...removalOf(removalPolicy),
    });
  }

  /** The owner's line as a key of the config. */
  protected get marker(): KeyRequirement {
    return { is: 'marker', key: 'description', value: ownerLine(this.place, this.spec.vmid), impact: 'live' };
  }

  /** What is done last: a template for good, or a guest that starts by itself. */
  protected finished(templateDigest: () => string, lastKeys: () => readonly KeyRequirement[]): void {
    if (this.spec.template) {
      this.add({ ...this.guest('template', 'template'), kind: 'guest-template', digest: templateDigest() });
    } else {
      this.add({
        ...this.guest('last', 'start with the host'),
        kind: 'guest-config',
        why: 'A guest that was not set up to the end must not start by itself.',
        keys: lastKeys(),
      });
    }
  }

  protected artifact(path: string, text: string): Artifact {
    const artifact = { path, text };
    this.files.push(artifact);
    return artifact;
  }

  protected add(step: Step): void {
    this.steps.push(step);
    this.last = step.id;
  }

  protected guest(name: string, title: string, needs: readonly string[] = []): GuestStepBase {
    return { ...this.base(name, title, needs), vmid: this.spec.vmid, type: this.type };
  }

  protected base(name: string, title: string, needs: readonly string[] = []): StepBase {
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
type GuestStepBase = StepBase & { vmid: number; type: 'lxc' | 'qemu' };
