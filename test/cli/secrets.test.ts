import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, person } from '../toolkit/vault/keys.js';
import { newFolder, newProject, removeProjects, run } from './fixture-project.js';
import { programWithSecrets } from './secrets-program.js';

const canary = 'canary-7f3a9';
const program = programWithSecrets();
let ada: Person;
let bob: Person;

beforeAll(async () => {
  ada = await person('ada');
  bob = await person('bob');
});
afterAll(() => {
  rmSync(program.folder, { recursive: true, force: true });
  removeProjects();
});

/** A project with a vault for ada, and the secrets given. */
async function project(secrets: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = newProject({ app: program.app });
  await run(folder, 'secrets', 'init', '--recipient', ada.publicKey);
  for (const [name, value] of Object.entries(secrets)) {
    await put(folder, name, value);
  }
  return folder;
}

async function put(folder: string, name: string, value: string): Promise<void> {
  const file = join(newFolder(), 'value');
  writeFileSync(file, value);
  await run(folder, 'secrets', 'set', name, '--file', file);
}

const get = (folder: string, name: string, who: Person = ada) =>
  run(folder, 'secrets', 'get', name, '--key', who.privateKey);

describe('phoenix secrets', () => {
  it('init makes a vault that git may keep: names of recipients, and their public keys', async () => {
    const folder = await project();
    const fingerprint = ada.recipient.fingerprint;
    expect(readFileSync(join(folder, 'vault/.gpg-id'), 'utf8')).toBe(`${fingerprint}\n`);
    expect(readFileSync(join(folder, `vault/.public-keys/${fingerprint}.asc`), 'utf8')).toContain('PUBLIC KEY');
    await expect(run(folder, 'secrets', 'init', '--recipient', ada.publicKey)).rejects.toThrow('vault/exists');
    await expect(run(newProject(), 'secrets', 'init')).rejects.toThrow('vault/no-recipient');
    await expect(run(newProject(), 'secrets', 'set', 'a')).rejects.toThrow('vault/missing');
  });

  it('set and get keep a value, which lies nowhere in clear', async () => {
    const folder = await project({ 'hf/token': `${canary}\n` });
    expect(await get(folder, 'hf/token')).toMatchObject({
      code: 0,
      text: canary,
      data: { name: 'hf/token', value: canary },
    });
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      expect(readFileSync(join(file.parentPath, file.name), 'latin1')).not.toContain(canary);
    }
    expect(statSync(join(folder, 'vault/hf/token.gpg')).mode & 0o777).toBe(0o600);
    expect((await run(folder, 'secrets', 'list')).text).toBe('hf/token');
  });

  it('get gives a field, and writes bytes to a file that only the owner reads', async () => {
    const folder = await project({ 'samba/heads': 's3cret\nuser: heads\n' });
    expect((await get(folder, 'samba/heads#user')).text).toBe('heads');
    expect((await get(folder, 'samba/heads#password')).text).toBe('s3cret');
    await expect(get(folder, 'samba/heads#none')).rejects.toThrow('secret/field');
    await run(folder, 'secrets', 'get', 'samba/heads', '--key', ada.privateKey, '--to', 'out.txt');
    expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toBe('s3cret\nuser: heads\n');
    expect(statSync(join(folder, 'out.txt')).mode & 0o777).toBe(0o600);
  });

  it('no option and no argument takes a value', async () => {
    const folder = await project();
    await expect(run(folder, 'secrets', 'set', 'a', 'value')).rejects.toThrow('usage/excess-argument');
    await expect(run(folder, 'secrets', 'set', 'a', '--value', 'x')).rejects.toThrow('usage/unknown-flag');
  });

  it('set refuses what is empty, and names that no program can say', async () => {
    const folder = await project();
    await expect(put(folder, 'a', '\n')).rejects.toThrow('secret/empty');
    await expect(put(folder, '../a', 'x')).rejects.toThrow('secret/name');
    await expect(put(folder, 'a#b', 'x')).rejects.toThrow('secret/name');
  });

  it('rekey lets others in, and says what taking out does not do', async () => {
    const folder = await project({ a: 'one', b: 'two' });
    await expect(get(folder, 'a', bob)).rejects.toThrow('vault/no-key');
    await expect(run(folder, 'secrets', 'rekey', '--add', bob.publicKey, '--key', bob.privateKey)).rejects.toThrow(
      'vault/no-key',
    );
    const { data } = await run(folder, 'secrets', 'rekey', '--add', bob.publicKey, '--key', ada.privateKey);
    expect(data).toMatchObject({ changed: ['a', 'b'], unchanged: 0 });
    expect((await get(folder, 'a', bob)).text).toBe('one');
    const left = await run(folder, 'secrets', 'rekey', '--remove', ada.recipient.fingerprint, '--key', bob.privateKey);
    expect(left.notes).toContain('history of git');
  });

  it('generate and rotate make values of a policy, and rotate keeps the other fields', async () => {
    const folder = await project();
    await run(folder, 'secrets', 'generate', 'db', '--length', '20', '--alphabet', 'hex');
    expect((await get(folder, 'db')).text).toMatch(/^[0-9a-f]{20}$/);
    await expect(run(folder, 'secrets', 'generate', 'db')).rejects.toThrow('secret/exists');
    await put(folder, 'db', 'old\nuser: db\n');
    await run(folder, 'secrets', 'rotate', 'db', '--key', ada.privateKey, '--hash', 'sha512-crypt');
    expect((await get(folder, 'db')).text).toMatch(/^\w{32}\nsha512-crypt: \$6\$\S+\nuser: db$/);
    await expect(run(folder, 'secrets', 'generate', 'pin', '--length', '4')).rejects.toThrow('secret/policy');
  });

  it.skipIf(process.platform === 'win32')('edit hands the value to the editor, and leaves nothing behind', async () => {
    const folder = await project({ a: 'before\n' });
    const former = process.env['VISUAL'];
    const left = () =>
      readdirSync(existsSync('/dev/shm') ? '/dev/shm' : tmpdir()).filter((it) => it.startsWith('phoenix-edit-'));
    const before = left();
    try {
      process.env['VISUAL'] = 'sed -i s/before/after/';
      const edited = await run(folder, 'secrets', 'edit', 'a', '--key', ada.privateKey);
      expect(edited.data).toEqual({ name: 'a', changed: true });
      expect((await get(folder, 'a')).text).toBe('after');
      expect((await run(folder, 'secrets', 'edit', 'a', '--key', ada.privateKey)).data).toMatchObject({
        changed: false,
      });
      process.env['VISUAL'] = 'false';
      await expect(run(folder, 'secrets', 'edit', 'a', '--key', ada.privateKey)).rejects.toThrow('secret/editor');
    } finally {
      if (former === undefined) delete process.env['VISUAL'];
      else process.env['VISUAL'] = former;
    }
    expect(left()).toEqual(before);
  });

  it('rm removes all that are named, or none', async () => {
    const folder = await project({ a: 'one', b: 'two' });
    await expect(run(folder, 'secrets', 'rm', 'a', 'c')).rejects.toThrow('secret/missing');
    expect((await run(folder, 'secrets', 'list')).text).toBe('a\nb');
    await run(folder, 'secrets', 'rm', 'a', 'b');
    expect((await run(folder, 'secrets', 'list')).data).toMatchObject({ secrets: [] });
  });

  it('audit tells who uses what; ensure makes what is declared', async () => {
    const folder = await project({ unused: 'x' });
    const before = await run(folder, 'secrets', 'audit');
    expect(before.code).toBe(1);
    expect(before.data).toMatchObject({
      secrets: [
        {
          name: 'api/key',
          state: 'missing',
          uses: [{ host: 'pve1', stack: 'web', path: 'web/api', resource: 'guest/110' }],
        },
        { name: 'hf/token', state: 'missing' },
        { name: 'spare', state: 'missing', uses: [] },
        { name: 'unused', state: 'unused', age: 0 },
      ],
    });
    const made = await run(folder, 'secrets', 'ensure');
    expect(made.data).toEqual({ made: ['api/key', 'spare'], missing: ['hf/token'] });
    expect((await get(folder, 'api/key')).text).toMatch(/^\w{40}$/);
    const key = readFileSync(join(folder, 'vault/api/key.gpg'), 'utf8');
    expect((await run(folder, 'secrets', 'ensure')).data).toMatchObject({ made: [] });
    expect(readFileSync(join(folder, 'vault/api/key.gpg'), 'utf8')).toBe(key);
    await put(folder, 'hf/token', canary);
    expect(await run(folder, 'secrets', 'audit')).toMatchObject({ code: 0 });
    // what the program declares is made anew without a private key
    await run(folder, 'secrets', 'rotate', 'api/key');
    expect((await get(folder, 'api/key')).text).toMatch(/^\w{40}$/);
    expect(readFileSync(join(folder, 'vault/api/key.gpg'), 'utf8')).not.toBe(key);
  });

  it('synth takes the encrypted files along, says what is missing, and holds no value', async () => {
    const folder = await project({ 'hf/token': canary });
    const { data } = await run(folder, 'synth');
    expect(data).toMatchObject({
      findings: [{ code: 'secret/missing', value: 'api/key', fix: 'phoenix secrets ensure' }],
    });
    expect(readFileSync(join(folder, 'cdk.out/vault/hf/token.asc'), 'utf8')).toBe(
      readFileSync(join(folder, 'vault/hf/token.gpg'), 'utf8'),
    );
    expect(existsSync(join(folder, 'cdk.out/vault/spare.asc'))).toBe(false);
    for (const file of readdirSync(join(folder, 'cdk.out'), { recursive: true, withFileTypes: true })) {
      if (file.isFile()) {
        expect(readFileSync(join(file.parentPath, file.name), 'latin1')).not.toContain(canary);
      }
    }
  });

  it('doctor finds exchanged keys, other recipients, damage, and inside also exchanged files', async () => {
    const folder = await project({ a: 'one', b: 'two' });
    expect(await run(folder, 'secrets', 'doctor', '--key', ada.privateKey)).toMatchObject({
      code: 0,
      data: { findings: [] },
    });
    const vault = join(folder, 'vault');
    writeFileSync(join(vault, 'a.gpg'), readFileSync(join(vault, 'b.gpg')));
    writeFileSync(join(vault, 'c.gpg'), readFileSync(join(vault, 'b.gpg')).subarray(0, 200));
    mkdirSync(join(vault, 'Old'));
    writeFileSync(join(vault, 'Old/Name.gpg'), readFileSync(join(vault, 'b.gpg')));
    const outside = await run(folder, 'secrets', 'doctor');
    expect(outside.data).toMatchObject({
      findings: [{ code: 'vault/damaged', path: 'c' }, { code: 'secret/unnamable' }],
    });
    const inside = await run(folder, 'secrets', 'doctor', '--key', ada.privateKey);
    expect(inside).toMatchObject({ code: 1 });
    expect(inside.data).toMatchObject({ findings: [{ code: 'vault/swapped', path: 'a' }, {}, {}] });
    writeFileSync(join(vault, '.gpg-id'), `${bob.recipient.fingerprint}\n`);
    expect((await run(folder, 'secrets', 'doctor')).text).toContain('vault/unknown-recipient');
    writeFileSync(join(vault, `.public-keys/${bob.recipient.fingerprint}.asc`), bob.recipient.key.armor());
    expect((await run(folder, 'secrets', 'doctor')).text).toContain('vault/other-recipients');
  });

  it('phoenix.json may say where the vault lies', async () => {
    const folder = newProject({ app: program.app, vault: '../elsewhere' });
    await run(folder, 'secrets', 'init', '--recipient', ada.publicKey, '--vault', join(folder, 'mine'));
    writeFileSync(join(folder, 'phoenix.json'), JSON.stringify({ app: program.app, vault: 'mine' }));
    expect((await run(folder, 'secrets', 'ensure')).data).toMatchObject({ made: ['api/key', 'spare'] });
  });

  it('host-key prints commands and runs none', async () => {
    const { text, data } = await run(newProject(), 'secrets', 'host-key', 'pve1');
    expect(text).toContain('--quick-generate-key phoenix@pve1');
    expect(data).toMatchObject({ host: 'pve1' });
    await expect(run(newProject(), 'secrets', 'host-key', 'x; reboot')).rejects.toThrow('usage/invalid-value');
  });

  it('set reads standard input', async () => {
    const folder = await project();
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const tsx = fileURLToPath(new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url));
    const { stdout, status } = spawnSync(process.execPath, ['--import', tsx, main, 'secrets', 'set', 'a'], {
      cwd: folder,
      input: `${canary}\n`,
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([0, 'a: new\n']);
    expect((await get(folder, 'a')).text).toBe(canary);
  });
});
