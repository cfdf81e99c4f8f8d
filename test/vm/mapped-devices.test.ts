import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { App } from '../../src/core/app.js';
import { Stack } from '../../src/core/stack.js';
import { DirectoryMapping } from '../../src/host/directory-mapping.js';
import { PciMapping } from '../../src/host/pci-mapping.js';
import { PveNode } from '../../src/host/pve-node.js';
import { UsbMapping } from '../../src/host/usb-mapping.js';
import { Storage } from '../../src/storage/storage.js';
import { VirtualMachine } from '../../src/vm/virtual-machine.js';
import { describeWithTool } from '../support/tool.js';
import { machineNode } from '../testing/machine-fixture.js';

describeWithTool(['bash', 'perl', 'flock'], 'a machine with devices by their mappings', () => {
  it('starts with them, since they are mapped before, and stays as it is', { timeout: 120_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'phoenix-mapping-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const outdir = join(folder, 'cdk.out');
    const app = new App({ name: 'test', root: folder, outdir });
    const pve = new PveNode(app, 'pve', { address: '10.0.0.13', pveVersion: '9.1' });
    const base = new Stack(app, 'base', { host: pve });
    const card = { path: '0000:01:00.0', id: '10de:2684', subsystemId: '10de:1000', iommuGroup: 12 };
    new VirtualMachine(new Stack(app, 'ai', { host: pve }), 'docker', {
      vmid: 950,
      machine: 'q35',
      disk: { storage: Storage.fromName(base, 'local-zfs'), size: '4GiB' },
      hostPci: [{ mapping: new PciMapping(base, 'gpu', { maps: [card] }), pcie: true }],
      usb: [{ mapping: new UsbMapping(base, 'stick', { id: '0781:5581' }) }],
      virtiofs: [{ mapping: new DirectoryMapping(base, 'models', { path: '/srv/models' }) }],
    });
    app.synth();

    const node = machineNode();
    node.writeFile('/srv/models/file', '');
    const apply = (...words: string[]) =>
      node.run(['env', 'PHOENIX_PAUSE=0.05', 'PHOENIX_PATIENCE=2', join(outdir, 'applier'), ...words]);
    expect(apply('apply', '--approve-privileges')).toMatchObject({ status: 0 });
    expect(node.isRunning(950)).toBe(true);
    expect(node.guestConfig(950)).toMatch(/^hostpci0: mapping=gpu,pcie=1$/m);
    expect(node.readFile('/etc/pve/mapping/usb.cfg')).toBe('stick\n\tmap node=pve,id=0781:5581\n\n');
    expect(apply('apply').stdout).toMatch(/^Nothing to do/);
  });
});
