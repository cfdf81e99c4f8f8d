import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { App } from '../../src/core/app.js';
import { Stack } from '../../src/core/stack.js';
import { PveNode } from '../../src/host/pve-node.js';
import { Subnet } from '../../src/network/subnet.js';
import { Storage } from '../../src/storage/storage.js';
import { VirtualMachine } from '../../src/vm/virtual-machine.js';
import { describeWithTool } from '../support/tool.js';
import { machineNode } from '../testing/machine-fixture.js';

/** Writes the assembly of one machine with these packages. */
function synthesize(outdir: string, packages: readonly string[]): void {
  const app = new App({ name: 'test', root: join(outdir, '..'), outdir });
  const pve = new PveNode(app, 'pve', { address: '10.0.0.13', pveVersion: '9.1' });
  const lan = new Subnet(pve, 'lan', { cidr: '10.0.0.0/24', gateway: '10.0.0.1', bridge: 'vmbr0' });
  const base = new Stack(app, 'base', { host: pve });
  const disks = Storage.fromName(base, 'local-zfs');
  new VirtualMachine(new Stack(app, 'ai', { host: pve }), 'docker', {
    vmid: 950,
    network: lan,
    address: '10.0.0.81',
    disk: { storage: disks, size: '4GiB' },
    cloudInit: { userData: { packages }, vendorData: { locale: 'C.UTF-8' } },
  });
  app.synth();
}

describeWithTool(['bash', 'perl', 'flock'], "a machine's documents on its host", () => {
  it('are on its drive when it starts, and others only after a restart', { timeout: 120_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'phoenix-cloud-init-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const node = machineNode();
    const outdir = join(folder, 'cdk.out');
    const apply = (...words: string[]) =>
      node.run(['env', 'PHOENIX_PAUSE=0.05', 'PHOENIX_PATIENCE=2', join(outdir, 'applier'), ...words]);
    const packagesOnDrive = () => parse(node.cloudInit(950)?.user ?? '').packages;
    const instance = () => parse(node.cloudInit(950)?.meta ?? '')['instance-id'];

    synthesize(outdir, ['docker.io']);
    expect(apply('apply', '--approve-privileges')).toMatchObject({ status: 0 });
    expect(node.isRunning(950)).toBe(true);
    expect(packagesOnDrive()).toEqual(['docker.io']);
    expect(parse(node.cloudInit(950)?.network ?? '').ethernets.eth0.addresses).toEqual(['10.0.0.81/24']);
    expect(node.cloudInit(950)?.vendor).toBe('#cloud-config\nlocale: C.UTF-8\n');
    expect(apply('plan', '--fail')).toMatchObject({ status: 0 });

    const before = instance();
    synthesize(outdir, ['docker.io', 'jq']);
    expect(apply('plan').stdout).toContain('--allow-restart');
    apply('apply');
    expect(packagesOnDrive()).toEqual(['docker.io']);
    expect(apply('apply', '--allow-restart', 'ai/docker')).toMatchObject({ status: 0 });
    expect(packagesOnDrive()).toEqual(['docker.io', 'jq']);
    expect(instance()).not.toBe(before);
    expect(apply('plan', '--fail')).toMatchObject({ status: 0 });
  });
});
