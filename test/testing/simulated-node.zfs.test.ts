import { describe, expect, it } from 'vitest';
import { container, freshNode, ok, run } from './simulated-node-fixture.js';

describe('zfs', () => {
  it('creates with properties, but an existing dataset keeps its own with -p', () => {
    const node = freshNode();
    ok(node, 'zfs create -o recordsize=1M -o compression=zstd rpool/media');
    expect(ok(node, 'zfs get -H -p -o value recordsize,compression,quota rpool/media')).toBe('1048576\nzstd\n0\n');
    expect(ok(node, 'zfs get -H recordsize rpool/media')).toBe('rpool/media\trecordsize\t1M\tlocal\n');
    expect(run(node, 'zfs create rpool/media')).toMatchObject({
      status: 1,
      stderr: "cannot create 'rpool/media': dataset already exists\n",
    });
    ok(node, 'zfs create -p -o recordsize=64K rpool/media');
    expect(ok(node, 'zfs get -Hp -o value recordsize rpool/media')).toBe('1048576\n');
    expect(run(node, 'zfs create rpool/a/b').stderr).toBe("cannot create 'rpool/a/b': parent does not exist\n");
    ok(node, 'zfs create -p rpool/a/b');
    expect(run(node, 'zfs create nosuch/a')).toMatchObject({
      status: 1,
      stderr: "cannot create 'nosuch/a': no such pool 'nosuch'\n",
    });
  });

  it('keeps snapshots that somebody holds, and the dataset with them', () => {
    const node = freshNode({ datasets: { 'rpool/a': {} } });
    ok(node, 'zfs snapshot rpool/a@x');
    expect(ok(node, 'zfs list -H -t snapshot -d 1 -o name,userrefs rpool/a')).toBe('rpool/a@x\t0\n');
    ok(node, 'zfs hold keep rpool/a@x');
    expect(ok(node, 'zfs list -H -t snapshot -d 1 -o name,userrefs rpool/a')).toBe('rpool/a@x\t1\n');
    expect(run(node, 'zfs hold keep rpool/a@x').status).toBe(1);
    for (const command of ['zfs destroy rpool/a@x', 'zfs destroy -r rpool/a']) {
      expect(run(node, command)).toMatchObject({
        status: 1,
        stderr: 'cannot destroy snapshot rpool/a@x: dataset is busy\n',
      });
    }
    ok(node, 'zfs release keep rpool/a@x');
    expect(run(node, 'zfs release keep rpool/a@x').status).toBe(1);
    ok(node, 'zfs destroy -r rpool/a');
  });

  it('answers for many datasets and properties, and exits 1 if one is missing', () => {
    const node = freshNode({ datasets: { 'rpool/a': { recordsize: '1M' }, 'rpool/b': {} } });
    const result = run(
      node,
      'zfs get -Hp -t filesystem,volume -o name,property,value recordsize,mounted rpool/a rpool/x rpool/b',
    );
    expect(result).toEqual({
      status: 1,
      stdout:
        'rpool/a\trecordsize\t1048576\nrpool/a\tmounted\tyes\nrpool/b\trecordsize\t131072\nrpool/b\tmounted\tyes\n',
      stderr: "cannot open 'rpool/x': dataset does not exist\n",
    });
  });

  it('tells inherited from local values and mount points', () => {
    const node = freshNode({ datasets: { 'rpool/a': { compression: 'zstd', mountpoint: '/fast' }, 'rpool/a/b': {} } });
    expect(ok(node, 'zfs get -H -o value,source compression,mountpoint,atime rpool/a/b')).toBe(
      'zstd\tinherited from rpool/a\n/fast/b\tinherited from rpool/a\non\tdefault\n',
    );
    expect(node.readFile('/proc/self/mountinfo')).toMatch(/ \/fast\/b rw,relatime shared:\d+ - zfs rpool\/a\/b rw/);
  });

  it('refuses wrong values with 255 when setting and 1 when creating', () => {
    const node = freshNode({ datasets: { 'rpool/a': {} } });
    const wrong: [string, number, string][] = [
      [
        'zfs set recordsize=1000 rpool/a',
        255,
        "cannot set property for 'rpool/a': 'recordsize' must be power of 2 from 512B to 16M\n",
      ],
      [
        'zfs set compression=best rpool/a',
        255,
        "cannot set property for 'rpool/a': 'compression' must be one of 'on | off |",
      ],
      ['zfs set used=1 rpool/a', 255, "cannot set property for 'rpool/a': 'used' is readonly\n"],
      ['zfs set casesensitivity=mixed rpool/a', 255, "'casesensitivity' is readonly\n"],
      ['zfs set quota=1K rpool/a', 255, 'size is less than current used or reserved space\n'],
      ['zfs set mountpoint=a rpool/a', 255, "'mountpoint' must be an absolute path, 'none', or 'legacy'\n"],
      [
        'zfs create -o recordsize=1000 rpool/b',
        1,
        "cannot create 'rpool/b': 'recordsize' must be power of 2 from 512B to 16M\n",
      ],
      ['zfs get -H nosuch rpool/a', 2, "bad property list: invalid property 'nosuch'\n"],
      ['zfs set atime=off rpool/x', 1, "cannot open 'rpool/x': dataset does not exist\n"],
    ];
    for (const [line, status, text] of wrong) {
      const result = run(node, line);
      expect({ line, status: result.status, stderr: result.stderr }).toEqual({
        line,
        status,
        stderr: expect.stringContaining(text),
      });
    }
    ok(node, 'zfs set recordsize=16M com.example:note=mine rpool/a');
    expect(ok(node, 'zfs get -Hp -o value recordsize,com.example:note rpool/a')).toBe('16777216\nmine\n');
  });

  it('shows an empty folder where a dataset is not mounted and keeps what it holds', () => {
    const node = freshNode({ datasets: { 'rpool/a': {}, 'rpool/a/b': {} } });
    node.writeFile('/rpool/a/file', 'kept');
    node.writeFile('/rpool/a/b/file', 'below');
    ok(node, 'zfs unmount rpool/a');
    expect(node.exists('/rpool/a')).toBe(true);
    expect(node.exists('/rpool/a/file')).toBe(false);
    expect(node.readFile('/proc/self/mountinfo')).not.toContain('rpool/a');
    node.writeFile('/rpool/a/stray', 'covered');
    ok(node, 'zfs mount -a');
    expect(node.readFile('/rpool/a/file')).toBe('kept');
    expect(node.readFile('/rpool/a/b/file')).toBe('below');
    expect(node.exists('/rpool/a/stray')).toBe(false);
    ok(node, 'zfs unmount rpool/a');
    expect(node.readFile('/rpool/a/stray')).toBe('covered');
  });

  it('moves the folder with the mountpoint property', () => {
    const node = freshNode({ datasets: { 'rpool/a': {} } });
    node.writeFile('/rpool/a/file', 'kept');
    ok(node, 'zfs set mountpoint=/elsewhere rpool/a');
    expect(node.readFile('/elsewhere/file')).toBe('kept');
    expect(node.exists('/rpool/a/file')).toBe(false);
  });

  it('gives every dataset a guid of its own, the same in every run', () => {
    const guids = () => {
      const node = freshNode();
      container(node, 100);
      const first = ok(node, 'zfs get -Hp -o value guid rpool/data/subvol-100-disk-0');
      ok(node, 'pct destroy 100');
      container(node, 100);
      const second = ok(node, 'zfs get -Hp -o value guid rpool/data/subvol-100-disk-0');
      expect(second).not.toBe(first);
      return [first, second];
    };
    const seen = guids();
    expect(seen).toEqual(guids());
    expect(BigInt(seen[0] ?? '')).toBeGreaterThan(2n ** 32n);
  });

  it('destroys with snapshots only under -r, and never what clones hang on', () => {
    const node = freshNode({ datasets: { 'rpool/a': {} } });
    ok(node, 'zfs snapshot rpool/a@one');
    expect(run(node, 'zfs snapshot rpool/a@one').stderr).toBe(
      "cannot create snapshot 'rpool/a@one': dataset already exists\n",
    );
    expect(run(node, 'zfs destroy rpool/a')).toMatchObject({
      status: 1,
      stderr:
        "cannot destroy 'rpool/a': filesystem has children\nuse '-r' to destroy the following datasets:\nrpool/a@one\n",
    });
    ok(node, 'zfs destroy -r rpool/a');
    expect(run(node, 'zfs list -H -o name rpool/a').status).toBe(1);
    container(node, 100);
    ok(node, 'pct template 100');
    ok(node, 'pct clone 100 101');
    expect(run(node, 'zfs destroy -r rpool/data/basevol-100-disk-0').stderr).toContain('has dependent clones');
  });

  it('is busy while a running guest holds a dataset', () => {
    const node = freshNode({ pools: { rpool: {}, tank: {} }, datasets: { 'tank/models': {} } });
    container(node, 100, '--mp0 /tank/models,mp=/models');
    ok(node, 'pct start 100');
    const busy: [string, string][] = [
      ['zfs destroy -r rpool/data', "cannot destroy 'rpool/data': dataset is busy\n"],
      ['zfs destroy tank/models', "cannot destroy 'tank/models': dataset is busy\n"],
      ['zpool export tank', "cannot export 'tank': pool is busy\n"],
      ['zpool destroy tank', "cannot destroy 'tank': pool is busy\n"],
    ];
    for (const [line, stderr] of busy) {
      expect(run(node, line)).toMatchObject({ status: 1, stderr });
    }
    ok(node, 'pct stop 100');
    ok(node, 'zpool export tank');
  });

  it('does not pretend to know commands and options that it does not', () => {
    const node = freshNode();
    for (const line of ['zfs send rpool@a', 'zfs get all rpool', 'zfs allow rpool', 'zfs create -V 1G rpool/v']) {
      expect(run(node, line)).toMatchObject({ status: 70, stderr: expect.stringMatching(/^not simulated: /) });
    }
  });
});

describe('zpool', () => {
  const disks = ['a', 'b', 'c'].map((byId) => ({ byId, blank: byId !== 'c' }));

  it('creates on blank disks and never on disks in use', () => {
    const node = freshNode({ disks });
    expect(run(node, 'zpool create tank /dev/disk/by-id/c')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("use '-f' to override"),
    });
    expect(run(node, 'zpool create tank /dev/disk/by-id/nosuch')).toMatchObject({
      status: 1,
      stderr: "cannot resolve path '/dev/disk/by-id/nosuch'\n",
    });
    expect(run(node, 'zpool create tank mirror a').stderr).toBe(
      'invalid vdev specification: mirror requires at least 2 devices\n',
    );
    ok(node, 'zpool create -o ashift=12 -O atime=off tank mirror /dev/disk/by-id/a /dev/disk/by-id/b');
    expect(ok(node, 'zpool get -Hp -o value ashift,health tank')).toBe('12\nONLINE\n');
    expect(ok(node, 'zfs get -H -o value atime,mounted tank')).toBe('off\nyes\n');
    expect(ok(node, 'zpool status tank')).toMatch(/mirror-0 +ONLINE/);
    expect(run(node, 'zpool create -f other /dev/disk/by-id/a')).toMatchObject({
      status: 1,
      stderr: '/dev/disk/by-id/a is in use and contains a unknown filesystem.\n',
    });
    expect(ok(node, 'zpool list -H -o name,health')).toBe('rpool\tONLINE\ntank\tONLINE\n');
    expect(ok(node, 'lsblk -n -o NAME,FSTYPE a')).toContain('a-part1 zfs_member');
  });

  it('hides the datasets of an exported pool until it is imported', () => {
    const node = freshNode({ pools: { rpool: {}, tank: {} }, datasets: { 'tank/a': {} } });
    node.writeFile('/tank/a/file', 'kept');
    ok(node, 'zpool export tank');
    expect(run(node, 'zfs list tank/a').status).toBe(1);
    expect(run(node, 'zpool list tank')).toMatchObject({ status: 1, stderr: "cannot open 'tank': no such pool\n" });
    expect(node.exists('/tank/a/file')).toBe(false);
    ok(node, 'zpool import tank');
    expect(node.readFile('/tank/a/file')).toBe('kept');
    expect(run(node, 'zpool import tank').stderr).toContain('a pool with that name already exists');
  });

  it('shows the health it was given', () => {
    const node = freshNode({ pools: { rpool: {}, tank: { health: 'DEGRADED', sizeGiB: 1 } } });
    expect(ok(node, 'zpool list -Hp -o health,size tank')).toBe(`DEGRADED\t${1024 ** 3}\n`);
    expect(ok(node, 'zpool status -x')).toContain('pool: tank');
  });
});
