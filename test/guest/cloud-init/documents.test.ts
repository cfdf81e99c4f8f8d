import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PhoenixError } from '../../../src/base/errors.js';
import { cloudInitTexts } from '../../../src/guest/cloud-init/documents.js';
import { cloudInitProblems, lengthProblems } from '../../../src/guest/cloud-init/refusals.js';
import { content } from '../../../src/model/content.js';
import { secretRef } from '../../../src/model/secret-ref.js';
import { machine, texts, valuesOf } from './documents.js';

const instanceOf = (given: object, of = {}) => parse(texts(given, of).meta)['instance-id'];
const merged = (...layers: object[]) => parse(cloudInitTexts(valuesOf(...layers), machine).user);
const codes = (given: object) => cloudInitProblems(valuesOf(given), machine).map(({ code }) => code);

describe('meta data', () => {
  it('makes it another machine when user or network data change, and only then', () => {
    const given = { userData: { packages: ['curl'] } };
    const id = instanceOf(given);
    expect(id).toMatch(/^phoenix-8001-[0-9a-f]{16}$/);
    expect(instanceOf(given)).toBe(id);
    expect(instanceOf({ ...given, vendorData: { locale: 'C.UTF-8' } })).toBe(id);
    expect(instanceOf({ userData: { packages: ['wget'] } })).not.toBe(id);
    expect(instanceOf(given, { nameservers: [] })).not.toBe(id);
    expect(instanceOf(given, { vmid: 8002 })).not.toBe(id);
  });

  it('names the machine', () => {
    expect(parse(texts({}, { hostname: 'docker.lan' }).meta)['local-hostname']).toBe('docker');
  });
});

describe('layers of documents', () => {
  it('add packages and commands, and merge users and files by what they are', () => {
    const profile = {
      userData: {
        packages: ['docker.io', 'curl'],
        runcmd: [['systemctl', 'restart', 'docker']],
        users: [{ name: 'ops', groups: ['docker'], shell: '/bin/bash' }],
        writeFiles: [{ path: '/etc/docker/daemon.json', content: '{}\n', permissions: '0644' }],
        groups: { docker: ['ops'] },
        apt: { sources: { docker: { source: 'deb http://x.lan $RELEASE stable' } } },
        timezone: 'UTC',
      },
    };
    const own = {
      userData: {
        packages: ['curl', 'git'],
        runcmd: [['systemctl', 'restart', 'docker']],
        users: [{ name: 'ops', groups: ['sudo'] }, { name: 'ci' }],
        writeFiles: [{ path: '/etc/docker/daemon.json', content: '{"debug": true}\n' }],
        groups: { docker: ['ci'] },
        apt: { sources: { own: { source: 'deb http://y.lan ./' } } },
        timezone: 'Europe/Berlin',
      },
    };
    expect(merged(profile, own)).toMatchObject({
      packages: ['docker.io', 'curl', 'git'],
      runcmd: [
        ['systemctl', 'restart', 'docker'],
        ['systemctl', 'restart', 'docker'],
      ],
      users: ['default', { name: 'ops', groups: ['docker', 'sudo'], shell: '/bin/bash' }, { name: 'ci' }],
      write_files: [{ path: '/etc/docker/daemon.json', content: '{"debug": true}\n', permissions: '0644' }],
      groups: [{ docker: ['ops', 'ci'] }],
      apt: { sources: { docker: {}, own: {} } },
      timezone: 'Europe/Berlin',
    });
  });

  it('take back what lower ones say', () => {
    expect(
      merged({ userData: { packages: ['a'], timezone: 'UTC' } }, { userData: { packages: null, timezone: null } }),
    ).toEqual(parse(texts({ userData: {} }).user));
  });
});

describe('what cannot be a document', () => {
  it('is refused key by key, all at once', () => {
    const given = {
      userData: {
        packags: ['curl'],
        packages: ['-y'],
        users: [{ name: 'Ops', hashedPasswd: '$6$x$y', sshAuthorizedKeys: ['-----BEGIN OPENSSH PRIVATE KEY-----'] }],
        writeFiles: [{ path: 'etc/x', content: 1, permissions: '644' }],
        runcmd: [[]],
        powerState: { mode: 'sleep' },
        ntp: { servers: ['a b'] },
      },
      networkConfig: { vlans: { v: { id: 5000, link: 'eth0', addresses: ['10.0.0.1'] } } },
    };
    const problems = problemsOf(() => valuesOf(given));
    expect(problems.map(({ message }) => message.match(/`([^`]+)`/)?.[1]).sort()).toEqual([
      'networkConfig.vlans.v.addresses.0',
      'networkConfig.vlans.v.id',
      'userData.ntp.servers.0',
      'userData.packages.0',
      'userData.packags',
      'userData.powerState.mode',
      'userData.runcmd.0',
      'userData.users.0.hashedPasswd',
      'userData.users.0.name',
      'userData.users.0.sshAuthorizedKeys.0',
      'userData.writeFiles.0.content',
      'userData.writeFiles.0.path',
      'userData.writeFiles.0.permissions',
    ]);
  });

  it('is refused as a whole, all at once', () => {
    const file = { path: '/a', content: content`x` };
    const secret = { secret: secretRef('a'), encoding: 'env' };
    expect(
      codes({
        userData: {
          users: [{ name: 'a' }, { name: 'a' }, { name: 'default' }],
          writeFiles: [file, file, { ...file, append: true }, { path: '/b', content: [secret] }],
          mounts: [
            { device: '/dev/sdb', path: '/a' },
            { device: '/dev/sdc', path: '/a' },
          ],
          extra: { apt_update: true, packages: ['x'], 'ca-certs': {}, writeFiles: [], 'no key': 1, ansible: {} },
        },
        networkConfig: {
          ethernets: { eth7: {} },
          vlans: { 'much-too-long-a-name': { id: 5, link: 'ens18' }, eth0: { id: 6, link: 'eth0' } },
        },
      }),
    ).toEqual([
      'cloud-init/twice',
      'cloud-init/twice',
      'cloud-init/twice',
      'cloud-init/default-user',
      'cloud-init/secret-encoding',
      ...Array(5).fill('cloud-init/extra'),
      'cloud-init/no-device',
      'cloud-init/no-device',
      'cloud-init/device-name',
      'cloud-init/device-name',
    ]);
  });

  it('is longer than what Proxmox reads', () => {
    const text = 'x'.repeat(1024 * 1024 + 1);
    const short = { user: '', network: '', meta: '', vendor: undefined };
    expect(lengthProblems({ ...short, user: text.slice(1) })).toEqual([]);
    expect(lengthProblems({ ...short, user: text })).toHaveLength(1);
    expect(lengthProblems({ user: text, network: text, meta: text, vendor: undefined })).toHaveLength(4);
  });

  it('is text that looks like the place of a secret', () => {
    const writeFiles = [{ path: '/a', content: '@@phoenix-secret:raw:x@@' }];
    expect(codes({ userData: { writeFiles, runcmd: ['echo @@phoenix-secret:yaml:x@@'] } })).toEqual([
      'content/reserved-marker',
      'content/reserved-marker',
    ]);
  });
});

function problemsOf(action: () => unknown) {
  try {
    action();
  } catch (error) {
    if (PhoenixError.isPhoenixError(error)) {
      return error.problems;
    }
  }
  return expect.fail('nothing was refused');
}
