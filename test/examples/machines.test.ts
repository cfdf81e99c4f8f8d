import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskImage, SimulatedNode } from 'phoenix-cdk/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { machinesApp } from '../../examples/machines/app.js';
import { describeWithTool } from '../support/tool.js';

const folder = mkdtempSync(join(tmpdir(), 'phoenix-machines-'));
const assembly = join(folder, 'cdk.out');
const image = diskImage(4);

beforeAll(() => {
  const sha256 = createHash('sha256').update(image).digest('hex');
  machinesApp({ outdir: assembly, image: { url: 'https://images.test/noble.img', sha256 } }).synth();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('pins the real image by its checksum, and finds nothing to warn of', () => {
  const { findings, steps } = machinesApp().synthesize();
  expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  const download = [...steps.values()].flat().find(({ kind }) => kind === 'download');
  expect(download).toMatchObject({ content: 'import', checksum: { algorithm: 'sha256' } });
});

describeWithTool(['bash', 'perl', 'flock'], 'the machines on their host', () => {
  let node: SimulatedNode;
  const words = ['apply', '--approve-privileges', '--quiet'];
  const apply = () =>
    node.run(['env', 'PHOENIX_PAUSE=0.05', 'PHOENIX_PATIENCE=2', join(assembly, 'applier'), ...words]);

  beforeAll(() => {
    node = SimulatedNode.create(join(folder, 'node'), { node: 'pve', pveVersion: '9.1', pools: { rpool: {} } });
    node.onHttp('https://images.test/noble.img', { body: image });
  });

  it('come into being, and a second apply starts no command of Proxmox', { timeout: 300_000 }, () => {
    expect(apply()).toMatchObject({ status: 0, stderr: '' });
    expect(node.guestConfig(8000)).toMatch(/^template: 1$/m);
    expect(node.isRunning(8010)).toBe(true);
    node.clearCommands();
    expect(apply().stdout).toMatch(/^Nothing to do: \d+ steps in place, 2 guests, 0 pending /);
    expect(
      node
        .commands()
        .flatMap(({ argv }) => argv[0])
        .filter((tool) => tool !== 'zfs' && tool !== 'zpool'),
    ).toEqual([]);
  });

  it('start with their card, their TPM and what cloud-init has to know', () => {
    const config = node.guestConfig(8010);
    expect(config).toMatch(/^hostpci0: mapping=rtx4090,pcie=1$/m);
    expect(config).toMatch(/^tpmstate0: vm-disks:vm-8010-disk-\d,.*version=v2\.0$/m);
    expect(parse(node.cloudInit(8010)?.user ?? '')).toMatchObject({ user: 'ops', hostname: 'workstation' });
  });
});
