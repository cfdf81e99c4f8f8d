import { type App, Gpu, PveNode, Subnet } from 'phoenix-cdk';

/** The machine and the network that it stands in: what is really there. Nothing below repeats any of it. */
export class Machine extends PveNode {
  readonly lan: Subnet;

  constructor(app: App, id: string) {
    super(app, id, {
      address: '10.0.0.13',
      pveVersion: '9.1',
      cores: 24,
      memory: '96GiB',
      gpus: [Gpu.rtx5060Ti16({ pci: '0000:01:00.0' }), Gpu.rtx5060Ti16({ pci: '0000:02:00.0' })],
    });
    this.lan = new Subnet(this, 'lan', {
      cidr: '10.0.0.0/24',
      gateway: '10.0.0.1',
      bridge: 'vmbr0',
      // The router, which forwards: with a public resolver in every guest no local name resolves, and each lookup leaves the house.
      dns: ['10.0.0.1'],
    });
  }
}
