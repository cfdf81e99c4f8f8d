import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { container, freshNode, key, ok, pending, run, TEMPLATE } from './simulated-node-fixture.js';

describe('pct set of a stopped container', () => {
  it('fails on a missing bridge with everything stored', () => {
    const node = freshNode();
    container(node, 100, '--mp0 local-zfs:1,mp=/data');
    const result = run(node, 'pct set 100 --memory 310 --net1 name=eth1,bridge=nobr --delete mp0');
    expect(result).toMatchObject({ status: 2, stderr: "bridge 'nobr' does not exist\n" });
    expect(key(node, 100, 'memory')).toBe('310');
    expect(key(node, 100, 'net1')).toContain('bridge=nobr');
    expect(key(node, 100, 'mp0')).toBeUndefined();
    expect(key(node, 100, 'unused0')).toBe('local-zfs:subvol-100-disk-1');
    // From now on every change takes effect and fails.
    expect(run(node, 'pct set 100 --memory 320').status).toBe(2);
    expect(key(node, 100, 'memory')).toBe('320');
  });

  it('allocates a new volume each time and keeps the old one', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct set 100 --mp0 local-zfs:1,mp=/data');
    ok(node, 'pct set 100 --mp0 local-zfs:1,mp=/data');
    expect(key(node, 100, 'mp0')).toBe('local-zfs:subvol-100-disk-2,mp=/data,size=1G');
    expect(key(node, 100, 'unused0')).toBe('local-zfs:subvol-100-disk-1');
    expect(ok(node, 'zfs list -H -o name -r rpool/data').split('\n')).toContain('rpool/data/subvol-100-disk-1');
  });

  it('stores a size that the volume does not have, until a rescan', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct set 100 --rootfs local-zfs:subvol-100-disk-0,size=9G');
    expect(key(node, 100, 'rootfs')).toBe('local-zfs:subvol-100-disk-0,size=9G');
    expect(ok(node, 'zfs get -Hp -o value refquota rpool/data/subvol-100-disk-0')).toBe(`${1024 ** 3}\n`);
    ok(node, 'pct rescan --vmid 100');
    expect(key(node, 100, 'rootfs')).toBe('local-zfs:subvol-100-disk-0,size=1G');
  });

  it("attaches another guest's volume and one that does not exist", () => {
    const node = freshNode();
    container(node, 100);
    container(node, 101);
    expect(run(node, 'pct set 100 --mp5 local-zfs:subvol-101-disk-0,mp=/x').status).toBe(0);
    const missing = run(node, 'pct set 100 --mp6 local-zfs:subvol-100-disk-77,mp=/y');
    expect(missing.status).toBe(0);
    expect(missing.stderr).toContain('Could not rescan volume size');
    expect(key(node, 100, 'mp6')).toBe('local-zfs:subvol-100-disk-77,mp=/y');
    ok(node, 'pct set 100 --delete mp5');
    expect(run(node, 'pct destroy 100').stderr).toContain("CT 100 isn't the owner!");
    expect(ok(node, 'zfs list -H -o name rpool/data/subvol-101-disk-0')).toBe('rpool/data/subvol-101-disk-0\n');
  });

  it('takes a missing bind source, a target without slash, and starts only when the folder is there', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct set 100 --mp0 /nowhere,mp=mnt/x');
    expect(key(node, 100, 'mp0')).toBe('/nowhere,mp=mnt/x');
    expect(run(node, 'pct start 100').stderr).toContain('Failed to run lxc.hook.pre-start');
    node.writeFile('/nowhere/file', '');
    ok(node, 'pct start 100');
  });

  it('wants a device node when it is set', () => {
    const node = freshNode();
    container(node, 100);
    const result = run(node, 'pct set 100 --dev0 /dev/nvidia0 --memory 600');
    expect(result).toMatchObject({ status: 2, stderr: 'Device /dev/nvidia0 does not exist\n' });
    expect(key(node, 100, 'memory')).toBe('512');
    node.writeFile('/dev/nvidia0', '');
    ok(node, 'pct set 100 --dev0 /dev/nvidia0,mode=0666');
    expect(key(node, 100, 'dev0')).toBe('/dev/nvidia0,mode=0666');
  });

  it('refuses wrong calls whole, in the words of the real tool', () => {
    const node = freshNode();
    container(node, 100);
    const before = node.guestConfig(100);
    const wrong: [string, string][] = [
      ['pct set 100', 'no options specified'],
      ['pct set 100 --memroy 5', 'Unknown option: memroy\n400 unable to parse option\npct set <vmid> [OPTIONS]'],
      ['pct set 100 --memory abc', "memory: type check ('integer') failed - got 'abc'"],
      ['pct set 100 --memory 8', 'memory: value must have a minimum value of 16'],
      ['pct set 100 --cores 99999 --memory 99', 'cores: value must have a maximum value of 8192'],
      ['pct set 100 --hostname bad_name', 'hostname: invalid format - value does not look like a valid DNS name'],
      ['pct set 100 --features bogus=1', 'features.bogus: property is not defined in schema'],
      ['pct set 100 --net0 bridge=vmbr0', 'net0.name: property is missing and it is not optional'],
      ['pct set 100 --net0 name=eth0,hwaddr=01:00:00:00:00:00', 'unicast MAC address'],
      ['pct set 100 --delete bogus', "delete: unknown option 'bogus'"],
      ['pct set 100 --delete lxc.apparmor.profile', "invalid configuration ID 'lxc.apparmor.profile'"],
      ['pct set 100 --lxc.apparmor.profile x', 'Unknown option: lxc.apparmor.profile'],
      ['pct set 100 --unprivileged 1 --memory 99', "unable to modify read-only option: 'unprivileged'"],
      ['pct set 100 --swap 1 --delete swap', "delete: you can't use '-swap' and -delete swap' at the same time"],
      ['pct set 100 --mp0 nosuch:1,mp=/x --memory 99', "storage 'nosuch' does not exist"],
      ['pct set 100 --delete memory', "unable to delete required option 'memory'"],
      ['pct set 100 --mp0 local:1,mp=/x', "storage 'local' does not allow content type 'rootdir' (Container)"],
      ['pct set 100 surplus --memory 99', '400 too many arguments'],
      ['pct set', '400 not enough arguments'],
    ];
    for (const [line, text] of wrong) {
      const result = run(node, line);
      expect({ line, status: result.status, text: result.stderr }).toEqual({
        line,
        status: 255,
        text: expect.stringContaining(text),
      });
    }
    expect(node.guestConfig(100)).toBe(before);
  });

  it('knows only the keys of its release', () => {
    for (const [pveVersion, status] of [
      ['9.0', 255],
      ['9.1', 0],
    ] as const) {
      const node = freshNode({ pveVersion });
      container(node, 100);
      expect(run(node, 'pct set 100 --entrypoint /bin/app').status).toBe(status);
      expect(run(node, 'pct set 100 --net0 name=eth0,bridge=vmbr0,host-managed=1').status).toBe(status);
    }
  });

  it('understands unique abbreviations, any case, one dash and repeated lists', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct set 100 -Mem 77 --swa=8 --tags b --tags A');
    expect(key(node, 100, 'memory')).toBe('77');
    expect(key(node, 100, 'swap')).toBe('8');
    expect(key(node, 100, 'tags')).toBe('a;b');
    expect(run(node, 'pct set 100 --c 1').stderr).toContain('Option c is ambiguous');
  });

  it('stores most values as typed, and rewrites nets, tags, lists and booleans', () => {
    const node = freshNode();
    container(node, 100);
    const net = 'ip=10.0.0.5/24,gw=10.0.0.1,bridge=vmbr0,hwaddr=52:54:00:aa:bb:cc,name=eth0';
    ok(node, `pct set 100 --features keyctl=1,nesting=on --startup up=5,order=3 --net0 ${net} --tags b;A --onboot yes`);
    ok(node, 'pct set 100 --cpulimit 1.50 --dev0 path=/dev/null,mode=0666 --nameserver 1.1.1.1,8.8.8.8');
    expect(key(node, 100, 'features')).toBe('keyctl=1,nesting=on');
    expect(key(node, 100, 'startup')).toBe('up=5,order=3');
    expect(key(node, 100, 'cpulimit')).toBe('1.50');
    expect(key(node, 100, 'dev0')).toBe('path=/dev/null,mode=0666');
    expect(key(node, 100, 'net0')).toBe(
      'name=eth0,bridge=vmbr0,gw=10.0.0.1,hwaddr=52:54:00:aa:bb:cc,ip=10.0.0.5/24,type=veth',
    );
    expect(key(node, 100, 'tags')).toBe('a;b');
    expect(key(node, 100, 'onboot')).toBe('1');
    expect(key(node, 100, 'nameserver')).toBe('1.1.1.1 8.8.8.8');
  });

  it('makes a new address for every net without one, the same ones in every run', () => {
    const addresses = [1, 2].map(() => {
      const node = freshNode();
      container(node, 100, '--net0 name=eth0,bridge=vmbr0');
      const first = key(node, 100, 'net0');
      ok(node, 'pct set 100 --net0 name=eth0,bridge=vmbr0');
      expect(key(node, 100, 'net0')).not.toBe(first);
      expect(first).toMatch(/hwaddr=BC:24:11(:[0-9A-F]{2}){3},/);
      return [first, key(node, 100, 'net0')];
    });
    expect(addresses[0]).toEqual(addresses[1]);
  });

  it('encodes the description, and an empty one is none', () => {
    const node = freshNode();
    container(node, 100);
    expect(node.run(['pct', 'set', '100', '--description', 'a: b\n100% é']).status).toBe(0);
    expect(node.guestConfig(100)).toMatch(/^#a%3A b\n#100%25 %C3%A9\narch/);
    expect(ok(node, 'pct config 100')).toContain('description: a%3A b%0A100%25 %C3%A9%0A\n');
    expect(node.run(['pct', 'set', '100', '--description', '']).status).toBe(0);
    expect(node.guestConfig(100)).toMatch(/^arch/);
  });

  it('compares the digest before anything else', () => {
    const node = freshNode();
    container(node, 100);
    const digest = createHash('sha1').update(node.guestConfig(100)).digest('hex');
    const old = run(node, `pct set 100 --memory 99 --digest ${'0'.repeat(40)}`);
    expect(old).toMatchObject({ status: 255, stderr: expect.stringContaining('detected modified configuration') });
    expect(key(node, 100, 'memory')).toBe('512');
    ok(node, `pct set 100 --memory 99 --digest ${digest}`);
  });

  it('drops raw lines that it does not know and keeps the others last in their section', () => {
    const node = freshNode();
    container(node, 100);
    const raw = 'lxc.nosuch: 1\nlxc.cgroup2.devices.allow: a\nbogus: 3\nlxc.mount.entry = /a b none bind\n';
    node.writeFile('/etc/pve/lxc/100.conf', raw + node.guestConfig(100));
    const result = run(node, 'pct set 100 --memory 99');
    expect(result.status).toBe(0);
    expect(result.stderr).toContain('vm 100 - unable to parse config: lxc.nosuch: 1\n');
    expect(node.guestConfig(100)).toContain('bogus: 3\n');
    expect(node.guestConfig(100)).toMatch(/lxc.cgroup2.devices.allow: a\nlxc.mount.entry: \/a b none bind\n$/);
    expect(node.guestConfig(100)).not.toContain('nosuch');
  });

  it('warns that a raw profile overrides features, with exit 0', () => {
    const node = freshNode();
    container(node, 100, '--features nesting=1,fuse=1');
    node.setGuestKey(100, 'lxc.apparmor.profile', 'unconfined');
    expect(run(node, 'pct set 100 --memory 99')).toEqual({
      status: 0,
      stdout: '',
      stderr:
        'explicitly configured lxc.apparmor.profile overrides the following settings: features:fuse, features:nesting\n',
    });
  });

  it('is refused for a locked or protected guest, and by a held lock file after a while', () => {
    const node = freshNode();
    container(node, 100, '--protection 1');
    expect(run(node, 'pct set 100 --mp0 local-zfs:1,mp=/x').stderr).toContain(
      "can't update CT 100 drive 'mp0' - protection mode enabled",
    );
    node.setGuestKey(100, 'lock', 'backup');
    expect(run(node, 'pct set 100 --memory 99')).toMatchObject({ status: 255, stderr: 'CT is locked (backup)\n' });
    ok(node, 'pct unlock 100');
    const lock = node.path('/run/lock/lxc/pve-config-100.lock');
    expect(node.run(['flock', lock, 'pct', 'set', '100', '--memory', '99'])).toMatchObject({
      status: 4,
      stderr: "trying to acquire lock...\ncan't lock file '/run/lock/lxc/pve-config-100.lock' - got timeout\n",
    });
  });
});

describe('pct set of a running container', () => {
  it('leaves what cannot be changed live pending, shown as if it were in force', () => {
    const node = freshNode();
    container(node, 100, '--mp0 local-zfs:1,mp=/data --dev0 /dev/null');
    ok(node, 'pct start 100');
    ok(
      node,
      'pct set 100 --features nesting=1 --rootfs local-zfs:2 --mp0 local-zfs:1,mp=/data --delete dev0 --memory 99',
    );
    expect(pending(node, 100)).toEqual([
      'delete: dev0',
      'features: nesting=1',
      'mp0: local-zfs:1,mp=/data',
      'rootfs: local-zfs:2',
    ]);
    expect(key(node, 100, 'memory')).toBe('99');
    expect(ok(node, 'pct config 100')).toContain('rootfs: local-zfs:2\n');
    expect(ok(node, 'pct config 100')).not.toContain('dev0');
    expect(ok(node, 'pct config 100 --current')).toContain('rootfs: local-zfs:subvol-100-disk-0,size=1G\n');
    expect(ok(node, 'pct pending 100')).toContain(
      'cur mp0: local-zfs:subvol-100-disk-1,mp=/data,size=1G\nnew mp0: local-zfs:1,mp=/data\n',
    );
    expect(ok(node, 'pct pending 100')).toContain('del dev0: /dev/null\n');
    ok(node, 'pct set 100 --revert rootfs,mp0');
    ok(node, 'pct set 100 --revert dev0');
    expect(pending(node, 100)).toEqual(['features: nesting=1']);
    ok(node, 'pct reboot 100');
    expect(pending(node, 100)).toEqual([]);
    expect(key(node, 100, 'features')).toBe('nesting=1');
  });

  it('changes limits in the cgroup at once', () => {
    const node = freshNode();
    container(node, 100, '--memory 64 --swap 0');
    ok(node, 'pct start 100');
    expect(node.readFile('/sys/fs/cgroup/lxc/100/memory.max')).toBe(`${64 * 1024 ** 2}\n`);
    expect(node.readFile('/sys/fs/cgroup/lxc/100/cpu.max')).toBe('max 100000\n');
    ok(node, 'pct set 100 --memory 96 --swap 32 --cpulimit 1.5');
    expect(node.readFile('/sys/fs/cgroup/lxc/100/memory.max')).toBe(`${96 * 1024 ** 2}\n`);
    expect(node.readFile('/sys/fs/cgroup/lxc/100/memory.swap.max')).toBe(`${32 * 1024 ** 2}\n`);
    expect(node.readFile('/sys/fs/cgroup/lxc/100/cpu.max')).toBe('150000 100000\n');
  });

  it('stores nothing when a net fails, but the cgroup has changed', () => {
    const node = freshNode();
    container(node, 100, '--memory 64');
    ok(node, 'pct start 100');
    const before = node.guestConfig(100);
    const result = run(node, 'pct set 100 --cores 2 --net3 name=eth3,bridge=nobr --memory 95 --tags yy');
    expect(result.status).toBe(2);
    expect(result.stderr).toBe(
      "400 Parameter verification failed.\nnet3: unable to hotplug net3: bridge 'nobr' does not exist\npct set <vmid> [OPTIONS]\n",
    );
    expect(node.guestConfig(100)).toBe(before);
    expect(node.readFile('/sys/fs/cgroup/lxc/100/memory.max')).toBe('99614720\n');
  });

  it('refuses a bind mount of a missing folder', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct start 100');
    const result = run(node, 'pct set 100 --mp0 /nowhere,mp=/x');
    expect(result).toMatchObject({ status: 255 });
    expect(result.stderr).toContain("mp0: unable to hotplug mp0: directory '/nowhere' does not exist\n");
    node.writeFile('/srv/x/file', '');
    ok(node, 'pct set 100 --mp0 /srv/x,mp=/x,ro=1');
    expect(key(node, 100, 'mp0')).toBe('/srv/x,mp=/x,ro=1');
  });
});

describe('a write of Proxmox into a file that was edited by hand', () => {
  it('leaves a line that was appended where it is: in the last section', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct snapshot 100 snap');
    node.writeFile('/etc/pve/lxc/100.conf', `${node.guestConfig(100)}lxc.mount.auto: sys:rw\n`);
    ok(node, 'pct set 100 --memory 99');
    const [main = '', snapshot = ''] = node.guestConfig(100).split('\n[snap]\n');
    expect(main).not.toContain('lxc.mount.auto');
    expect(snapshot).toContain('lxc.mount.auto: sys:rw');
  });

  it('takes a wrong header of the pending section for a snapshot', () => {
    const node = freshNode();
    container(node, 100);
    node.writeFile('/etc/pve/lxc/100.conf', `${node.guestConfig(100)}\n[PENDING]\nmemory: 99\n`);
    expect(ok(node, 'pct listsnapshot 100')).toContain('PENDING');
  });
});

describe('pct create', () => {
  it('writes its defaults and an unprivileged root', () => {
    const node = freshNode();
    ok(node, `pct create 100 ${TEMPLATE} --storage local-zfs`);
    expect(node.guestConfig(100)).toBe(
      'arch: amd64\nhostname: CT100\nmemory: 512\nostype: debian\nrootfs: local-zfs:subvol-100-disk-0,size=4G\nswap: 512\nunprivileged: 1\n',
    );
  });

  it('leaves nothing behind when it fails', () => {
    const node = freshNode();
    const failures: [string, number, string][] = [
      ['local:vztmpl/nosuch.tar.zst --rootfs local-zfs:1', 255, 'unable to create CT 100 - volume'],
      [`${TEMPLATE} --rootfs nosuch:1`, 255, "storage 'nosuch' does not exist"],
      [TEMPLATE, 255, "storage: storage 'local' does not support container directories"],
      [
        `${TEMPLATE} --rootfs local-zfs:1 --mp0 /nowhere,mp=/x`,
        255,
        "unable to create CT 100 - directory '/nowhere' does not exist",
      ],
      [`${TEMPLATE} --rootfs local-zfs:1 --dev0 /dev/nosuch`, 2, 'Device /dev/nosuch does not exist'],
      [`${TEMPLATE} --mp0 local-zfs:1,mp=/x`, 255, "mount points configured, but 'rootfs' not set - aborting"],
      [`${TEMPLATE} --rootfs local-zfs:1 --ostype alpine`, 255, 'got unexpected ostype (debian != alpine)'],
    ];
    for (const [options, status, text] of failures) {
      const result = run(node, `pct create 100 ${options}`);
      expect({ options, status: result.status, stderr: result.stderr }).toEqual({
        options,
        status,
        stderr: expect.stringContaining(text),
      });
    }
    expect(node.exists('/etc/pve/lxc/100.conf')).toBe(false);
    expect(ok(node, 'zfs list -H -o name -r rpool/data')).toBe('rpool/data\n');
  });

  it('does not look at bridges', () => {
    const node = freshNode();
    container(node, 100, '--net0 name=eth0,bridge=nobr');
    expect(run(node, 'pct start 100')).toMatchObject({ status: 255, stderr: "bridge 'nobr' does not exist\n" });
  });

  it('sees guests of every kind and node, with different exit codes', () => {
    const node = freshNode();
    container(node, 100);
    node.writeFile('/etc/pve/nodes/other/lxc/101.conf', 'arch: amd64\n');
    node.writeFile('/etc/pve/qemu-server/102.conf', 'name: v\n');
    const create = (vmid: number) => run(node, `pct create ${vmid} ${TEMPLATE} --rootfs local-zfs:1`);
    expect(create(100)).toMatchObject({ status: 255, stderr: "CT 100 already exists on node 'pve'\n" });
    expect(create(101)).toMatchObject({ status: 2, stderr: "CT 101 already exists on node 'other'\n" });
    expect(create(102)).toMatchObject({ status: 2, stderr: "VM 102 already exists on node 'pve'\n" });
    // As if it were not there at all.
    expect(run(node, 'pct status 101')).toMatchObject({
      status: 2,
      stderr: "Configuration file 'nodes/pve/lxc/101.conf' does not exist\n",
    });
  });
});
