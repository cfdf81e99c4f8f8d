import { describe, expect, it } from 'vitest';
import type { BridgeProps } from '../../src/network/bridge.js';
import { Bridge } from '../../src/network/bridge.js';
import { Match } from '../../src/testing/index.js';
import type { VmNicProps } from '../../src/vm/nic-props.js';
import { codesOf } from '../support/small-host.js';
import { VmHost } from './small-vm.js';

function onBridge(nic: Partial<VmNicProps>, props: BridgeProps = {}): VmHost {
  const host = new VmHost();
  const bridge = new Bridge(host.pve, 'vmbr1', props);
  host.machine('web', { nics: [{ name: 'net1', bridge, ...nic }] });
  return host;
}

describe('a network device of a machine', () => {
  it('waits for the bridge that the program makes', () => {
    onBridge({})
      .synth()
      .hasStep('guest/950/create', { needs: Match.arrayWith(['bridge/vmbr1/up']) });
  });

  it.each<[string, Partial<VmNicProps>]>([
    ['nic/trunks', { trunks: ['3', '4'] }],
    ['nic/vlan-nowhere', { vlan: 3 }],
    ['nic/mtu', { mtu: 9000 }],
  ])('asks nothing of its bridge that this cannot give: %s', (code, nic) => {
    expect(codesOf(() => onBridge(nic).synth())).toEqual([code]);
  });

  it('with what its bridge can give is fine', () => {
    const host = onBridge({ vlan: 3, mtu: 9000 }, { ports: ['eno2'], vlanAware: true, mtu: 9000 });
    expect(codesOf(() => host.synth())).toEqual([]);
  });

  it('with a router outside its network, or a second router, is told of', () => {
    const host = new VmHost();
    const nic = { name: 'net1', bridge: 'vmbr1', address: '10.1.0.5/24' } as const;
    const other = { ...nic, address: '10.1.0.6/24' } as const;
    host.machine('outside', { nics: [{ ...nic, gateway: '10.2.0.1' }], cloudInit: {} });
    host.machine('two', { vmid: 951, network: host.lan, nics: [{ ...other, gateway: '10.1.0.1' }], cloudInit: {} });
    const { findings } = host.synth();
    findings.hasWarning('nic/gateway-outside', 'ai/outside');
    findings.lacks('nic/two-gateways', 'ai/outside');
    findings.hasWarning('nic/two-gateways', 'ai/two');
  });
});
