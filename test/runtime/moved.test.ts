import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { App } from '../../src/core/app.js';
import { Stack } from '../../src/core/stack.js';
import { ClusterFirewall } from '../../src/firewall/cluster-firewall.js';
import { Port } from '../../src/firewall/port.js';
import { PciMapping } from '../../src/host/pci-mapping.js';
import { PveNode } from '../../src/host/pve-node.js';
import { LxcContainer } from '../../src/lxc/lxc-container.js';
import { LxcTemplate } from '../../src/lxc/lxc-template.js';
import { Subnet } from '../../src/network/subnet.js';
import { OsTemplate } from '../../src/storage/os-template.js';
import { Storage } from '../../src/storage/storage.js';
import { VirtualMachine } from '../../src/vm/virtual-machine.js';
import { ZfsDataset } from '../../src/zfs/zfs-dataset.js';
import { ZfsPool } from '../../src/zfs/zfs-pool.js';
import { Bench } from './bench.js';

/** What a construct is called, and where it stands; undefined for the first form of the program. */
interface Names {
  readonly stack: string;
  readonly id: (old: string) => string;
  readonly renamedFrom: (old: string) => { readonly renamedFrom?: string };
}

const before: Names = { stack: 'ai', id: (old) => old, renamedFrom: () => ({}) };
const after: Names = {
  stack: 'fleet',
  id: (old) => `new-${old}`,
  renamedFrom: (old) => ({ renamedFrom: `ai/${old}` }),
};

/** The same host, described with other names. What has a name on the host is given it. */
function program(bench: Bench, { stack: stackId, id, renamedFrom }: Names): void {
  const app = new App({ name: 'lab', root: bench.folder, outdir: join(bench.folder, 'cdk.out') });
  const pve = new PveNode(app, 'pve', { address: '10.0.0.13', pveVersion: '9.1' });
  const lan = new Subnet(pve, 'lan', { cidr: '10.0.0.0/24', gateway: '10.0.0.1', bridge: 'vmbr0' });
  const stack = new Stack(app, stackId, { host: pve, restart: 'never' });
  const tank = ZfsPool.fromName(stack, 'rpool');
  const models = new ZfsDataset(stack, id('models'), { parent: tank, name: 'models', removalPolicy: 'destroy' });
  const local = Storage.fromName(stack, 'local');
  const disks = Storage.zfsPool(stack, id('disks'), {
    storageId: 'disks',
    dataset: tank,
    content: ['rootdir', 'images'],
  });
  new ClusterFirewall(stack, id('firewall'), { outbound: 'ACCEPT' });
  new PciMapping(stack, id('gpu'), { mappingId: 'gpu', maps: [{ path: '0000:01:00.0', id: '10de:2684' }] });
  const archive = OsTemplate.fromCatalogue(local, 'debian-13-standard_13.1-2_amd64.tar.zst');
  const rootfs = { storage: disks, size: '4GiB' } as const;
  const base = new LxcTemplate(stack, id('base'), { from: archive, rootfs, network: lan, ...renamedFrom('base') });
  const web = new LxcContainer(stack, id('web'), {
    cloneFrom: base,
    rootfs,
    network: lan,
    mounts: [{ source: models.folder('web'), target: '/models' }],
    files: [{ target: '/etc/motd', content: 'hello\n' }],
    firewall: {},
    ...renamedFrom('web'),
  });
  const client = new LxcContainer(stack, id('client'), {
    cloneFrom: base,
    rootfs,
    network: lan,
    ...renamedFrom('client'),
  });
  web.connections.allowFrom(client, Port.tcp(80));
  new VirtualMachine(stack, id('vm'), {
    network: lan,
    disk: { storage: disks, size: '2GiB' },
    cloudInit: { storage: disks, snippets: local, user: 'me' },
    ...renamedFrom('vm'),
  });
  app.synth();
}

const text = (bench: Bench, name: string) => readFileSync(join(bench.folder, name), 'utf8');

const ruleFiles = (bench: Bench) =>
  bench.node.run(['bash', '-c', 'cat "$0"/etc/pve/firewall/*.fw', bench.node.root]).stdout;

test('a program in which everything was renamed and moved changes nothing on the host but labels in our own lines and comments', () => {
  const storages = 'dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl,import,snippets\n';
  const bench = new Bench({ storages });
  program(bench, before);
  const first = bench.run('apply');
  expect(first.status, first.stderr).toBe(0);
  const lock = text(bench, 'phoenix.lock.json');
  bench.node.clearCommands();

  program(bench, after);
  expect(text(bench, 'phoenix.lock.json')).toBe(lock.replaceAll(/ ai\/(\w+)/g, ' fleet/new-$1'));
  const open = Object.values(bench.plan()).filter(({ changes }) => changes.some(({ key }) => key !== 'description'));
  expect(open.map(({ id }) => id)).toEqual([expect.stringMatching(/^guest\/\d+\/firewall$/)]);
  const rules = ruleFiles(bench);
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(bench.commands().map((line) => line.replace(/ --digest \S+/, ''))).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^pct set \d+ --description phoenix-cdk app=lab path=fleet\/new-web vmid=\d+$/),
    ]),
  );
  expect(bench.commands().filter((line) => !/^(pct|qm) set \d+ --digest \S+ --description /.test(line))).toEqual([]);
  expect(ruleFiles(bench)).toBe(rules.replaceAll(/# ai\/(\w+)/g, '# fleet/new-$1'));
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  expect(bench.run('plan').stdout).not.toContain('Not in the program any more');
});
