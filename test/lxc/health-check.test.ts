import { describe, it } from 'vitest';
import { VllmContainer } from '../../src/ai/vllm-container.js';
import { Port } from '../../src/firewall/port.js';
import type { GuestFirewallProps } from '../../src/firewall/props.js';
import { findingsOf } from '../../src/testing/index.js';
import { SmallHost } from '../support/small-host.js';

/** A server that the applier asks at port 8000. */
function server(
  firewall: GuestFirewallProps | undefined,
  connect: (guest: VllmContainer, host: SmallHost) => void = () => {},
): SmallHost {
  const host = new SmallHost();
  const guest = new VllmContainer(host.ai, 'server', {
    from: host.archive,
    rootfs: { storage: host.disks, size: '8GiB' },
    network: host.lan,
    model: 'a/b',
    gpus: [host.pve.gpu(0)],
    ...(firewall === undefined ? {} : { firewall }),
  });
  connect(guest, host);
  return host;
}

const code = 'firewall/health-check';

describe('a firewall before a server that the applier asks', () => {
  it('lets the host in, or that is said', () => {
    findingsOf(server({}).app).hasWarning(code, 'ai/server');
    const rule = { protocol: 'tcp', ports: '80:90', source: '10.9.9.0/24' };
    findingsOf(server({ rules: [rule] }).app).hasWarning(code, 'ai/server');
    findingsOf(server({ rules: [{ ...rule, ports: '8000', action: 'DROP' }] }).app).hasWarning(code, 'ai/server');
  });

  it('does so by a connection with the host or its network, or by any rule that may', () => {
    findingsOf(server({}, (guest, host) => guest.connections.allowFrom(host.pve, Port.tcp(8000))).app).lacks(code);
    findingsOf(server({}, (guest, host) => guest.connections.allowFrom(host.lan, Port.tcp(8000))).app).lacks(code);
    findingsOf(server({ rules: [{ protocol: 'tcp', ports: '80,7999:8001' }] }).app).lacks(code);
    findingsOf(server({ rules: [{ source: '+dc/management' }] }).app).lacks(code);
  });

  it('does so where it is off, open or not there', () => {
    for (const firewall of [{ enabled: false }, { inbound: 'ACCEPT' }, undefined] as const) {
      findingsOf(server(firewall).app).lacks(code);
    }
  });
});
