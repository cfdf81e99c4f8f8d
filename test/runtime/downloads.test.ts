import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Step, StepOf } from '../../src/model/step.js';
import type { SimulatedNodeOptions } from '../../src/testing/simulated-node-options.js';
import { Bench } from './bench.js';
import { hostFile } from './steps.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const url = 'https://cloud.test/noble.img';
const files = 'dir: files\n\tpath /srv/files\n\tcontent import,iso,vztmpl\n';

function download(extra: Partial<StepOf<'download'>>): Step {
  const resource = 'image/files:import/noble.qcow2';
  const label = { id: `${resource}/file`, resource, path: 'host/noble', title: 'image', needs: [] };
  return {
    kind: 'download',
    ...label,
    storage: 'files',
    content: 'import',
    file: 'noble.qcow2',
    from: { url },
    checksum: { algorithm: 'sha256', value: sha256('image') },
    ...extra,
  };
}

function benchWith(step: Step, options: SimulatedNodeOptions = {}): Bench {
  const bench = new Bench({ storages: files, osTemplates: {}, ...options });
  bench.node.onHttp(url, { body: 'image' });
  bench.synthesize({ steps: [step] });
  return bench;
}

const onlyStep = (bench: Bench) => Object.values(bench.plan())[0];

test.each<[Partial<StepOf<'download'>>, string]>([
  [{}, '/srv/files/import/noble.qcow2'],
  [{ content: 'iso', file: 'noble.iso' }, '/srv/files/template/iso/noble.iso'],
  [{ content: 'vztmpl', file: 'noble.tar.xz' }, '/srv/files/template/cache/noble.tar.xz'],
])('a file lies in the folder of its content: %o', (extra, path) => {
  const bench = benchWith(download(extra));
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.readFile(path)).toBe('image');
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('a folder that the storage names itself is where the file is put, and where it is looked for', () => {
  const bench = benchWith(download({}), { storages: `${files}\tcontent-dirs iso=media,import=from/afar\n` });
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.readFile('/srv/files/from/afar/noble.qcow2')).toBe('image');
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('nothing is put where Proxmox would not see it', () => {
  const bench = benchWith(download({}), { storages: files.replace('import,', '') });
  expect(onlyStep(bench)).toMatchObject({
    verdict: 'refused',
    reason: 'storage files takes iso vztmpl, but no import: Proxmox would not see the file',
  });
  expect(
    onlyStep(benchWith(download({ storage: 'local-zfs' }), { storages: 'zfspool: local-zfs\n\tpool rpool\n' })),
  ).toMatchObject({
    verdict: 'refused',
    reason: 'storage local-zfs (zfspool) has no folder for files',
  });
});

test('nothing is written below a mount that is missing', () => {
  const waits = { verdict: 'unknown', reason: 'nothing is mounted at /srv/files, the folder of storage files' };
  expect(onlyStep(benchWith(download({}), { storages: `${files}\tis_mountpoint yes\n` }))).toMatchObject(waits);
  const nfs = files.replace('dir:', 'nfs:').concat('\tserver nas\n\texport /a\n');
  expect(onlyStep(benchWith(download({}), { storages: nfs }))).toMatchObject(waits);
});

test('a download that broke off is thrown away, also where no sum would show it', () => {
  const { checksum: _, ...without } = download({}) as StepOf<'download'>;
  const bench = benchWith(without);
  bench.node.fault({ argv: ['curl'], mode: 'fail-after', exit: 18, stderr: 'curl: (18) end of response' });
  const { status, stderr } = bench.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain(`${url} did not arrive (curl: exit 18)`);
  expect(bench.node.exists('/srv/files/import/noble.qcow2')).toBe(false);
  expect(bench.node.exists('/srv/files/import/noble.qcow2.tmp.phoenix')).toBe(false);
  expect(bench.run('apply').status).toBe(0);
});

test('a file that the program only refers to has to be there', () => {
  const { checksum: _, ...imported } = download({ from: 'nowhere' }) as StepOf<'download'>;
  const bench = benchWith(imported);
  expect(onlyStep(bench)).toMatchObject({ verdict: 'refused', reason: expect.stringContaining('only refers to it') });
  bench.node.writeFile('/srv/files/import/noble.qcow2', 'whatever');
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('nothing is fetched into the folder of a dataset that is not mounted, nor is a file written there', () => {
  const bench = benchWith(download({}), {
    storages: 'dir: files\n\tpath /rpool/models\n\tcontent import\n',
    datasets: { 'rpool/models': { mounted: 'no' } },
  });
  const { step, files: sources } = hostFile('/rpool/models/list', 'x\n');
  bench.synthesize({ steps: [download({}), step], files: sources });
  const verdicts = Object.values(bench.plan());
  expect(verdicts).toHaveLength(2);
  for (const verdict of verdicts) {
    expect(verdict).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringMatching(/^dataset rpool\/models is not mounted at \/rpool\/models/),
    });
  }
  expect(bench.run('apply').status).toBe(1);
  expect(bench.node.exists('/rpool/models/import')).toBe(false);
  expect(bench.node.exists('/rpool/models/list')).toBe(false);
});

const { checksum: _, ...oci } = download({
  content: 'vztmpl',
  file: 'nginx_1.27.tar',
  from: { oci: 'docker.io/library/nginx:1.27' },
}) as StepOf<'download'>;

test('an image of a registry is pulled by Proxmox, once', () => {
  const bench = benchWith(oci);
  bench.node.onHttp('docker://docker.io/library/nginx:1.27', { body: 'layers' });
  expect(bench.run('apply').status).toBe(0);
  expect(bench.commands()).toEqual([
    'pvesh create /nodes/pve/storage/files/oci-registry-pull --reference docker.io/library/nginx:1.27 --filename nginx_1.27',
  ]);
  expect(bench.node.readFile('/srv/files/template/cache/nginx_1.27.tar')).toBe('layers');
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('an image that no registry has is a failure', () => {
  const bench = benchWith(oci);
  const { status, stderr } = bench.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain('skopeo copy');
});

test('a pull that was killed is done again', () => {
  const bench = benchWith(oci);
  bench.node.onHttp('docker://docker.io/library/nginx:1.27', { body: 'layers' });
  bench.node.fault({ argv: ['pvesh', 'create'], mode: 'kill-middle' });
  expect(bench.run('apply').status).not.toBe(0);
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.readFile('/srv/files/template/cache/nginx_1.27.tar')).toBe('layers');
});
