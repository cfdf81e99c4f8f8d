import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A folder that stands for `/` of a host on which an assembly was applied: config files, datasets, journal, running containers. Made by hand instead
 * of by applying it, which takes a simulated node hours for a thousand guests.
 *
 * Gives the environment to run the applier with. Its `zfs` and `zpool` print what lies in a file, so that they cost what a tool costs at least.
 */
export function appliedHost(assembly, folder) {
  const root = join(folder, 'root');
  const put = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const stacks = readdirSync(join(assembly, 'stacks')).map((name) => join(assembly, 'stacks', name));
  const runbooks = stacks.map((stack) => JSON.parse(readFileSync(join(stack, 'runbook.json'), 'utf8')));
  const steps = runbooks.flatMap(({ steps }) => steps);
  const datasets = new Map([['tank', {}]]);
  const storages = steps.filter(({ kind, create }) => kind === 'storage' && create);
  const pools = new Map(storages.map((step) => [step.storage, option(step, 'pool')]));

  put('/etc/hostname', 'pve\n');
  put('/etc/pve/.members', '{"nodename":"pve","version":1}\n');
  put('/etc/pve/storage.cfg', [localStorage, ...storages.map(storageEntry)].join('\n'));
  put('/var/lib/vz/template/cache/debian-13-standard_13.1-2_amd64.tar.zst', 'x');
  mkdirSync(join(root, 'etc/pve/nodes/pve/lxc'), { recursive: true });
  symlinkSync('nodes/pve', join(root, 'etc/pve/local'));

  for (const step of steps) {
    if (step.kind === 'zfs-dataset') {
      datasets.set(step.dataset, Object.fromEntries(step.properties.map(({ name, value }) => [name, value])));
    } else if (step.kind === 'folder') {
      mkdirSync(join(root, step.folder), { recursive: true });
    } else if (step.kind === 'file') {
      const stack = stacks.find((path) => existsSync(join(path, step.file.source)));
      put(step.file.target, readFileSync(join(stack, step.file.source)));
    }
  }
  const journal = ['phoenix-journal 1'];
  const sockets = ['Num RefCount Protocol Flags Type St Inode Path'];
  for (const [vmid, config] of configs(stacks)) {
    const volume = /^rootfs: ([^,\n]+)/m.exec(config)[1];
    const [storage, name] = volume.split(':');
    const dataset = `${pools.get(storage)}/${name.split('/').at(-1)}`;
    const guid = String(10 ** 15 + vmid);
    datasets.set(dataset, { guid, refquota: '8589934592' });
    put(`/etc/pve/nodes/pve/lxc/${vmid}.conf`, config);
    const create = steps.find(({ id }) => id === `guest/${vmid}/create`);
    journal.push(['guest', vmid, 'lxc', guid, volume, create.source.digest ?? '-'].join('\t'));
    if (!/^template: 1/m.test(config)) {
      sockets.push(`0000000000000000: 00000002 00000000 00010000 0001 01 1 @/var/lib/lxc/${vmid}/command`);
      mkdirSync(join(root, `sys/fs/cgroup/lxc/${vmid}`), { recursive: true });
    }
    for (const step of steps.filter((one) => one.vmid === vmid)) {
      if (step.kind === 'guest-template') journal.push(['sealed', vmid, step.digest].join('\t'));
      if (step.kind === 'guest-run' || step.kind === 'guest-file') {
        journal.push(['applied', step.id, guid, step.digest].join('\t'));
      }
    }
  }
  put('/proc/self/mountinfo', [...datasets.keys()].map(mountLine).join(''));
  put('/proc/net/unix', `${sockets.join('\n')}\n`);
  put(`/var/lib/phoenix/${runbooks[0].app}/journal`, `${journal.join('\n')}\n`);

  const bin = join(folder, 'bin');
  put('/properties', propertyLines(datasets));
  mkdirSync(bin, { recursive: true });
  tool(bin, 'zfs', `exec cat '${root}/properties'`);
  tool(bin, 'zpool', "printf 'tank\\tONLINE\\n'");
  return { PATH: `${bin}:${process.env.PATH}`, PHOENIX_ROOT: root };
}

const localStorage = 'dir: local\n\tpath /var/lib/vz\n\tcontent vztmpl,iso\n';

function storageEntry({ storage, type, options }) {
  return `${type}: ${storage}\n${options.map(({ name, value }) => `\t${name} ${value}\n`).join('')}`;
}

function option(step, name) {
  return step.options.find((one) => one.name === name)?.value;
}

/** [VMID, text] of each guest's predicted config. */
function configs(stacks) {
  return stacks.flatMap((stack) => {
    const guests = join(stack, 'guests');
    return existsSync(guests)
      ? readdirSync(guests).map((vmid) => [Number(vmid), readFileSync(join(guests, vmid, 'config.conf'), 'utf8')])
      : [];
  });
}

function mountLine(dataset, number) {
  return `${100 + number} 1 0:${40 + number} / /${dataset} rw,noatime - zfs ${dataset} rw,xattr\n`;
}

/** What `zfs get -Hp -o name,property,value` prints. */
function propertyLines(datasets) {
  let number = 0;
  const lines = [...datasets].flatMap(([name, properties]) => {
    number += 1;
    const all = { guid: String(number), mounted: 'yes', mountpoint: `/${name}`, refquota: '0', origin: '-', creation: '1', ...properties };
    return Object.entries(all).map(([property, value]) => `${name}\t${property}\t${value}\n`);
  });
  return lines.join('');
}

function tool(bin, name, line) {
  writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`);
  chmodSync(join(bin, name), 0o755);
}
