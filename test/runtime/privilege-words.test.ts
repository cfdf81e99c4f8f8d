import { expect, test } from 'vitest';
import { type Privilege, privilegesOf } from '../../src/format/privileges.js';
import type { Step } from '../../src/model/step.js';
import { archive, sha256 } from './bench.js';
import { HandMadeHost } from './hand-made.js';
import { machine } from './machines.js';
import { container, exact, hostFile, run } from './steps.js';

/** Whatever can stand in the config of a container, each in one of its own. */
const containers: readonly (readonly [key: string, value: string])[] = [
  ['unprivileged', '0'],
  ['unprivileged', '1'],
  ['features', 'nesting=1'],
  ['features', 'nesting=1,keyctl=1,fuse=0,mknod=1'],
  ['features', 'mount=nfs;cifs'],
  ['dev0', '/dev/nvidia0'],
  ['dev3', '/dev/nvidia0,mode=0666'],
  ['dev255', 'path=/dev/dri/renderD128,gid=104,uid=0,deny-write=1'],
  ['mp0', '/tank/models,mp=/models'],
  ['mp1', 'volume=/tank/models/,mp=/models,ro=1'],
  ['mp2', '/dev/sdb1,mp=/disk'],
  ['mp3', '/tank/a,mp=/a,idmap=u:0:1000:1'],
  ['hookscript', 'local:snippets/it.sh'],
  ['memory', '1024'],
  ['net0', 'name=eth0,bridge=vmbr0'],
  ['net0', 'name=eth0,bridge=vmbr0,firewall=1'],
  ['lxc.apparmor.profile', 'unconfined'],
  ['lxc.apparmor.profile', 'generated'],
  ['lxc.apparmor.profile', 'lxc-phoenix'],
  ['lxc.apparmor.raw', 'mount,'],
  ['lxc.cap.drop', 'sys_admin'],
  ['lxc.cap.drop', ''],
  ['lxc.cap.keep', 'sys_admin mknod'],
  ['lxc.seccomp.profile', '/etc/my.seccomp'],
  ['lxc.idmap', 'u 0 100000 65536'],
  ['lxc.idmap', 'u 1000 1000 1'],
  ['lxc.idmap', 'b 1000 1000 10'],
  ['lxc.idmap', 'x'],
  ['lxc.hook.pre-start', '/usr/local/bin/x'],
  ['lxc.hook.pre-start', "/bin/sh -c 'exec mountpoint -q /tank/models' phoenix"],
  ['lxc.hook.version', '1'],
  ['lxc.cgroup2.devices.allow', 'c 195:* rwm'],
  ['lxc.cgroup2.devices.deny', 'a'],
  ['lxc.cgroup2.memory.high', '1G'],
  ['lxc.mount.entry', '/srv/my\\040data data none bind,ro,create=dir 0 0'],
  ['lxc.mount.entry', '/dev/nvidia0 dev/nvidia0 none bind,optional,create=file'],
  ['lxc.mount.entry', 'proc proc proc rw 0 0'],
  ['lxc.mount.auto', 'proc:rw sys:rw'],
  ['lxc.environment', 'A=1'],
  ['lxc.console.logfile', '/var/log/guest'],
  ['lxc.console.path', 'none'],
  ['lxc.net.0.type', 'phys'],
];

const machines: readonly (readonly [key: string, value: string])[] = [
  ['hostpci0', '0000:01:00.0,pcie=1'],
  ['hostpci1', 'host=0000:0A:00;0000:0b:00.1'],
  ['hostpci2', 'mapping=gpu,pcie=1'],
  ['usb0', 'host=1234:ABCD'],
  ['usb1', 'spice'],
  ['usb2', 'mapping=key'],
  ['virtiofs0', 'dirid=share'],
  ['virtiofs1', 'share,cache=auto'],
  ['serial0', '/dev/ttyS0'],
  ['serial1', 'socket'],
  ['scsi1', '/dev/disk/by-id/x,size=4G'],
  ['ide2', '/var/lib/x.iso,media=cdrom'],
  ['args', '-device virtio-rng-pci'],
  ['hookscript', 'local:snippets/it.sh'],
  ['ivshmem', 'size=32,name=foo'],
  ['net0', 'virtio=BC:24:11:00:00:01,bridge=vmbr0'],
];

const firewalls = [
  '[OPTIONS]\nenable: 1\n[RULES]\nIN ACCEPT -source 10.0.0.0/24 -p tcp -dport 80,443 # web\n',
  '[OPTIONS]\nenable: 1\npolicy_in: ACCEPT\nmacfilter: 0\n[RULES]\n|IN ACCEPT\nIN SSH(ACCEPT) -source +dc/admins\nGROUP Web -i net0\n',
  '[OPTIONS]\nenable: 0\n[RULES]\nIN ACCEPT\n',
  '[OPTIONS]\nenable: 1\n[RULES]\nIN DROP -p tcp -dport 22\nOUT ACCEPT\nIN ACCEPT -p icmp -icmp-type echo-request\nIN ACCEPT -p udp -sport 53 -dest 10.0.0.9\nIN ACCEPT -p tcp -i net0\n',
  '[OPTIONS]\nenable: 1\n[RULES]\nIN ACCEPT\n',
];

const card = exact('net0', 'name=eth0,bridge=vmbr0,firewall=1');

function everything(): { steps: Step[]; files: Record<string, string> } {
  const lxc = containers.flatMap(([key, value], index) => {
    const raw = key.startsWith('lxc.') ? { raw: [{ key, value }] } : { keys: [exact(key, value)] };
    return container(200 + index, `c${index}`, raw).steps;
  });
  const qemu = machines.flatMap(([key, value], index) =>
    machine(400 + index, `m${index}`, { keys: [exact(key, value)] }),
  );
  const filtered = firewalls.map((text, index) => {
    const { steps } = container(600 + index, `f${index}`, { keys: [card] });
    const rules = hostFile(`/etc/pve/firewall/${600 + index}.fw`, text, [`guest/${600 + index}/config`]);
    return {
      steps: [...steps.slice(0, 2), { ...rules.step, path: `ai/f${index}`, resource: `guest/${600 + index}` }],
      files: rules.files,
    };
  });
  const template = container(700, 't', { seal: sha256('t'), keys: [exact('dev0', '/dev/nvidia0'), card] }).steps;
  const program = hostFile('/usr/local/bin/tell', 'x\n', [], { mode: '0755' });
  const unit = hostFile('/etc/systemd/system/x.service', 'x\n');
  const plain = hostFile('/etc/motd', 'x\n');
  const mapped = (kind: 'pci' | 'usb' | 'dir', map: string): Step => ({
    kind: 'mapping',
    id: `mapping/${kind}/x/entry`,
    resource: `mapping/${kind}/x`,
    path: `host/${kind}`,
    title: 'entry',
    needs: [],
    mapping: kind,
    entry: 'x',
    create: true,
    options: [],
    maps: [map],
  });
  return {
    steps: [
      run(
        'modules',
        [{ probe: 'file', path: '/sys/module/x' }],
        [
          ['modprobe', 'x'],
          ['udevadm', 'settle'],
        ],
      ),
      mapped('pci', 'node=pve,path=0000:01:00.0;0000:01:00.1,id=10de:2684'),
      mapped('usb', 'node=pve,id=1234:ABCD'),
      mapped('dir', 'node=pve,path=/tank/share'),
      program.step,
      unit.step,
      plain.step,
      ...lxc,
      ...qemu,
      ...template,
      ...filtered.flatMap(({ steps }) => steps),
    ],
    files: Object.assign({}, program.files, unit.files, plain.files, ...filtered.map(({ files }) => files)),
  };
}

test('the plan for reviewers and the plan on the host tell the privileges of what is new in the same words and order', () => {
  const host = new HandMadeHost();
  host.write(`/var/lib/vz/${archive.replace('local:vztmpl', 'template/cache')}`, '');
  const { steps, files } = everything();
  const { stdout, stderr } = host.run([{ steps, files }], 'plan', '--json');
  expect(stderr).toBe('');
  const told = (JSON.parse(stdout) as { privileges: (Privilege & { direction: string })[] }).privileges;
  const expected = privilegesOf(steps, (source) => files[source]);
  expect(told).toEqual(
    expected.map(({ template, ...rest }) => ({ ...rest, direction: 'broader', ...(template ? { template } : {}) })),
  );
  expect(new Set(told.map(({ kind }) => kind)).size).toBe(14);
});
