import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { assetPath } from '../../src/base/package-root.js';
import { plantCanary, Signers, type Who } from '../support/signers.js';
import { describeWithTool } from '../support/tool.js';
import { run } from './fixture-project.js';
import { Hosts, on, project } from './remote/hosts.js';

let signers: Signers;

/** A project that lets only ada, old and rob sign. */
function newProject(): string {
  const folder = project({ ai: { host: 'pve1', datasets: ['a'] } });
  for (const who of ['ada', 'old', 'rob'] as const) writeFileSync(join(folder, `${who}.asc`), signers.publicKey(who));
  writeFileSync(join(folder, 'phoenix.json'), JSON.stringify({ signers: ['ada.asc', 'old.asc', 'rob.asc'] }));
  return folder;
}

/** Where the private key of somebody lies. */
function keyOf(who: Who): string {
  const path = join(signers.home.folder, `${who}.key`);
  writeFileSync(path, signers.privateKey(who));
  return path;
}

describeWithTool(['gpg', 'gpg-agent'], 'phoenix sign', () => {
  beforeAll(() => {
    signers = new Signers();
  });
  afterAll(() => signers.close());

  it('signs with a key file what gpg verifies, and says whose signature there is', async () => {
    const folder = newProject();
    const { text } = await run(folder, 'sign', '--key', keyOf('ada'));
    expect(text).toMatch(/^cdk\.out\/manifest\.json\.asc written: 0x[0-9A-F]{16} ada@example\.org, 20/);
    const manifest = join(folder, 'cdk.out/manifest.json');
    signers.home.gpg(['--verify', `${manifest}.asc`, manifest]);
    const { data, text: said } = await run(folder, 'sign', '--check');
    expect(said).toMatch(/^signature good: 0x[0-9A-F]{16} ada@example\.org, 20\S+ · \d+ files as signed$/);
    expect(data).toMatchObject({
      signer: { name: 'ada@example.org', fingerprint: expect.stringMatching(/^[0-9A-F]{40}$/) },
    });
  });

  it('signs with gpg what we verify', async () => {
    const folder = newProject();
    vi.stubEnv('GNUPGHOME', signers.home.folder);
    try {
      await run(folder, 'sign', '--gpg', 'ada@example.org');
    } finally {
      vi.unstubAllEnvs();
    }
    expect((await run(folder, 'sign', '--check', '--signer', join(folder, 'ada.asc'))).code).toBe(0);
  });

  it('says where there is no gpg, and what does without', async () => {
    vi.stubEnv('PATH', '/nowhere');
    try {
      await expect(run(newProject(), 'sign', '--gpg', 'ada')).rejects.toMatchObject({
        problems: [{ message: 'there is no gpg here to sign with', fix: expect.stringContaining('--key FILE') }],
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('asks for a passphrase where the key has one, and takes it from a file', async () => {
    const folder = newProject();
    const { encryptKey, readPrivateKey } = await import('openpgp');
    const privateKey = await readPrivateKey({ armoredKey: signers.privateKey('ada') });
    const locked = join(folder, 'locked.key');
    writeFileSync(locked, (await encryptKey({ privateKey, passphrase: 'open sesame' })).armor());
    writeFileSync(join(folder, 'word'), 'open sesame\n');
    await run(folder, 'sign', '--key', locked, '--passphrase-file', 'word');
    expect((await run(folder, 'sign', '--check')).code).toBe(0);
    writeFileSync(join(folder, 'word'), 'another\n');
    await expect(run(folder, 'sign', '--key', locked, '--passphrase-file', 'word')).rejects.toMatchObject({
      problems: [{ code: 'vault/wrong-passphrase' }],
    });
  });

  it('never signs what is not as it was synthesized, nor without a key that may sign', async () => {
    const folder = newProject();
    await expect(run(folder, 'sign')).rejects.toMatchObject({ problems: [{ code: 'usage/signer' }] });
    await expect(run(folder, 'sign', '--key', keyOf('old'))).rejects.toMatchObject({
      problems: [{ code: 'signature/cannot-sign' }],
    });
    writeFileSync(join(folder, 'cdk.out/tree.json'), '{}');
    await expect(run(folder, 'sign', '--key', keyOf('ada'))).rejects.toMatchObject({
      problems: [{ code: 'assembly/altered' }],
    });
    expect(existsSync(join(folder, 'cdk.out/manifest.json.asc'))).toBe(false);
  });

  it('keeps the signature that is there where the new one is not of a signer, or a file of a signer is missing', async () => {
    const folder = newProject();
    const path = join(folder, 'cdk.out/manifest.json.asc');
    await run(folder, 'sign', '--key', keyOf('ada'));
    const before = readFileSync(path, 'utf8');
    await expect(run(folder, 'sign', '--key', keyOf('eve'))).rejects.toMatchObject({
      problems: [{ code: 'signature/unknown-key' }],
    });
    rmSync(join(folder, 'rob.asc'));
    await expect(run(folder, 'sign', '--key', keyOf('ada'))).rejects.toMatchObject({
      problems: [{ code: 'signature/no-signer' }],
    });
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it('lasts for as long as the assembly is the same', async () => {
    const folder = newProject();
    const stacks = { ai: { host: 'pve1', datasets: ['a'] } };
    await run(folder, 'sign', '--key', keyOf('ada'));
    project(stacks, folder);
    expect((await run(folder, 'sign', '--check')).code).toBe(0);
    project({ ai: { ...stacks.ai, datasets: ['b'] } }, folder);
    await expect(run(folder, 'sign', '--check')).rejects.toMatchObject({ problems: [{ code: 'signature/missing' }] });
  });

  describe('of a project that names who may sign', () => {
    it.each<[Who | 'nobody', string]>([
      ['nobody', 'signature/missing'],
      ['eve', 'signature/unknown-key'],
      ['old', 'signature/expired-key'],
      ['rob', 'signature/revoked-key'],
    ])('is asked for before anything is run or sent: signed by %s, %s', async (who, code) => {
      const hosts = new Hosts('pve1');
      const folder = newProject();
      const canary = join(folder, 'canary');
      plantCanary(join(folder, 'cdk.out'), canary);
      if (who !== 'nobody') signers.sign(join(folder, 'cdk.out'), who);
      if (who === 'rob') {
        signers.revokeRob();
        writeFileSync(join(folder, 'rob.asc'), signers.publicKey('rob'));
      }
      for (const where of [[], ['pve1']]) {
        await expect(on(folder, where, 'apply')).rejects.toMatchObject({ problems: [{ code }] });
      }
      expect(existsSync(canary)).toBe(false);
      expect(existsSync(hosts.store('pve1'))).toBe(false);
    });

    it('has to be over this manifest', async () => {
      const [one, other] = [newProject(), newProject()];
      plantCanary(join(other, 'cdk.out'), join(other, 'canary'));
      for (const folder of [one, other]) signers.sign(join(folder, 'cdk.out'), 'ada');
      cpSync(join(other, 'cdk.out/manifest.json.asc'), join(one, 'cdk.out/manifest.json.asc'));
      await expect(on(one, [], 'apply')).rejects.toMatchObject({
        problems: [{ code: 'signature/bad', message: expect.stringMatching(/^manifest.json is not what 0x/) }],
      });
      writeFileSync(join(one, 'cdk.out/manifest.json.asc'), 'none');
      await expect(on(one, [], 'apply')).rejects.toMatchObject({ problems: [{ code: 'signature/bad' }] });
      rmSync(join(one, 'ada.asc'));
      await expect(on(one, [], 'apply')).rejects.toMatchObject({ problems: [{ code: 'signature/no-signer' }] });
    });

    it('is shown in the head of the plan', async () => {
      new Hosts('pve1');
      const folder = newProject();
      signers.sign(join(folder, 'cdk.out'), 'ada');
      expect((await on(folder, ['pve1'], 'plan')).live.out).toMatch(
        /^host pve1 .* · signature good \(0x[0-9A-F]{16}\) · /,
      );
      rmSync(join(folder, 'phoenix.json'));
      expect((await on(folder, ['pve1'], 'plan')).live.out).toMatch(/^host pve1 .* · signature not checked · /);
    });
  });

  describe('for a host that trusts somebody', () => {
    function hostThatAsks(): Hosts {
      const hosts = new Hosts('pve1');
      hosts.get('pve1').writeFile('/etc/phoenix/signers/ada.asc', signers.publicKey('ada'));
      return hosts;
    }

    function install(hosts: Hosts): void {
      const place = hosts.get('pve1').path('/usr/local/sbin/phoenix-verify');
      mkdirSync(dirname(place), { recursive: true });
      cpSync(assetPath('remote/phoenix-verify'), place);
    }

    it('is asked for by the host itself, whatever the project says', async () => {
      const hosts = hostThatAsks();
      const folder = project({ ai: { host: 'pve1', datasets: ['a'] } });
      expect((await on(folder, ['pve1'], 'apply')).live.err).toContain('signature/no-verifier');
      install(hosts);
      const canary = join(folder, 'canary');
      plantCanary(join(folder, 'cdk.out'), canary);
      const refused = await on(folder, ['pve1'], 'apply');
      expect({ code: refused.code, err: refused.live.err }).toEqual({
        code: 1,
        err: expect.stringContaining('error  signature/missing\n'),
      });
      signers.sign(join(folder, 'cdk.out'), 'eve');
      expect((await on(folder, ['pve1'], 'plan', '--json')).data).toMatchObject({
        hosts: [{ runs: [{ code: 1, result: { problems: [{ code: 'signature/unknown-key' }] } }] }],
      });
      expect([existsSync(canary), existsSync(join(hosts.store('pve1'), 'current'))]).toEqual([false, false]);
      signers.sign(join(folder, 'cdk.out'), 'ada');
      expect((await on(folder, ['pve1'], 'plan')).live.out).toMatch(
        /^host pve1 .* · signature good \(0x[0-9A-F]{16}\) · /,
      );
      expect(await on(folder, ['pve1'], 'apply')).toMatchObject({
        code: 0,
        live: { out: expect.stringContaining('1 created') },
      });
      expect(readFileSync(canary, 'utf8')).toContain(hosts.store('pve1'));
    });

    it('may not be older than the one that acted last, unless somebody says so', async () => {
      const hosts = hostThatAsks();
      install(hosts);
      const folder = project({ ai: { host: 'pve1', datasets: ['a'] } });
      signers.sign(join(folder, 'cdk.out'), 'ada');
      expect((await on(folder, ['pve1'], 'apply')).code).toBe(0);
      signers.sign(join(folder, 'cdk.out'), 'ada', { at: '20210101T000000' });
      expect((await on(folder, ['pve1'], 'apply')).live.err).toContain('error  signature/older\n');
      expect((await on(folder, ['pve1'], 'apply', '--allow-older')).code).toBe(0);
    });
  });
});
