import { CloudImage } from '../../src/storage/cloud-image.js';
import type { VirtualMachineProps } from '../../src/vm/props.js';
import { VirtualMachine } from '../../src/vm/virtual-machine.js';
import { VmTemplate, type VmTemplateProps } from '../../src/vm/vm-template.js';
import { SmallHost } from '../support/small-host.js';

/** A small host that machines can be made on. */
export class VmHost extends SmallHost {
  readonly debianImage = CloudImage.fromName(this.local, 'debian-13.qcow2');

  /** A machine with an empty disk; what is not given is as small as it can be. */
  machine(id: string, props: VirtualMachineProps = {}): VirtualMachine {
    const disk = props.cloneFrom === undefined ? { disk: { storage: this.disks, size: '8GiB' } as const } : {};
    return new VirtualMachine(this.ai, id, { vmid: 950, ...disk, ...props });
  }

  vmTemplate(id: string, props: VmTemplateProps = {}): VmTemplate {
    const disk = { storage: this.disks, size: '8GiB' } as const;
    return new VmTemplate(this.ai, id, { vmid: 900, disk, image: this.debianImage, ...props });
  }
}
