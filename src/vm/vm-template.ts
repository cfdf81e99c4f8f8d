import type { Construct } from 'constructs';
import type { VirtualMachineProps } from './props.js';
import { type VmCloneSource, vmCloneSource } from './roles.js';
import { VmGuest } from './vm-guest.js';

/** Props of a template. It never starts, and holds no device of the host. */
export type VmTemplateProps = Omit<
  VirtualMachineProps,
  'onboot' | 'startup' | 'started' | 'startAfter' | 'protection' | 'gpus' | 'hostPci'
>;

/**
 * A machine that is made once, never started, and then only cloned.
 *
 * Clones have its disks, firmware and TPM, and grow them if they ask for more; everything else they get from their own layers. A template is
 * final: a changed one takes a new VMID or a rebuild, and never touches the clones that are there.
 */
export class VmTemplate extends VmGuest implements VmCloneSource {
  readonly isTemplate = true;

  /** Throws `config/*` and `scope/other-host` with everything that is wrong with the props. */
  constructor(scope: Construct, id: string, props: VmTemplateProps) {
    super(scope, id, props);
    Object.defineProperty(this, vmCloneSource, { value: true });
  }
}
