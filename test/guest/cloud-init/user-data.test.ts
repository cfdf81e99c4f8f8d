import { describe, expect, it } from 'vitest';
import { Size } from '../../../src/base/units.js';
import { content } from '../../../src/model/content.js';
import { secretRef } from '../../../src/model/secret-ref.js';
import { describeWithTool } from '../../support/tool.js';
import { schemaFaults, texts, userData } from './documents.js';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8mQ2Zr5d0x ops@desk';
const pem = (what: string) => `-----BEGIN ${what}-----\nMIIB\n-----END ${what}-----\n`;

/** A document for each part of the props, and one for all of them. */
const documents: Readonly<Record<string, object>> = {
  nothing: {},
  users: {
    users: [
      { name: 'ops', gecos: 'Operations', groups: ['adm', 'sudo'], sudo: 'ALL=(ALL) NOPASSWD:ALL', shell: '/bin/bash' },
      { name: 'login', hashedPasswd: secretRef('vm/login'), sshAuthorizedKeys: [key], sshImportId: ['gh:phoenix'] },
      {
        name: 'svc',
        system: true,
        uid: 900,
        homedir: '/srv/svc',
        noCreateHome: true,
        primaryGroup: 'svc',
        lockPasswd: true,
      },
    ],
    groups: { docker: ['ops'], render: [] },
  },
  ssh: {
    sshAuthorizedKeys: [key],
    sshPwauth: false,
    disableRoot: true,
    sshDeletekeys: true,
    sshGenkeytypes: ['ed25519'],
  },
  names: {
    fqdn: 'docker.lan',
    preserveHostname: false,
    manageEtcHosts: 'localhost',
    timezone: 'Europe/Berlin',
    locale: 'de_DE.UTF-8',
  },
  keyboard: { keyboard: { layout: 'de', variant: 'nodeadkeys', model: 'pc105', options: 'compose:caps' } },
  disks: {
    growpart: { mode: 'auto', devices: ['/', '/dev/sdb1'], ignoreGrowrootDisabled: false },
    resizeRootfs: 'noblock',
    diskSetup: {
      '/dev/sdb': { tableType: 'gpt', layout: [66, { percent: 34, type: 82 }], overwrite: false },
      '/dev/sdc': { layout: true },
    },
    fsSetup: [
      { label: 'data', filesystem: 'ext4', device: '/dev/sdb1', partition: 'auto', extraOpts: ['-T', 'largefile'] },
    ],
    mounts: [
      { device: 'LABEL=data', path: '/data', type: 'ext4', options: ['noatime', 'nofail'] },
      { device: '/dev/sdb2', path: 'none', type: 'swap', options: ['sw'], dump: 0, pass: 0 },
      { device: '10.0.0.3:/models', path: '/models' },
    ],
    swap: { filename: '/swap.img', size: Size.gib(4), maxsize: '8GiB' },
  },
  clock: { ntp: { enabled: true, ntpClient: 'chrony', servers: ['10.0.0.1'], pools: ['0.pool.ntp.org'] } },
  authorities: { caCerts: { removeDefaults: false, trusted: [pem('CERTIFICATE')] } },
  apt: {
    apt: {
      preserveSourcesList: false,
      primary: [{ arches: ['default'], uri: 'http://mirror.lan/debian' }],
      security: [{ arches: ['amd64'], search: ['http://mirror.lan/security'] }],
      proxy: 'http://10.0.0.9:3142',
      httpsProxy: 'http://10.0.0.9:3142',
      conf: 'APT::Install-Recommends "0";\n',
      debconfSelections: { locales: 'locales locales/default_environment_locale select en_US.UTF-8' },
      sources: {
        'docker.list': {
          source: 'deb [signed-by=$KEY_FILE] https://download.docker.com/linux/debian $RELEASE stable',
          key: pem('PGP PUBLIC KEY BLOCK'),
        },
        nvidia: {
          source: 'ppa:graphics-drivers/ppa',
          keyid: 'FCAE110B',
          keyserver: 'keyserver.ubuntu.com',
          append: false,
        },
      },
    },
  },
  packages: {
    packageUpdate: true,
    packageUpgrade: true,
    packageRebootIfRequired: true,
    packages: ['docker.io', 'g++', { name: 'nvidia-driver', version: '580.76.05-1' }],
  },
  files: {
    writeFiles: [
      { path: '/etc/motd', content: 'yes\n' },
      { path: '/etc/empty', content: '' },
      { path: '/opt/run.sh', content: '#!/bin/sh\n\texec "$@"\n', permissions: '0755' },
      {
        path: '/home/ops/.env',
        content: content`TOKEN=${secretRef('hf/token')}\nB: "1"\n`,
        owner: 'ops:ops',
        permissions: '0600',
      },
      { path: '/etc/hosts', content: '10.0.0.9 mirror\n', append: true, defer: true },
      { path: '/etc/bytes', content: 'a\0b\u007f\u0085\u2028\ufeff\r\n😀' },
    ],
  },
  commands: {
    bootcmd: [['modprobe', 'nvidia'], 'echo on > /dev/null'],
    runcmd: [['systemctl', 'enable', '--now', 'docker'], "printf '%s\\n' yes 012", ['echo', 'no', '0o7', '1:20', '~']],
  },
  ends: {
    finalMessage: 'done after $UPTIME s\n',
    phoneHome: { url: 'http://10.0.0.13/done', post: ['instance_id', 'hostname'], tries: 3 },
    powerState: {
      mode: 'reboot',
      delay: 'now',
      timeout: 120,
      message: 'again',
      condition: ['test', '-e', '/x'],
    },
  },
  later: {
    powerState: { mode: 'poweroff', delay: 5, condition: true },
    phoneHome: { url: 'http://x.lan/', post: 'all' },
  },
  extra: { extra: { rsyslog: { remotes: { main: '10.0.0.7:514' } }, byobu_by_default: 'system' } },
};

describe('user data', () => {
  it('begins with the line that cloud-init knows it by', () => {
    expect(texts({ userData: {} }).user).toBe(
      '#cloud-config\nhostname: docker\nfqdn: docker.internal.example\nmanage_etc_hosts: true\n',
    );
  });

  it('keeps the own user of the image, unless it is told not to', () => {
    expect(userData({ users: [{ name: 'ops' }] })).toMatchObject({ users: ['default', { name: 'ops' }] });
    expect(userData({ users: [{ name: 'ops' }], defaultUser: false })).toMatchObject({ users: [{ name: 'ops' }] });
  });

  it('lets a password in that is given, and holds only the place of its hash', () => {
    const user = { name: 'ops', lock_passwd: false, hashed_passwd: '@@phoenix-secret:yaml:vm/ops@@' };
    expect(userData({ users: [{ name: 'ops', hashedPasswd: secretRef('vm/ops') }] })).toMatchObject({
      users: ['default', user],
    });
  });

  it('escapes secrets within files for where they stand', () => {
    const { user } = texts({ userData: documents['files'] });
    expect(user).toContain('content: "TOKEN=@@phoenix-secret:yaml:hf/token@@\\nB: \\"1\\"\\n"');
  });

  it('lets files of other owners wait until there are users', () => {
    const files = [
      { path: '/a', content: '', owner: 'ops' },
      { path: '/b', content: '', owner: 'ops', defer: false },
      { path: '/c', content: '', owner: 'root:root' },
    ];
    expect(userData({ writeFiles: files })['write_files']).toEqual([
      { path: '/a', content: '', owner: 'ops', defer: true },
      { path: '/b', content: '', owner: 'ops', defer: false },
      { path: '/c', content: '', owner: 'root:root' },
    ]);
  });

  it('fills lines of /etc/fstab up to what is given', () => {
    const mounts = [
      { device: '/dev/sdb', path: '/a' },
      { device: '/dev/sdc', path: '/b', pass: 2 },
    ];
    expect(userData({ mounts })['mounts']).toEqual([
      ['/dev/sdb', '/a'],
      ['/dev/sdc', '/b', 'auto', 'defaults,nofail', '0', '2'],
    ]);
  });

  it('brings the agent that Proxmox is to talk to', () => {
    const { packages, runcmd } = userData({ packages: ['curl'], runcmd: ['true'] }, { agent: true });
    expect({ packages, runcmd }).toEqual({
      packages: ['qemu-guest-agent', 'curl'],
      runcmd: [['systemctl', 'start', 'qemu-guest-agent.service'], 'true'],
    });
    expect(userData({ packages: ['qemu-guest-agent'] }, { agent: true })['packages']).toEqual(['qemu-guest-agent']);
  });

  it('says what Proxmox would have said of user, keys and upgrade', () => {
    const given = { user: 'root', sshKeys: [key], upgrade: true, hostname: 'docker.lan' };
    expect(userData({ sshAuthorizedKeys: [key] }, given)).toEqual({
      hostname: 'docker',
      user: 'root',
      fqdn: 'docker.lan',
      manage_etc_hosts: true,
      ssh_authorized_keys: [key],
      disable_root: false,
      package_upgrade: true,
    });
  });
});

describeWithTool('cloud-init', 'cloud-init schema', () => {
  const all = Object.assign({}, ...Object.values(documents));

  it.each(Object.entries({ ...documents, all }))('takes %s', (_, given) => {
    const { user } = texts({ userData: given }, { agent: true, user: 'ops', sshKeys: [key] });
    expect(schemaFaults(user)).toBe('');
  });

  it('takes vendor data', () => {
    expect(schemaFaults(texts({ vendorData: all }).vendor ?? '')).toBe('');
  });

  it('finds what is wrong', () => {
    expect(schemaFaults('#cloud-config\npackages: []\n')).toContain('packages');
    expect(schemaFaults('#cloud-config\napt_update: true\n')).toMatch(/deprecat/i);
    expect(schemaFaults('packages: [a]\n')).toContain('#cloud-config');
  });
});
