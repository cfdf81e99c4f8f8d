import {
  App,
  LxcContainer,
  LxcTemplate,
  OsTemplate,
  Port,
  Profile,
  PveNode,
  Stack,
  Storage,
  Subnet,
  ZfsDataset,
  ZfsPool,
} from 'phoenix-cdk';

/**
 * A fleet of containers on one host; each with a dataset, a folder of it as mount, a firewall with one rule, values from three layers.
 *
 * `shape`: `plain`; `chain`, each container waits for the one before; `stacks`, a stack a container.
 */
export function fleet(guests, folder, shape) {
  const app = new App({ name: 'bench', root: folder });
  const pve = new PveNode(app, 'pve', { address: '10.0.0.2', pveVersion: '9.1', vmids: { from: 100_000, to: 199_999 } });
  const lan = new Subnet(pve, 'lan', {
    cidr: '10.0.0.0/8',
    gateway: '10.0.0.1',
    bridge: 'vmbr0',
    range: { from: 100, to: 100_000 },
  });
  const host = new Stack(app, 'host', { host: pve });
  const pool = ZfsPool.fromName(host, 'tank');
  const disks = new ZfsDataset(host, 'disks', { parent: pool });
  const storage = Storage.zfsPool(host, 'guests', { dataset: disks, content: ['rootdir'] });
  const defaults = { network: lan, rootfs: { storage, size: '8GiB' }, firewall: {} };
  const shared = new Stack(app, 'fleet', { host: pve, defaults });
  const profile = new Profile(shared, 'small', { cores: 2, memory: '1GiB', tags: ['fleet'] });
  const template = new LxcTemplate(shared, 'base', {
    from: OsTemplate.fromCatalogue(Storage.fromName(host, 'local'), 'debian-13-standard_13.1-2_amd64.tar.zst'),
  });
  let former;
  for (let number = 0; number < guests; number++) {
    const data = new ZfsDataset(host, `data-${number}`, { parent: pool, recordsize: '1M', quota: '100GiB' });
    const stack = shape === 'stacks' ? new Stack(app, `stack-${number}`, { host: pve, defaults }) : shared;
    const guest = new LxcContainer(stack, `guest-${number}`, {
      cloneFrom: template,
      profiles: [profile],
      vmid: 10_000 + number,
      hostname: `guest-${number}`,
      mounts: [{ source: data.folder('files'), target: '/data' }],
      ...(shape === 'chain' && former !== undefined ? { startAfter: [former] } : {}),
    });
    guest.connections.allowFrom(lan, Port.tcp(8000 + (number % 100)));
    former = guest;
  }
  return app;
}
