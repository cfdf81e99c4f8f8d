import { describe, expect, it } from 'vitest';
import { CloudInit } from '../../../src/guest/cloud-init/cloud-init.js';
import { cloudInitFields } from '../../../src/guest/cloud-init/schema.js';
import { cloudInitSpec } from '../../../src/guest/cloud-init/spec.js';
import { object } from '../../../src/model/fields.js';
import { readLayer, table } from '../../../src/model/layer.js';
import { mergeLayers } from '../../../src/model/merge.js';
import { secretRef } from '../../../src/model/secret-ref.js';
import { Storage } from '../../../src/storage/storage.js';
import { problemsOf, SmallHost } from '../../support/small-host.js';
import { machine, valuesOf } from './documents.js';

const vm = table('vm', { cloudInit: object('cloud-init', cloudInitFields) });
const read = (name: string, props: object, path: string) => ({ name, values: readLayer(vm, props, path) });
const layersOf = (cloudInit: CloudInit) => cloudInit.layers('ai/vm', read);

describe('contributions to the documents of a machine', () => {
  it('add up: packages, files, users, commands', () => {
    const cloudInit = new CloudInit();
    cloudInit.addPackages('docker.io', 'curl');
    cloudInit.addFile({ path: '/etc/a', content: 'a' });
    cloudInit.addUser({ name: 'ops', groups: ['docker'] });
    cloudInit.addCommands(['true'], 'echo x');
    cloudInit.add('docker', {
      userData: { packages: ['curl', 'git'], users: [{ name: 'ops', groups: ['adm'] }], runcmd: [['true']] },
    });
    expect(mergeLayers(vm.fields, layersOf(cloudInit))).toEqual({
      cloudInit: {
        userData: {
          packages: ['docker.io', 'curl', 'git'],
          writeFiles: [{ path: '/etc/a', content: 'a' }],
          users: [{ name: 'ops', groups: ['docker', 'adm'] }],
          runcmd: [['true'], 'echo x', ['true']],
        },
      },
    });
  });

  it('may say the same twice, and not two things of one key', () => {
    const cloudInit = new CloudInit();
    const same = { timezone: 'UTC', writeFiles: [{ path: '/a', content: 'x' }], groups: { docker: ['a'] } };
    cloudInit.add('docker', { userData: { ...same, swap: { size: '1GiB' } } });
    cloudInit.add('portainer', { userData: { ...same, groups: { docker: ['b'] }, swap: { filename: '/swap' } } });
    expect(layersOf(cloudInit)).toHaveLength(2);
    cloudInit.add('vllm', {
      userData: { timezone: 'Europe/Berlin', writeFiles: [{ path: '/a', content: 'y' }], swap: { size: '2GiB' } },
    });
    const problems = problemsOf(() => layersOf(cloudInit));
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['cloud-init/conflict']));
    expect(problems.map(({ message }) => message)).toEqual([
      'docker and vllm say different things of `cloudInit.userData.timezone`',
      'docker and vllm say different things of `cloudInit.userData.writeFiles./a.content`',
      'docker and vllm say different things of `cloudInit.userData.swap.size`',
      'portainer and vllm say different things of `cloudInit.userData.timezone`',
      'portainer and vllm say different things of `cloudInit.userData.writeFiles./a.content`',
    ]);
  });
});

describe('the files of the documents', () => {
  const filesOf = (given: object) => cloudInitSpec(valuesOf(given), machine, 'ai/vm').files;

  it('lie among the snippets of `local`, named by the machine', () => {
    expect(filesOf({ userData: {} }).map(({ part, volume, target }) => [part, volume, target])).toEqual([
      ['user', 'local:snippets/phoenix-8001-user.yaml', '/var/lib/vz/snippets/phoenix-8001-user.yaml'],
      ['network', 'local:snippets/phoenix-8001-network.yaml', '/var/lib/vz/snippets/phoenix-8001-network.yaml'],
      ['meta', 'local:snippets/phoenix-8001-meta.yaml', '/var/lib/vz/snippets/phoenix-8001-meta.yaml'],
    ]);
    expect(filesOf({ vendorData: {} }).map(({ part }) => part)).toEqual(['user', 'network', 'meta', 'vendor']);
  });

  it('lie in the folder that another storage has for snippets', () => {
    const { base, local } = new SmallHost();
    const dir = Storage.dir(base, 'docs', {
      path: '/srv/docs',
      content: ['snippets'],
      contentDirs: { snippets: 'cloud' },
    });
    const nfs = Storage.nfs(base, 'nas', { server: '10.0.0.3', export: '/pve', content: ['snippets'] });
    const targets = [dir, nfs, local].map((snippets) => filesOf({ userData: {}, snippets })[0]?.target);
    expect(targets).toEqual([
      '/srv/docs/cloud/phoenix-8001-user.yaml',
      '/mnt/pve/nas/snippets/phoenix-8001-user.yaml',
      '/var/lib/vz/snippets/phoenix-8001-user.yaml',
    ]);
  });

  it('cannot lie on a storage without snippets or without a folder that is known', () => {
    const { base, disks } = new SmallHost();
    const isos = Storage.dir(base, 'isos', { path: '/srv/isos', content: ['iso'] });
    const codeFor = (snippets: Storage) =>
      problemsOf(() => filesOf({ userData: {}, snippets })).map(({ code }) => code);
    expect([isos, disks].map(codeFor)).toEqual([['cloud-init/no-snippets'], ['cloud-init/no-folder']]);
  });

  it('name the secrets that go into them', () => {
    const users = [{ name: 'ops', hashedPasswd: secretRef('vm/ops') }];
    const [user, network] = filesOf({ userData: { users, extra: { chef: { token: secretRef('chef') } } } });
    expect([user?.secrets, network?.secrets]).toEqual([['vm/ops', 'chef'], []]);
  });

  it('change the digest that a running machine is compared by, vendor data too', () => {
    const digestOf = (given: object) => cloudInitSpec(valuesOf(given), machine, 'ai/vm').digest;
    const digests = [{ userData: {} }, { vendorData: {} }, { userData: { locale: 'C' } }].map(digestOf);
    expect(new Set(digests).size).toBe(3);
    expect(digestOf({ userData: {} })).toBe(digests[0]);
  });
});
