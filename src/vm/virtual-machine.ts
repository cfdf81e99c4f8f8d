import type { Construct } from 'constructs';
import type { Problem } from '../base/errors.js';
import { CloudInit } from '../guest/cloud-init/cloud-init.js';
import type { Layer } from '../model/merge.js';
import { readVmLayer } from './layers.js';
import type { VirtualMachineProps } from './props.js';
import { VmGuest } from './vm-guest.js';

/**
 * A virtual machine.
 *
 * Work inside a machine is cloud-init's: Proxmox reaches no further than its hardware.
 *
 * @see https://pve.proxmox.com/pve-docs/chapter-qm.html
 */
export class VirtualMachine extends VmGuest {
  readonly isTemplate = false;
  /** What constructs put into the machine by cloud-init. */
  readonly cloudInit = new CloudInit();

  /**
   * Throws `config/*` and `scope/other-host` with everything that is wrong with the props.
   *
   * `others` is for subclasses: problems with props of their own, thrown together with those found here.
   */
  constructor(scope: Construct, id: string, props: VirtualMachineProps, others: readonly Problem[] = []) {
    super(scope, id, props, others);
  }

  protected override additions(): readonly Layer[] {
    return this.cloudInit.layers(this.node.path, readVmLayer);
  }
}
