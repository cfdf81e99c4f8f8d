import { describe, expect, it } from 'vitest';
import { freshNode, ok, run, TEMPLATE } from './simulated-node-fixture.js';

describe('pvesm', () => {
  it('rewrites storage.cfg in its own order and adds the mount point', () => {
    const node = freshNode({
      storages: '# a comment\ndir: local\n\tcontent iso,vztmpl\n\tpath /var/lib/vz\n',
      datasets: { 'rpool/models': { mountpoint: '/models' } },
    });
    ok(node, 'pvesm add zfspool models --sparse 1 --pool rpool/models --content rootdir,images');
    expect(node.readFile('/etc/pve/storage.cfg')).toBe(
      'dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl\n\n' +
        'zfspool: models\n\tpool rpool/models\n\tcontent images,rootdir\n\tmountpoint /models\n\tsparse 1\n\n',
    );
  });

  it('refuses what cannot be', () => {
    const node = freshNode();
    const wrong: [string, string][] = [
      ['pvesm add zfspool local-zfs --pool rpool', "create storage failed: storage ID 'local-zfs' already defined"],
      ['pvesm add zfspool bad --pool nosuch/a', "cannot import 'nosuch': no such pool available"],
      ['pvesm add zfspool bad --pool rpool/nosuch', "cannot open 'rpool/nosuch': dataset does not exist"],
      ['pvesm add zfspool bad', "missing value for required option 'pool'"],
      ['pvesm add dir bad --path /x --content iso,nosuch', "content: invalid format - invalid content type 'nosuch'"],
      ['pvesm add zfspool bad --pool rpool --content iso', "storage does not support content type 'iso'"],
      ['pvesm add dir bad --path /x --sparse 1', "unexpected property 'sparse'"],
      ['pvesm add dir 9x --path /x', 'illegal characters'],
      ['pvesm set nosuch --content iso', "update storage failed: storage 'nosuch' does not exist"],
      ['pvesm set local-zfs --pool rpool', "update storage failed: can't change value of fixed parameter 'pool'"],
      ['pvesm remove nosuch', "delete storage failed: storage 'nosuch' does not exist"],
      ['pvesm status --output-format json', 'Unknown option: output-format'],
    ];
    for (const [line, text] of wrong) {
      const result = run(node, line);
      expect({ line, status: result.status, stderr: result.stderr }).toEqual({
        line,
        status: 255,
        stderr: expect.stringContaining(text),
      });
    }
  });

  it('makes the folders of a directory, but not where a mount point is missing', () => {
    const node = freshNode({ datasets: { 'rpool/share': { mounted: 'no' } } });
    ok(node, 'pvesm add dir plain --path /srv/plain --content iso,snippets');
    expect(node.exists('/srv/plain/template/iso')).toBe(true);
    const add = 'pvesm add dir share --path /rpool/share --content iso --is_mountpoint yes';
    expect(run(node, add)).toMatchObject({
      status: 255,
      stderr: expect.stringContaining('directory is expected to be a mount point but is not mounted'),
    });
    ok(node, 'zfs mount rpool/share');
    ok(node, add);
    expect(node.exists('/rpool/share/template/iso')).toBe(true);
  });

  it('exits 0 for a broken storage and for a volume that is not there', () => {
    const node = freshNode({ pools: { rpool: {}, tank: {} } });
    ok(node, 'pvesm add zfspool tank --pool tank');
    ok(node, 'zpool destroy tank');
    const status = run(node, 'pvesm status');
    expect(status.status).toBe(0);
    expect(status.stdout).toMatch(/^tank +zfspool +inactive /m);
    expect(status.stderr).toContain("could not activate storage 'tank'");
    expect(ok(node, 'pvesm free local-zfs:subvol-100-disk-0')).toBe("Removed volume 'local-zfs:subvol-100-disk-0'\n");
  });

  it('imports an exported pool on the way', () => {
    const node = freshNode({ pools: { rpool: {}, tank: {} } });
    ok(node, 'zpool export tank');
    ok(node, 'pvesm add zfspool tank --pool tank');
    expect(ok(node, 'zpool list -H -o name tank')).toBe('tank\n');
  });
});

describe('pveam', () => {
  it('brings a template of the catalogue and lists it', () => {
    const node = freshNode({ osTemplates: { 'local:vztmpl/alpine-3.22_amd64.tar.xz': { available: true } } });
    expect(ok(node, 'pveam list local')).not.toContain('alpine');
    ok(node, 'pveam download local alpine-3.22_amd64.tar.xz');
    expect(ok(node, 'pveam list local')).toContain('local:vztmpl/alpine-3.22_amd64.tar.xz');
    ok(node, 'pct create 100 local:vztmpl/alpine-3.22_amd64.tar.xz --rootfs local-zfs:1');
    expect(node.guestConfig(100)).toContain('ostype: alpine\n');
  });

  it('finds templates on other storages too, and believes what it was told of them', () => {
    const volume = 'iso:vztmpl/ubuntu-24.04_amd64.tar.zst';
    const storages =
      'dir: iso\n\tpath /srv/iso\n\tcontent iso,vztmpl\n\nzfspool: local-zfs\n\tpool rpool/data\n\tcontent rootdir\n';
    const node = freshNode({ storages, osTemplates: { [volume]: { ostype: 'debian' } } });
    expect(ok(node, 'pvesm list iso')).toContain(volume);
    ok(node, `pct create 100 ${volume} --rootfs local-zfs:1`);
    expect(node.guestConfig(100)).toContain('ostype: debian\n');
  });

  it('exits 0 when the checksum is wrong or nothing could be updated', () => {
    const node = freshNode({ osTemplates: { [TEMPLATE]: { available: true, sha512: '0'.repeat(128) } } });
    node.setting('pveam-update', 'fails');
    expect(run(node, 'pveam update')).toMatchObject({ status: 0, stdout: expect.stringContaining('update failed') });
    const name = TEMPLATE.replace('local:vztmpl/', '');
    expect(run(node, `pveam download local ${name}`)).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('checksum mismatch'),
    });
    expect(ok(node, 'pveam list local')).not.toContain(name);
    expect(run(node, 'pveam download local nosuch.tar.zst')).toMatchObject({
      status: 255,
      stderr: expect.stringContaining('no such template'),
    });
  });
});
