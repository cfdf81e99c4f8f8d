import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQemuValue, qemuFormat, qemuNetModels, renderQemuValue } from '../../src/format/qemu-properties.js';

describe('the value of a key of a VM', () => {
  test.each<[string, string, string]>([
    ['net0', 'bridge=vmbr0,firewall=yes,virtio=BC:24:11:AA:00:01', 'virtio=BC:24:11:AA:00:01,bridge=vmbr0,firewall=1'],
    ['net1', 'model=e1000,macaddr=BC:24:11:AA:00:02,tag=5', 'e1000=BC:24:11:AA:00:02,tag=5'],
    ['net2', 'virtio,bridge=vmbr0', 'virtio,bridge=vmbr0'],
    ['net3', 'model=virtio,bridge=vmbr0', 'virtio,bridge=vmbr0'],
    ['scsi0', 'size=65536M,volume=local-zfs:vm-100-disk-0,iothread=on', 'local-zfs:vm-100-disk-0,iothread=1,size=64G'],
    ['virtio0', 'a:b,bps_rd_length=5', 'a:b,bps_rd_max_length=5'],
    ['ide2', 'media=cdrom,file=none', 'none,media=cdrom'],
    ['cdrom', 'local:iso/debian.iso,media=cdrom', 'local:iso/debian.iso,media=cdrom'],
    [
      'efidisk0',
      'size=4M,a:vm-1-disk-1,efitype=4m,pre-enrolled-keys=1',
      'a:vm-1-disk-1,efitype=4m,pre-enrolled-keys=1,size=4M',
    ],
    ['tpmstate0', 'version=v2.0,file=a:b,size=4M', 'a:b,size=4M,version=v2.0'],
    ['hostpci0', 'x-vga=1,host=0000:01:00;0000:02:00,pcie=1', '0000:01:00;0000:02:00,pcie=1,x-vga=1'],
    ['hostpci1', 'pcie=1,mapping=rtx4090', 'mapping=rtx4090,pcie=1'],
    ['usb0', 'usb3=1,host=1050:0407', '1050:0407,usb3=1'],
    ['ipconfig0', 'ip=10.0.0.60/24,gw=10.0.0.1', 'gw=10.0.0.1,ip=10.0.0.60/24'],
    ['agent', 'fstrim_cloned_disks=1,enabled=1', '1,fstrim_cloned_disks=1'],
    ['agent', 'yes,guest-fsfreeze=0', '1,freeze-fs=0'],
    ['boot', 'order=scsi0;ide2;net0', 'order=scsi0;ide2;net0'],
    ['boot', 'legacy=cdn', 'cdn'],
    ['startup', 'up=30,2', 'order=2,up=30'],
    ['vga', 'memory=64,type=virtio', 'virtio,memory=64'],
    ['cpu', 'flags=+aes;-pcid,cputype=host,hidden=1', 'host,flags=+aes;-pcid,hidden=1'],
    ['memory', 'current=4096', '4096'],
    ['machine', 'viommu=intel,type=q35', 'q35,viommu=intel'],
    ['numa0', 'policy=bind,memory=1024,cpus=0-3', 'cpus=0-3,memory=1024,policy=bind'],
    ['intel-tdx', 'vsock-port=4050,type=tdx,attestation=1', 'tdx,attestation=1,vsock-port=4050'],
    ['rng0', 'max_bytes=1024,source=/dev/urandom', '/dev/urandom,max_bytes=1024'],
    ['virtiofs0', 'cache=always,dirid=models', 'models,cache=always'],
    [
      'smbios1',
      'uuid=11111111-2222-3333-4444-555555555555,base64=1',
      'base64=1,uuid=11111111-2222-3333-4444-555555555555',
    ],
    [
      'cicustom',
      'user=local:snippets/u.yaml,network=local:snippets/n.yaml',
      'network=local:snippets/n.yaml,user=local:snippets/u.yaml',
    ],
    ['numa', '1', '1'],
    ['name', 'a,b=c', 'a,b=c'],
  ])('%s: %s is written %s', (key, text, written) => {
    expect(renderQemuValue(key, parseQemuValue(key, text))).toBe(written);
    expect(renderQemuValue(key, parseQemuValue(key, written))).toBe(written);
  });

  test.each([
    ['net0', 'virtio=BC:24:11:AA:00:01,model=e1000'],
    ['net0', 'macaddr=BC:24:11:AA:00:01,virtio=BC:24:11:AA:00:02'],
    ['net0', 'virtio=BC:24:11:AA:00:01,e1000=BC:24:11:AA:00:02'],
    ['scsi0', 'a:b,volume=c:d'],
  ])('%s cannot be %s', (key, text) => {
    expect(() => parseQemuValue(key, text)).toThrow('is given twice');
  });

  test('is plain for keys without parts, and for those that lack or have a number', () => {
    expect(['cores', 'numa', 'agent0', 'net', 'constructor', 'vga1', ''].map(qemuFormat)).toEqual(
      Array(7).fill(undefined),
    );
  });

  test('is read back as it was given, for every kind of key', () => {
    const keys = [
      'net0',
      'scsi1',
      'hostpci0',
      'agent',
      'boot',
      'vga',
      'cpu',
      'ipconfig3',
      'tpmstate0',
      'virtiofs0',
      'numa1',
    ];
    const value = fc.stringMatching(/^[A-Za-z0-9:;./+-]{1,12}$/).filter((text) => !qemuNetModels.includes(text));
    const parts = fc.dictionary(fc.stringMatching(/^z[a-z]{0,5}$/), value, { maxKeys: 5 });
    fc.assert(
      fc.property(
        fc.constantFrom(...keys),
        parts,
        value,
        fc.constantFrom(...qemuNetModels),
        (key, more, text, model) => {
          const { required = [] } = qemuFormat(key) ?? {};
          const needed = Object.fromEntries(required.map((name) => [name, name === 'model' ? model : text]));
          // `on` is read as 1: that is what Proxmox stores.
          fc.pre(!/^(?:on|off|yes|no|true|false)$/i.test(text));
          const record = { ...more, ...needed, ...(key === 'net0' && { macaddr: text }) };
          expect({ ...parseQemuValue(key, renderQemuValue(key, record)) }).toEqual(record);
        },
      ),
    );
  });
});
