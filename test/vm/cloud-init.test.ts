import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { tableJsonSchema } from '../../src/model/json-schema.js';
import { secretRef } from '../../src/model/secret-ref.js';
import type { Synthesized } from '../../src/testing/index.js';
import type { VirtualMachineProps } from '../../src/vm/props.js';
import { vmTable } from '../../src/vm/schema.js';
import { VmProfile } from '../../src/vm/vm-profile.js';
import { schemaFaults } from '../guest/cloud-init/documents.js';
import { problemsOf } from '../support/small-host.js';
import { describeWithTool } from '../support/tool.js';
import { VmHost } from './small-vm.js';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8mQ2Zr5d0x ops@desk';

function machineWith(props: VirtualMachineProps): Synthesized {
  const host = new VmHost();
  host.machine('docker', { network: host.lan, address: '10.0.0.81', ...props });
  return host.synth();
}

function document(synth: Synthesized, part: string): string {
  return synth.file(`stacks/ai/root/var/lib/vz/snippets/phoenix-950-${part}.yaml`);
}

describe("a machine's cloud-init", () => {
  it('is left to Proxmox where that can say it all', () => {
    const synth = machineWith({ cloudInit: { user: 'ops', sshKeys: [key], upgrade: false } });
    expect(synth.guestConfig(950)).toMatchObject({
      ciuser: 'ops',
      ciupgrade: '0',
      ipconfig0: 'gw=10.0.0.1,ip=10.0.0.81/24',
    });
    expect(synth.guestConfig(950)).not.toHaveProperty('cicustom');
    expect([...synth.files.keys()].filter((path) => path.includes('snippets'))).toEqual([]);
  });

  it('has documents of its own as soon as the program says more, which then say all of it', () => {
    const synth = machineWith({ cloudInit: { user: 'ops', sshKeys: [key], userData: { packages: ['docker.io'] } } });
    const { cicustom, ciuser, sshkeys, ipconfig0 } = synth.guestConfig(950);
    expect({ ciuser, sshkeys, ipconfig0 }).toEqual({});
    expect(cicustom?.split(',').sort()).toEqual([
      'meta=local:snippets/phoenix-950-meta.yaml',
      'network=local:snippets/phoenix-950-network.yaml',
      'user=local:snippets/phoenix-950-user.yaml',
    ]);
    expect(parse(document(synth, 'user'))).toEqual({
      hostname: 'docker',
      user: 'ops',
      manage_etc_hosts: true,
      ssh_authorized_keys: [key],
      package_upgrade: true,
      packages: ['docker.io'],
    });
    expect(parse(document(synth, 'network')).ethernets.eth0).toMatchObject({
      addresses: ['10.0.0.81/24'],
      routes: [{ to: '0.0.0.0/0', via: '10.0.0.1' }],
    });
  });

  it('lies on the host before its drive is made of it and the machine starts, readable by root alone, and a change of it takes a restart', () => {
    const of = (locale: string) => machineWith({ cloudInit: { userData: { locale } } });
    const steps = of('C.UTF-8').stepsOf('guest/950');
    const ids = steps.map(({ id }) => id);
    expect(ids.indexOf('guest/950/cloud-init/user')).toBeLessThan(ids.indexOf('guest/950/config'));
    expect(ids.indexOf('guest/950/cloud-init/meta')).toBeLessThan(ids.indexOf('guest/950/start'));
    of('C.UTF-8').hasStep('guest/950/cloud-init/user', { kind: 'file', file: { mode: '0600' } });
    const digests = ['C.UTF-8', 'C.UTF-8', 'de_DE.UTF-8'].map((locale) => {
      const start = of(locale).step('guest/950/start');
      return start.kind === 'guest-state' ? start.startedWith : undefined;
    });
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect([digests[1] === digests[0], digests[2] === digests[0]]).toEqual([true, false]);
  });

  it('is put together from defaults, profiles, the machine and what constructs add', () => {
    const host = new VmHost({ stack: { defaults: { vm: { cloudInit: { userData: { timezone: 'UTC' } } } } } });
    const docker = new VmProfile(host.ai, 'with-docker', {
      agent: true,
      cloudInit: { userData: { packages: ['docker.io'], runcmd: [['docker', 'info']] } },
    });
    const vm = host.machine('docker', { profiles: [docker], cloudInit: { userData: { packages: ['git'] } } });
    vm.cloudInit.addPackages('jq');
    vm.cloudInit.addFile({ path: '/etc/motd', content: 'ours\n' });
    expect(parse(document(host.synth(), 'user'))).toMatchObject({
      timezone: 'UTC',
      packages: ['qemu-guest-agent', 'docker.io', 'git', 'jq'],
      write_files: [{ path: '/etc/motd', content: 'ours\n' }],
      runcmd: [
        ['systemctl', 'start', 'qemu-guest-agent.service'],
        ['docker', 'info'],
      ],
    });
  });

  it('is made by what constructs add alone', () => {
    const host = new VmHost();
    host.machine('docker').cloudInit.addPackages('jq');
    const synth = host.synth();
    expect(parse(document(synth, 'user'))['packages']).toEqual(['jq']);
    expect(synth.guestConfig(950)['ide2']).toContain('local-zfs:');
  });

  it('is not in force in a template, and is of their own in its clones', () => {
    const host = new VmHost({ stack: { defaults: { vm: { cloudInit: { userData: { timezone: 'UTC' } } } } } });
    host.machine('docker', { cloneFrom: host.vmTemplate('base') });
    const synth = host.synth();
    expect(synth.guestConfig(900)).not.toHaveProperty('cicustom');
    expect(synth.guestConfig(950)['cicustom']).toContain('user=local:snippets/phoenix-950-user.yaml');
    expect([...synth.files.keys()].filter((path) => path.includes('phoenix-900'))).toEqual([]);
  });

  it('names the secrets that the applier has to fill in', () => {
    const users = [{ name: 'ops', hashedPasswd: secretRef('vm/ops') }];
    machineWith({ cloudInit: { userData: { users } } }).hasStep('guest/950/cloud-init/user', {
      file: { secrets: ['vm/ops'] },
    });
  });

  it('says which keys nobody has checked', () => {
    const { findings } = machineWith({ cloudInit: { userData: { extra: { rsyslog: {} } } } });
    expect(findings.all).toContainEqual(expect.objectContaining({ code: 'cloud-init/extra-used', value: 'rsyslog' }));
  });

  it('has a JSON Schema that stands by itself', () => {
    const schema = tableJsonSchema({ title: 'vm', description: 'A machine.' }, { cloudInit: vmTable.fields.cloudInit });
    expect(JSON.stringify(schema)).toContain('"writeFiles"');
    expect(JSON.stringify(schema)).not.toContain('$ref');
  });

  it('is refused with everything that is wrong with it', () => {
    const codes = (props: VirtualMachineProps) =>
      problemsOf(() => machineWith(props))
        .map(({ code }) => code)
        .sort();
    const userData = { users: [{ name: 'a' }, { name: 'a' }], mounts: [], extra: { packages: [] } };
    expect(codes({ cloudInit: { userData } })).toEqual(['cloud-init/extra', 'cloud-init/twice']);
    expect(codes({ ostype: 'win11', cloudInit: { userData: {}, custom: { user: 'local:snippets/a.yaml' } } })).toEqual([
      'cloud-init/two-origins',
      'cloud-init/type',
    ]);
    expect(codes({ cloudInit: { userData: { packages: ['-y'], users: [{ name: 'A' }] } } })).toEqual([
      'config/wrong-value',
      'config/wrong-value',
    ]);
  });
});

describeWithTool('cloud-init', 'cloud-init schema', () => {
  it('takes what a machine is given', () => {
    const synth = machineWith({
      agent: true,
      cloudInit: {
        user: 'ops',
        sshKeys: [key],
        userData: { packages: ['docker.io'] },
        vendorData: { locale: 'C.UTF-8' },
      },
    });
    expect(schemaFaults(document(synth, 'user'))).toBe('');
    expect(schemaFaults(document(synth, 'vendor'))).toBe('');
  });
});
