import { diskImage, SimulatedNode } from 'phoenix-cdk/testing';

const GIB = 1024 ** 3;

/** The host as it is before the program was ever applied: pools, people's files, driver, no guests. */
export function simulatedPhoenix(folder: string): SimulatedNode {
  const node = SimulatedNode.create(folder, {
    node: 'phoenix',
    pveVersion: '9.1',
    pools: { quickOS: { sizeGiB: 1862 }, fastData: { sizeGiB: 3726 } },
    datasets: {
      'quickOS/shared-prod-data': files('131072', 400),
      'quickOS/shared-prod-data-sync': { ...files('16384', 100), sync: 'always' },
      'fastData/shared-test-data': files('131072', 500),
      'fastData/shared-bulk-data': files('1048576', 1400),
      'fastData/shared-iso': files('1048576', 100),
    },
    cores: 24,
    memoryGiB: 94.1,
    nvidia: { version: '580.76.05', cards: 2 },
    displayDevices: ['0000:01:00.0', '0000:02:00.0'].map((address) => ({
      address,
      device: '2d04',
      model: 'NVIDIA GeForce RTX 5060 Ti',
    })),
    osTemplates: { 'fastData-shared-iso:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst': { available: true } },
  });
  // What the old system fetched, put where Proxmox looks for images.
  node.writeFile('/fastData/shared-iso/import/noble-server-cloudimg-amd64.qcow2', diskImage(4));
  // Switched on by hand long ago; on a host where it is off, the applier wants `--allow-firewall` to switch it on.
  node.writeFile('/etc/pve/firewall/cluster.fw', '[OPTIONS]\n\nenable: 1\n');
  for (const [vmid, address] of [
    [950, '10.0.0.150'],
    [951, '10.0.0.151'],
  ] as const) {
    node.onHttp(`http://${address}:8000/health`, { whileRunning: vmid });
  }
  return node;
}

function files(recordsize: string, quotaGib: number): Record<string, string> {
  return { recordsize, compression: 'lz4', sync: 'standard', quota: String(quotaGib * GIB) };
}
