import { type App, CloudImage, Port, Stack, VirtualMachine, VmProfile, VmTemplate } from 'phoenix-cdk';
import { guestDefaults } from './guest-defaults.js';
import type { HostStack } from './host.js';
import type { Machine } from './machine.js';

/** What needs a kernel of its own. cloud-init sets it up at its first boot; nobody logs in to do so. */
export class MachineStack extends Stack {
  readonly docker: VirtualMachine;

  constructor(app: App, id: string, machine: Machine, host: HostStack) {
    super(app, id, {
      host: machine,
      restart: 'when-needed',
      defaults: { ...guestDefaults(machine, host), vm: { cores: 4, memory: '8GiB', agent: true, cpu: 'host' } },
    });

    // The image that the old system fetched, which nobody checked; it has to lie on the storage under a name that says what it is, .qcow2.
    // `CloudImage.fromUrl` fetches one and checks it: see examples/machines.
    const image = CloudImage.fromName(host.archives, 'noble-server-cloudimg-amd64.qcow2');
    const template = new VmTemplate(this, 'ubuntu', {
      vmid: 8000,
      hostname: 'ubuntu-2404-cloud-template',
      address: machine.lan.ip(45),
      mac: '52:54:00:67:80:00',
      image,
      disk: { storage: host.vmDisks, size: '16GiB', discard: true, ssd: true },
      // Cloud images talk on the serial line.
      serial: ['socket'],
      vga: 'serial0',
    });

    const dockerEngine = new VmProfile(this, 'docker-engine', {
      cloudInit: {
        userData: {
          packages: ['docker.io', 'docker-compose-v2'],
          runcmd: [['systemctl', 'enable', '--now', 'docker.service']],
        },
      },
    });
    this.docker = new VirtualMachine(this, 'docker', {
      vmid: 8001,
      hostname: 'docker-vm-01',
      cloneFrom: template,
      profiles: [dockerEngine],
      // 101, a container of the same address, was a throw-away test.
      address: machine.lan.ip(101),
      mac: '52:54:00:67:80:01',
      disk: { size: '100GiB' },
      serial: ['socket'],
      vga: 'serial0',
      cloudInit: {
        storage: host.vmDisks,
        snippets: host.archives,
        user: 'phoenix_user',
        sshKeys: administrators(app),
        userData: { timezone: 'America/New_York' },
      },
      onboot: true,
    });
    this.docker.connections.allowFrom(machine.lan, Port.tcp(22), 'administration');
  }
}

/** The monolith has an empty key, and a password `NOT_SET`. Give yours: `phoenix synth -c sshKey="ssh-ed25519 AAAA… me@desk"`. */
function administrators(app: App): string[] {
  const key: unknown = app.node.tryGetContext('sshKey');
  return typeof key === 'string' ? [key] : [];
}
