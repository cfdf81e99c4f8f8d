import { describe, expect, it } from 'vitest';
import type { CloudInitNic } from '../../../src/guest/cloud-init/machine.js';
import { describeWithTool } from '../../support/tool.js';
import { convertedNetwork, knowsNetworkSchema, network, schemaFaults, texts } from './documents.js';

function nic(name: string, more: Partial<CloudInitNic>): CloudInitNic {
  const nothing = { ip: undefined, gateway: undefined, ip6: undefined, gateway6: undefined, mtu: undefined };
  return { name, mac: `BC:24:11:00:00:0${name.slice(-1)}`, ...nothing, ...more };
}

const nics = [
  nic('eth0', { ip: '10.0.0.5/24', gateway: '10.0.0.1', ip6: 'fd00::5/64', gateway6: 'fd00::1', mtu: 9000 }),
  nic('eth1', { ip: 'dhcp', ip6: 'auto', mtu: 1 }),
  nic('eth2', { ip: 'manual' }),
];

describe('network configuration', () => {
  it('finds the devices of the machine by their hardware addresses', () => {
    expect(texts({ userData: {} }).network).toBe(`version: 2
ethernets:
  eth0:
    match:
      macaddress: bc:24:11:00:1f:41
    set-name: eth0
    addresses:
      - "10.0.0.81/24"
    routes:
      - to: "0.0.0.0/0"
        via: "10.0.0.1"
    nameservers:
      addresses:
        - "10.0.0.153"
      search:
        - internal.example
`);
  });

  it('says of each device what the machine says, and of the first the name servers', () => {
    expect(network({}, { nics })['ethernets']).toEqual({
      eth0: {
        match: { macaddress: 'bc:24:11:00:00:00' },
        'set-name': 'eth0',
        addresses: ['10.0.0.5/24', 'fd00::5/64'],
        routes: [
          { to: '0.0.0.0/0', via: '10.0.0.1' },
          { to: '::/0', via: 'fd00::1' },
        ],
        nameservers: { addresses: ['10.0.0.153'], search: ['internal.example'] },
        mtu: 9000,
      },
      eth1: { match: { macaddress: 'bc:24:11:00:00:01' }, 'set-name': 'eth1', dhcp4: true, 'accept-ra': true },
      eth2: { match: { macaddress: 'bc:24:11:00:00:02' }, 'set-name': 'eth2', optional: true },
    });
  });

  it('adds what the program says beyond: addresses, routes, name servers, VLANs', () => {
    const more = {
      renderer: 'networkd',
      ethernets: {
        eth0: {
          addresses: ['10.0.0.6/24'],
          routes: [{ to: '10.9.0.0/16', via: '10.0.0.9', metric: 50 }],
          nameservers: { addresses: ['1.1.1.1'] },
        },
        eth1: { dhcp6: true, optional: true },
      },
      vlans: { 'eth1.20': { id: 20, link: 'eth1', addresses: ['10.20.0.5/24'], mtu: 1400 } },
    };
    expect(network(more, { nics: nics.slice(0, 2) })).toMatchObject({
      renderer: 'networkd',
      ethernets: {
        eth0: {
          addresses: ['10.0.0.5/24', 'fd00::5/64', '10.0.0.6/24'],
          routes: [{}, {}, { to: '10.9.0.0/16', via: '10.0.0.9', metric: 50 }],
          nameservers: { addresses: ['1.1.1.1'], search: ['internal.example'] },
        },
        eth1: { dhcp4: true, dhcp6: true, optional: true },
      },
      vlans: { 'eth1.20': { id: 20, link: 'eth1', addresses: ['10.20.0.5/24'], mtu: 1400 } },
    });
  });

  it('is still one for a machine without devices', () => {
    expect(texts({ userData: {} }, { nics: [] }).network).toBe('version: 2\n');
  });
});

describeWithTool('cloud-init', 'network configuration read by cloud-init', () => {
  const { network: text } = texts(
    { networkConfig: { vlans: { 'eth0.5': { id: 5, link: 'eth0', addresses: ['10.5.0.2/24'] } } } },
    { nics: nics.slice(0, 2) },
  );

  it.runIf(knowsNetworkSchema())('is valid, where cloud-init has a schema for it (24.1 and later)', () => {
    expect(schemaFaults(text, 'network-config')).toBe('');
  });

  it('becomes the same configuration of netplan', () => {
    expect(convertedNetwork(text, 'netplan')['50-cloud-init.yaml']).toMatch(
      /macaddress: bc:24:11:00:00:00\n[\s\S]*set-name: eth0\n/,
    );
  });

  it('becomes units of systemd-networkd with address, router and name server', () => {
    const files = convertedNetwork(text, 'networkd');
    const unit = files['10-cloud-init-eth0.network'];
    expect(unit).toContain('MACAddress=bc:24:11:00:00:00');
    expect(unit).toContain('Address=10.0.0.5/24');
    expect(unit).toMatch(/Gateway=10\.0\.0\.1\n/);
    expect(unit).toContain('DNS=10.0.0.153');
    expect(files['10-cloud-init-eth1.network']).toContain('DHCP=ipv4');
  });

  it('becomes stanzas of /etc/network/interfaces', () => {
    const stanzas = Object.values(convertedNetwork(text, 'eni')).join('');
    expect(stanzas).toContain('iface eth0 inet static\n    address 10.0.0.5/24');
    expect(stanzas).toContain('iface eth1 inet dhcp');
    expect(stanzas).toMatch(/route add -?(net 0\.0\.0\.0|default).* gw 10\.0\.0\.1/);
  });
});
