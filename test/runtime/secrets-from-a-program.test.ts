import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { App } from '../../src/core/app.js';
import { Stack } from '../../src/core/stack.js';
import { PveNode } from '../../src/host/pve-node.js';
import { LxcContainer } from '../../src/lxc/lxc-container.js';
import { content } from '../../src/model/content.js';
import { envContent } from '../../src/secrets/config-content.js';
import { Secret } from '../../src/secrets/secret.js';
import { OsTemplate } from '../../src/storage/os-template.js';
import { Storage } from '../../src/storage/storage.js';
import { encryptSecret } from '../../src/toolkit/vault/encrypt.js';
import { keysNamed } from '../../src/toolkit/vault/public-keys.js';
import { VaultFolder } from '../../src/toolkit/vault/vault-folder.js';
import { Bench } from './bench.js';
import { HostKey, hasGpg } from './vault.js';

test.skipIf(!hasGpg)('from the vault through program and assembly into a container, for root alone', async () => {
  const key = new HostKey();
  vi.stubEnv('PHOENIX_GNUPGHOME', key.home);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const bench = new Bench();
  const vault = join(bench.folder, 'vault');
  mkdirSync(vault);
  const asc = join(bench.folder, 'node.asc');
  writeFileSync(asc, key.publicKey);
  const recipients = await keysNamed(asc);
  const folder = new VaultFolder(vault);
  const set = async (name: string, value: string) =>
    folder.write(name, await encryptSecret(name, Buffer.from(value), recipients));
  await set('hf/token', 'hf_$9"x\n');
  await set('samba/heads', 'word\nuser: "heads"\n');

  const app = new App({ name: 'lab', root: bench.folder, outdir: join(bench.folder, 'cdk.out'), vault });
  const pve = new PveNode(app, 'pve', { address: '10.0.0.13', pveVersion: '9.1' });
  const stack = new Stack(app, 'ai', { host: pve });
  const archive = OsTemplate.fromCatalogue(Storage.fromName(stack, 'local'), 'debian-13-standard_13.1-2_amd64.tar.zst');
  const samba = Secret.fromVault('samba/heads');
  new LxcContainer(stack, 'api', {
    vmid: 950,
    from: archive,
    rootfs: { storage: Storage.fromName(stack, 'local-zfs'), size: '4GiB' },
    files: [
      { target: '/etc/api.env', content: envContent({ HF_TOKEN: Secret.fromVault('hf/token') }) },
      { target: '/etc/smb.json', mode: '0640', content: content`{"user": "${samba.field('user').as('json')}"}\n` },
      { target: '/etc/motd', content: 'welcome\n' },
    ],
  });
  app.synth();

  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  const inside = (path: string) => {
    const place = bench.node.guestPath(950, path);
    return [readFileSync(place, 'utf8'), (statSync(place).mode & 0o777).toString(8)];
  };
  expect(inside('/etc/api.env')).toEqual(['HF_TOKEN="hf_\\$9\\"x"\n', '600']);
  expect(inside('/etc/smb.json')).toEqual(['{"user": "\\"heads\\""}\n', '640']);
  expect(inside('/etc/motd')).toEqual(['welcome\n', '644']);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});
