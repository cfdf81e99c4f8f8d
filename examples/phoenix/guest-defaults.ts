import type { StackDefaults } from 'phoenix-cdk';
import type { HostStack } from './host.js';
import type { Machine } from './machine.js';

/** The lowest layer of every container and template of this system. */
export function guestDefaults(machine: Machine, host: HostStack): StackDefaults {
  return {
    network: machine.lan,
    rootfs: { storage: host.rootDisks, size: '32GiB' },
    unprivileged: true,
    timezone: 'America/New_York',
    // systemd of Ubuntu 24.04 wants it. Proxmox adds what nesting needs to the AppArmor rules that it makes for each container: nothing here
    // is unconfined, and no raw line of LXC is left.
    features: { nesting: true },
    // Closed, until a connection opens a port to somebody.
    firewall: { inbound: 'DROP', outbound: 'ACCEPT' },
  };
}
