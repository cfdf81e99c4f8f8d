import { describe, expect, test } from 'vitest';
import { parseSections } from '../../../src/format/section-config.js';
import { adoptClusterFirewall } from '../../../src/toolkit/adopt/cluster-firewall.js';
import { adoptMapping } from '../../../src/toolkit/adopt/mappings.js';

describe('the firewall of the datacenter', () => {
  test('its entries are constructs, and its rules stay where they are', () => {
    const { constructs, left } = adoptClusterFirewall(
      '[OPTIONS]\nenable: 1\n\n[ALIASES]\noffice 10.1.0.0/16 # people\n\n[RULES]\nIN SSH(ACCEPT)\n\n[group web]\nIN HTTP(ACCEPT)\n',
    );
    expect(constructs.map(({ className, name, props }) => [className, name, props])).toEqual([
      ['ClusterFirewall', 'firewall', { enabled: true }],
      ['Alias', 'office', { cidr: '10.1.0.0/16', comment: 'people' }],
      ['SecurityGroup', 'web', { rules: [{ macro: 'HTTP' }] }],
    ]);
    expect(left).toEqual(['its rule']);
  });

  test('an entry that would be written in other words stays, and so does an option that no prop says', () => {
    const { constructs, left } = adoptClusterFirewall(
      '[OPTIONS]\nlog_ratelimit: enable=1\n\n[ALIASES]\nOffice 10.1.0.0/16\n\n[group web]\nIN ACCEPT -dport 80 -p tcp\n',
    );
    expect(constructs.map(({ className }) => className)).toEqual(['ClusterFirewall']);
    expect(left).toEqual(['alias office', 'group web', 'the option log_ratelimit']);
  });

  test('a file with something in it that Proxmox does not enforce stays as a whole', () => {
    const { constructs, left } = adoptClusterFirewall('[RULES]\n\nIN ACCEPT -source nowhere/99\n');
    expect(constructs).toEqual([]);
    expect(left).toEqual([expect.stringMatching(/^all of it: /)]);
  });
});

describe('a mapping', () => {
  const adopted = (kind: 'pci' | 'usb' | 'dir', text: string) => {
    const [section] = parseSections(text, { onlyType: kind });
    return section === undefined ? undefined : adoptMapping({ kind, section }, 'pve1');
  };

  test('is what it stands for on the node', () => {
    const text =
      'gpu\n\tmap node=pve1,path=0000:01:00,id=10de:2684\n\tmap node=pve2,path=0000:02:00,id=10de:2684\n\tmdev 1\n';
    expect(adopted('pci', text)?.props).toEqual({ mdev: true, maps: [{ path: '0000:01:00', id: '10de:2684' }] });
  });

  test('is only referred to where no prop says it, and left out where it says nothing of the node', () => {
    expect(adopted('usb', 'stick\n\tmap node=pve1,id=0781:5581,new=1\n')).toMatchObject({
      className: 'UsbMapping',
      name: 'stick',
      props: undefined,
    });
    expect(adopted('dir', 'share\n\tmap node=pve2,path=/tank\n')).toBeUndefined();
  });
});
