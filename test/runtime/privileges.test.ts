import { describe, expect, it } from 'vitest';
import type { Step } from '../../src/model/step.js';
import { HandMadeHost } from './hand-made.js';
import { machineByHand, machineConfig, machineKnown } from './machines.js';
import { card, clusterFw, fleet, nothing, told } from './privileges.js';
import { configOf, container, exact, hostFile, run } from './steps.js';

const same: readonly (readonly [what: string, before: string, after: string])[] = [
  ['the same device under another number', 'dev0: /dev/nvidia0', 'dev1: path=/dev/nvidia0'],
  ['the same folder at another place in the guest', 'mp0: /tank/a,mp=/a', 'mp1: volume=/tank/a/,mp=/b'],
  ['nesting, which everybody may have', '', 'features: nesting=1'],
  ['more memory', 'memory: 512', 'memory: 1024'],
  ['the same raw lines in another order', 'lxc.a: 1\nlxc.b: 2', 'lxc.b: 2\nlxc.a: 1'],
  ['a variable for its processes', '', 'lxc.environment: A=1'],
  [
    'a line that only asks whether a dataset is mounted',
    '',
    "lxc.hook.pre-start: /bin/sh -c 'exec mountpoint -q /tank/a' phoenix",
  ],
];

const wider: readonly (readonly [less: string, more: string, broader: string, narrower: string])[] = [
  ['', 'dev0: /dev/nvidia0', 'device /dev/nvidia0 (0660)', 'device /dev/nvidia0 (0660)'],
  [
    'dev0: /dev/nvidia0',
    'dev0: /dev/nvidia0,mode=0666',
    'device /dev/nvidia0 (0660) → (0666)',
    'device /dev/nvidia0 (0666) → (0660)',
  ],
  [
    'dev0: /dev/sdb,deny-write=1',
    'dev0: /dev/sdb',
    'device /dev/sdb (0660 ro) → (0660)',
    'device /dev/sdb (0660) → (0660 ro)',
  ],
  ['mp0: /tank/a,mp=/a,ro=1', 'mp0: /tank/a,mp=/a', 'folder /tank/a (ro) → (rw)', 'folder /tank/a (rw) → (ro)'],
  [
    'mp0: /tank/a/b,mp=/a',
    'mp0: /tank/a,mp=/a',
    'folder /tank/a/b (rw) → /tank/a (rw)',
    'folder /tank/a (rw) → /tank/a/b (rw)',
  ],
  ['features: nesting=1', 'features: nesting=1,keyctl=1', 'feature keyctl', 'feature keyctl'],
  ['', 'hookscript: local:snippets/it.sh', 'hook local:snippets/it.sh', 'hook local:snippets/it.sh'],
  ['', 'lxc.apparmor.profile: unconfined', 'apparmor generated → unconfined', 'apparmor unconfined → generated'],
  [
    'lxc.apparmor.profile: mine',
    'lxc.apparmor.profile: unconfined',
    'apparmor mine → unconfined',
    'apparmor unconfined → mine',
  ],
  [
    'lxc.cap.drop: sys_time mknod',
    'lxc.cap.drop: mknod',
    'capabilities sys_time is not dropped any more',
    'capabilities sys_time is dropped',
  ],
  ['', 'lxc.cgroup2.devices.allow: c 195:* rwm', 'device c 195:* rwm', 'device c 195:* rwm'],
  [
    'lxc.cgroup2.devices.allow: c 195:0 rw',
    'lxc.cgroup2.devices.allow: c 195:* rwm',
    'device c 195:* rwm',
    'device c 195:* rwm',
  ],
  ['', 'lxc.mount.entry: /srv data none bind 0 0', 'folder /srv (rw)', 'folder /srv (rw)'],
  ['', 'lxc.idmap: u 1000 1000 10', 'ids users 1000-1009 of the host', 'ids users 1000-1009 of the host'],
  [
    'lxc.idmap: u 1000 1000 1',
    'lxc.idmap: u 1000 1000 10',
    'ids users 1000-1009 of the host',
    'ids users 1000-1009 of the host',
  ],
  ['', 'lxc.hook.start: /bin/x', 'hook lxc.hook.start: /bin/x', 'hook lxc.hook.start: /bin/x'],
  ['', 'lxc.nobody.knows: 1', 'line lxc.nobody.knows: 1', 'line lxc.nobody.knows: 1'],
  [
    card,
    card.replace(',firewall=1', ''),
    'port every port from anywhere (no firewall on net0)',
    'port every port from anywhere (no firewall on net0)',
  ],
];

describe('what a guest may do beyond its own disks', () => {
  const ofSame = fleet(same.map(([, before, after]) => ({ config: [before, after] })));
  const ofWider = fleet(wider.flatMap(([less, more]) => [{ config: [less, more] }, { config: [more, less] }]));

  it.each(same.map(([what], index) => [what, index] as const))('is the same with %s', (_, index) => {
    expect(ofSame(index)).toEqual(nothing);
  });

  it.each(wider.map((row, index) => [...row, index] as const))(
    'is more with `%s` → `%s`, and less the other way round',
    (_less, _more, broader, narrower, index) => {
      expect(ofWider(2 * index)).toEqual({ broader: [broader], narrower: [] });
      expect(ofWider(2 * index + 1)).toEqual({ broader: [], narrower: [narrower] });
    },
  );

  it('is both with one thing in the place of another', () => {
    const of = fleet([
      { config: ['dev0: /dev/sdb', 'dev0: /dev/sdc'] },
      { config: ['lxc.apparmor.profile: mine', 'lxc.apparmor.profile: other'] },
    ]);
    expect(of(0)).toEqual({ broader: ['device /dev/sdc (0660)'], narrower: ['device /dev/sdb (0660)'] });
    expect(of(1)).toEqual({ broader: ['apparmor other'], narrower: ['apparmor mine'] });
  });

  it('is less with the named devices of a program in the place of all of a kind', () => {
    const before = 'lxc.apparmor.profile: unconfined\nlxc.cgroup2.devices.allow: c 195:* rwm';
    const { narrower } = fleet([{ config: [before, 'dev0: /dev/nvidia0'] }])(0);
    expect(narrower).toEqual(['device c 195:* rwm', 'apparmor unconfined → generated']);
  });

  it('is as much while something waits for a restart, and less when that is taken back', () => {
    const waiting = 'features: nesting=1\n[pve:pending]\nfeatures: nesting=1,fuse=1\n';
    const of = fleet([
      { config: [waiting, 'features: nesting=1,fuse=1\nmemory: 1024'] },
      { config: [waiting, 'features: nesting=1'] },
    ]);
    expect(of(0)).toEqual(nothing);
    expect(of(1)).toEqual({ broader: [], narrower: ['feature fuse'] });
  });

  it('is told of what is held back, too, and that it is', () => {
    const host = new HandMadeHost();
    host.guest(950, 'unprivileged: 1\nmemory: 512\n');
    host.running(950);
    host.journal(HandMadeHost.known(950));
    const step = configOf(950, [exact('memory', '1024'), exact('features', 'keyctl=1', 'restart')]);
    expect(told(host, [step])).toEqual({ broader: ['held feature keyctl'], narrower: [] });
    expect(told(host, [step], {}, '--allow-restart', 'ai/g950')).toEqual({ broader: ['feature keyctl'], narrower: [] });
    expect(host.run([step], 'plan').stdout).toMatch(
      /\nPrivileges that get broader\n {2}ai\/g950 {2}feature {2}held back: keyctl\n[\s\S]*Not allowed yet: --allow-restart ai\/g950, --approve-privileges\n/,
    );
  });

  it('is everything that a guest which is made new has, and of a template only for a while', () => {
    const host = new HandMadeHost();
    const guest = container(950, 'qwen', {
      keys: [exact('dev0', '/dev/nvidia0'), exact('net0', 'name=eth0'), exact('unprivileged', '0')],
      raw: [{ key: 'lxc.cap.drop', value: 'sys_admin' }],
    });
    const expected = [
      'privileged root in it is root of the host',
      'device /dev/nvidia0 (0660)',
      'port every port from anywhere (no firewall on net0)',
    ];
    expect(told(host, guest.steps)).toEqual({ broader: expected, narrower: [] });
    const template = container(950, 'qwen', { keys: [exact('dev0', '/dev/nvidia0')], seal: 'a'.repeat(64) });
    expect(told(host, template.steps)).toEqual({ broader: ['template device /dev/nvidia0 (0660)'], narrower: [] });
  });

  it('is told of a guest that is not ours as of one that is held back, and of one that is adopted as of ours', () => {
    const host = new HandMadeHost();
    host.guest(950, 'hostname: qwen\nmemory: 512\nmp0: /tank/a,mp=/a\n', { marker: '' });
    const { steps } = container(950, 'qwen', { keys: [exact('mp0', '/tank,mp=/a')] });
    const broader = 'folder /tank/a (rw) → /tank (rw)';
    expect(told(host, steps)).toEqual({ broader: [`held ${broader}`], narrower: [] });
    expect(told(host, steps, {}, '--adopt', 'ai/qwen')).toEqual({ broader: [broader], narrower: [] });
  });

  it('counts for machines: cards, sticks, shared folders, disks of the host, arguments', () => {
    const host = new HandMadeHost();
    machineByHand(host, 800, 'hostpci0: 0000:01:00.0\nusb0: host=1234:abcd\nargs: -x\n');
    host.journal(machineKnown(800));
    const keys = [
      exact('hostpci0', '01:00,pcie=1'),
      exact('usb0', 'mapping=stick'),
      exact('virtiofs0', 'models'),
      exact('scsi3', '/dev/disk/by-id/x'),
      exact('args', '-y'),
    ];
    expect(told(host, [machineConfig(800, keys)])).toEqual({
      broader: [
        'device /dev/disk/by-id/x (rw)',
        'device PCI 01:00',
        'device USB mapping stick',
        'folder mapping models',
        'arguments -y',
      ],
      narrower: ['device USB 1234:abcd', 'arguments -x'],
    });
  });

  it('stops where it cannot be seen what is there now', () => {
    const host = new HandMadeHost();
    const { steps } = container(950, 'qwen', { keys: [exact('net0', 'name=eth0,firewall=1')] });
    host.write('/etc/pve/firewall/950.fw', '');
    host.loop('/etc/pve/firewall/950.fw');
    const { status, stdout } = host.run(steps, 'plan');
    expect(stdout).toContain(
      'Stops here: it cannot be told what ai/qwen gets: cannot look at /etc/pve/firewall/950.fw',
    );
    expect(status).toBe(1);
  });

  it('is looked at only of what is selected', () => {
    const host = new HandMadeHost();
    const guests = [950, 951].flatMap((vmid) => container(vmid, `g${vmid}`, { keys: [exact('dev0', '/dev/x')] }).steps);
    expect(told(host, guests).broader).toHaveLength(2);
    expect(told(host, guests, {}, '--only', 'ai/g951').broader).toHaveLength(1);
  });
});

// ---- The host

describe('what the host runs as root', () => {
  it('is more with a program, a unit and a command', () => {
    const host = new HandMadeHost();
    const program = hostFile('/usr/local/bin/x', 'new\n', [], { mode: '0755' });
    const plain = hostFile('/etc/motd', 'new\n');
    const command = run('modules', [{ probe: 'file', path: '/sys/module/x' }], [['modprobe', 'x']]);
    const required = run('driver', [{ probe: 'file', path: '/sys/module/y' }], [], 'install it');
    const files = { ...program.files, ...plain.files };
    const broader = ['root /usr/local/bin/x', 'root modprobe x'];
    expect(told(host, [program.step, plain.step, command, required], files)).toEqual({ broader, narrower: [] });
  });

  it('is more with what a mapping lets machines have', () => {
    const host = new HandMadeHost();
    host.write('/etc/pve/mapping/pci.cfg', 'gpu\n\tmap node=pve,path=0000:01:00.0,id=10de:2684\n');
    const step: Step = {
      kind: 'mapping',
      id: 'mapping/pci/gpu/entry',
      resource: 'mapping/pci/gpu',
      path: 'host/gpu',
      title: 'entry',
      needs: [],
      mapping: 'pci',
      entry: 'gpu',
      create: true,
      options: [],
      maps: ['node=pve,path=0000:02:00.0,id=10de:2684'],
    };
    expect(told(host, [step])).toEqual({
      broader: ['device PCI 02:00.0 (mapping gpu)'],
      narrower: ['device PCI 01:00.0 (mapping gpu)'],
    });
  });
});

it('is a table of two parts, a line for each construct and kind, broken between privileges', () => {
  const host = new HandMadeHost();
  host.write(clusterFw, '[OPTIONS]\nenable: 1\n');
  host.guest(951, 'unprivileged: 1\nmemory: 512\nfeatures: keyctl=1\n', { path: 'ai/web' });
  host.journal(HandMadeHost.known(951));
  const devices = ['nvidia0', 'nvidiactl', 'nvidia-uvm', 'nvidia-uvm-tools'];
  const guest = container(950, 'qwen', { keys: devices.map((name, index) => exact(`dev${index}`, `/dev/${name}`)) });
  const less = { ...configOf(951, [{ is: 'absent', key: 'features', impact: 'restart' }]), path: 'ai/web' };
  expect(host.run([...guest.steps, less], 'plan').stdout).toContain(`
Privileges that get broader
  ai/qwen  device   /dev/nvidia-uvm (0660), /dev/nvidia-uvm-tools (0660),
                    /dev/nvidia0 (0660), /dev/nvidiactl (0660)

Privileges that get narrower
  ai/web   feature  keyctl

Plan: `);
});
