import { expect, it } from 'vitest';
import { Stack } from '../../src/core/stack.js';
import { ClusterFirewall } from '../../src/firewall/cluster-firewall.js';
import { HostFirewall } from '../../src/firewall/host-firewall.js';
import { DirectoryMapping } from '../../src/host/directory-mapping.js';
import { PciMapping } from '../../src/host/pci-mapping.js';
import { UsbMapping } from '../../src/host/usb-mapping.js';
import { LxcContainer } from '../../src/lxc/lxc-container.js';
import { Profile } from '../../src/lxc/profile.js';
import type { RemovalPolicy } from '../../src/model/removal.js';
import { CloudImage } from '../../src/storage/cloud-image.js';
import { IsoImage } from '../../src/storage/iso-image.js';
import { OciImage } from '../../src/storage/oci-image.js';
import { OsTemplate } from '../../src/storage/os-template.js';
import { Storage } from '../../src/storage/storage.js';
import { synthesized } from '../../src/testing/index.js';
import { ZfsDataset } from '../../src/zfs/zfs-dataset.js';
import { SmallHost } from '../support/small-host.js';

/** One of everything that says what may become of it. */
function everything(removalPolicy?: RemovalPolicy): SmallHost {
  const host = new SmallHost();
  const said = removalPolicy === undefined ? {} : { removalPolicy };
  const { base, rpool } = host;
  const dataset = new ZfsDataset(base, 'models', { parent: rpool, ...said });
  dataset.folder('a', said);
  const files = Storage.dir(base, 'files', { path: '/srv/files', content: ['iso', 'vztmpl', 'import'], ...said });
  const source = { url: 'https://example.org/x', sha256: 'a'.repeat(64), ...said } as const;
  OsTemplate.fromCatalogue(files, 'a_1_amd64.tar.zst', said);
  OsTemplate.fromUrl(files, 'b_1_amd64.tar.zst', { sha512: 'b'.repeat(128), ...said });
  OciImage.fromRegistry(files, 'docker.io/library/nginx:1.27', said);
  CloudImage.fromUrl(files, 'c.qcow2', source);
  IsoImage.fromUrl(files, 'd.iso', source);
  new PciMapping(base, 'gpu', { maps: [{ path: '0000:01:00.0', id: '10de:2684' }], ...said });
  new UsbMapping(base, 'stick', { id: '0781:5581', ...said });
  new DirectoryMapping(base, 'share', { path: '/srv/share', ...said });
  new ClusterFirewall(base, 'cluster', said);
  new HostFirewall(base, 'host-firewall', said);
  host.container('web', said);
  return host;
}

const isImported = (step: object) =>
  ('create' in step && step.create === false) || ('from' in step && step.from === 'nowhere');

it('each thing says of itself whether it may be removed, and is retained where nothing is said', () => {
  const removable = (policy?: RemovalPolicy) =>
    synthesized(everything(policy).app)
      .steps.filter((step) => !isImported(step))
      .flatMap((step) => ('removal' in step ? [step.id] : []));
  expect(removable()).toEqual([]);
  expect(removable('retain')).toEqual([]);
  expect(
    removable('destroy')
      .map((id) => id.replace(/guest\/\d+/, 'guest'))
      .sort(),
  ).toEqual([
    'archive/files:vztmpl/a_1_amd64.tar.zst/file',
    'archive/files:vztmpl/b_1_amd64.tar.zst/file',
    'archive/files:vztmpl/nginx_1.27.tar/file',
    'firewall/cluster/entries',
    'firewall/cluster/options',
    'firewall/host/entries',
    'firewall/host/options',
    'folder/rpool/models/a/folder',
    'guest/create',
    'image/files:import/c.qcow2/file',
    'image/files:iso/d.iso/file',
    'mapping/dir/share/entry',
    'mapping/pci/gpu/entry',
    'mapping/usb/stick/entry',
    'storage/files/entry',
    'zfs/rpool/models/dataset',
  ]);
});

it('guests get it from the defaults of their stack and from profiles, and the last word is their own', () => {
  const host = new SmallHost({ stack: { defaults: { removalPolicy: 'destroy' } } });
  host.container('a');
  const prod = new Profile(host.ai, 'prod', { removalPolicy: 'retain' });
  host.container('b', { profiles: [prod] });
  host.container('c', { profiles: [prod], removalPolicy: 'destroy' });
  const made = synthesized(host.app).steps.filter((step) => step.kind === 'guest-create');
  expect(Object.fromEntries(made.map(({ path, removal }) => [path, removal]))).toEqual({
    'ai/a': 'destroy',
    'ai/b': undefined,
    'ai/c': 'destroy',
  });
});

it('protection of a stack is a word of its runbook, and of no other', () => {
  const host = new SmallHost();
  const prod = new Stack(host.app, 'prod', { host: host.pve, protect: true });
  new LxcContainer(prod, 'db', { from: host.archive, rootfs: { storage: host.disks, size: '4GiB' } });
  host.container('web');
  const made = synthesized(host.app);
  expect(made.file('stacks/prod/runbook.sh')).toContain('--restart never --protect 1\n');
  expect(made.file('stacks/prod/PLAN.md')).toContain('Protected: nothing of it is ever destroyed or replaced.');
  expect(made.file('stacks/ai/runbook.sh')).not.toContain('--protect');
  expect(JSON.parse(made.file('stacks/prod/runbook.json'))).toMatchObject({ protect: true });
  expect(JSON.parse(made.file('stacks/ai/runbook.json'))).not.toHaveProperty('protect');
});

it('the plan for reviewers says what may be destroyed', () => {
  const plan = synthesized(everything('destroy').app).file('stacks/base/PLAN.md');
  expect(plan).toContain('dataset `rpool/models`; it may be destroyed with all that is on it');
});

it('the manifest says which stacks are protected, so that a diff of assemblies shows it', () => {
  const manifest = (protect: boolean) => {
    const host = new SmallHost();
    const prod = new Stack(host.app, 'prod', { host: host.pve, protect });
    new LxcContainer(prod, 'db', { from: host.archive, rootfs: { storage: host.disks, size: '4GiB' } });
    const made = synthesized(host.app);
    return JSON.parse(made.file('manifest.json')) as { stacks: readonly { name: string; protect?: true }[] };
  };
  const prod = (protect: boolean) => manifest(protect).stacks.find(({ name }) => name === 'prod');
  expect(prod(true)).toMatchObject({ protect: true });
  expect(prod(false)).not.toHaveProperty('protect');
});
