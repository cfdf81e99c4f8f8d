import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assetPath } from '../../src/base/package-root.js';
import type { SimulatedRun } from '../../src/testing/simulated-commands.js';
import { Hosts, project, temporaryFolder } from '../cli/remote/hosts.js';
import { plantCanary, Signers, type Who } from '../support/signers.js';
import { describeWithTool } from '../support/tool.js';

let signers: Signers;

/** A host that trusts ada, old and rob, and an assembly signed by somebody, whose applier tells from where it is run. */
class Scene {
  readonly hosts = new Hosts('pve1');
  readonly node = this.hosts.get('pve1');
  /** Below the root of the host: nobody else can write there. */
  readonly folder = this.node.path('/root/cdk.out');
  readonly canary = join(this.hosts.folder, 'canary');

  constructor(who: Who | 'nobody' = 'ada') {
    const made = project({ ai: { host: 'pve1', datasets: ['a'] } });
    mkdirSync(dirname(this.folder), { recursive: true });
    cpSync(join(made, 'cdk.out'), this.folder, { recursive: true });
    plantCanary(this.folder, this.canary);
    for (const trusted of ['ada', 'old', 'rob'] as const) {
      this.node.writeFile(`/etc/phoenix/signers/${trusted}.asc`, signers.publicKey(trusted));
    }
    if (who !== 'nobody') signers.sign(this.folder, who);
  }

  verify(...words: readonly string[]): SimulatedRun {
    return this.node.run([assetPath('remote/phoenix-verify'), ...words]);
  }

  /** Where the applier was run; nothing if it was not. */
  get ranFrom(): string {
    return existsSync(this.canary) ? readFileSync(this.canary, 'utf8').trim() : '';
  }
}

describeWithTool(['gpg', 'gpg-agent'], 'phoenix-verify', () => {
  beforeAll(() => {
    signers = new Signers();
  });
  afterAll(() => signers.close());

  it('runs what is signed, where it lies if nobody else can write there, and says who signed', () => {
    const scene = new Scene();
    expect(scene.verify(scene.folder)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(
        /^signature good \(0x[0-9A-F]{16}\), made 20\d\d-\S+ \S+ UTC; \d+ files as signed\n$/,
      ),
    });
    expect(scene.ranFrom).toBe('');
    const { stdout, status } = scene.verify(scene.folder, 'plan', '--fail');
    expect({ status, stdout }).toEqual({
      status: 3,
      stdout: expect.stringMatching(/ · signature good \(0x[0-9A-F]{16}\) · /),
    });
    expect(scene.ranFrom).toBe(scene.folder);
  });

  it('runs a copy of a folder that others can write to, and keeps no copies for long', () => {
    const scene = new Scene();
    const given = join(temporaryFolder(), 'cdk.out');
    renameSync(scene.folder, given);
    expect(scene.verify(given, 'status').status).toBe(0);
    expect(dirname(scene.ranFrom)).toBe(scene.node.path('/var/lib/phoenix/verified'));
    scene.node.run(['touch', '-d', '1 hour ago', scene.ranFrom]);
    scene.verify(given, 'status');
    expect(existsSync(scene.ranFrom.split('\n')[0] ?? '')).toBe(false);
  });

  it('refuses by name whatever is not as it was signed, and runs nothing', () => {
    const scene = new Scene();
    const at = (path: string) => join(scene.folder, path);
    appendFileSync(at('stacks/ai/runbook.json'), ' ');
    chmodSync(at('runtime/plan/Plan.pm'), 0o755);
    chmodSync(at('runtime/base/Size.pm'), 0o666);
    writeFileSync(at('runtime/evil.bash'), '', { mode: 0o755 });
    writeFileSync(at('\u001b[2K'), '');
    rmSync(at('tree.json'));
    rmSync(at('runtime/base/Tar.pm'));
    symlinkSync('/etc/passwd', at('runtime/base/Tar.pm'));
    const { status, stderr, stdout } = scene.verify(scene.folder, 'apply', '--json');
    expect(stderr.split('\n').slice(0, -3)).toEqual([
      'error  signature/altered',
      expect.stringMatching(/^ +not as 0x[0-9A-F]{16} signed it:$/),
      '         ^[[2K is not of this assembly',
      '         runtime/base/Size.pm has mode 666, not 0644',
      '         runtime/base/Tar.pm is a link or no plain file',
      '         runtime/evil.bash is not of this assembly',
      '         runtime/plan/Plan.pm has mode 755, not 0644',
      '         stacks/ai/runbook.json has other bytes',
      '         tree.json is missing',
    ]);
    expect([status, JSON.parse(stdout)]).toEqual([
      1,
      {
        problems: [
          {
            code: 'signature/altered',
            message: expect.stringMatching(/^not as 0x.*signed it:\n/),
            fix: expect.any(String),
          },
        ],
      },
    ]);
    expect(scene.ranFrom).toBe('');
  });

  it('refuses a manifest that was altered, or that has the signature of another', () => {
    const scene = new Scene();
    const other = new Scene();
    plantCanary(other.folder, other.canary);
    signers.sign(other.folder, 'ada');
    cpSync(join(other.folder, 'manifest.json.asc'), join(scene.folder, 'manifest.json.asc'));
    expect(scene.verify(scene.folder, 'plan')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error {2}signature\/bad\n +manifest.json is not what 0x/),
    });
    appendFileSync(join(other.folder, 'manifest.json'), '\n');
    expect(other.verify(other.folder, 'plan').stderr).toMatch(/^error {2}signature\/bad\n/);
    expect(scene.ranFrom + other.ranFrom).toBe('');
  });

  it.each<[Who | 'nobody', string]>([
    ['nobody', 'signature/missing'],
    ['eve', 'signature/unknown-key'],
    ['old', 'signature/expired-key'],
    ['rob', 'signature/revoked-key'],
  ])('refuses what %s signed: %s', (who, code) => {
    const scene = new Scene(who);
    if (who === 'rob') {
      expect(scene.verify(scene.folder, 'status').status).toBe(0);
      rmSync(scene.canary);
      signers.revokeRob();
      scene.node.writeFile('/etc/phoenix/signers/rob.asc', signers.publicKey('rob'));
    }
    const { status, stderr } = scene.verify(scene.folder, 'plan');
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(`error  ${code}\n`) });
    expect(scene.ranFrom).toBe('');
  });

  it('refuses several signatures, one of the future, one over a weak hash, and what is none', () => {
    const scene = new Scene();
    const place = join(scene.folder, 'manifest.json.asc');
    const refused = () => scene.verify(scene.folder, 'plan').stderr.split('\n').slice(0, 2).join(' ');
    signers.sign(scene.folder, 'ada', { words: ['--local-user', 'eve@example.org'] });
    expect(refused()).toMatch(/^error {2}signature\/(bad +manifest.json.asc holds several|unknown-key)/);
    signers.sign(scene.folder, 'ada', { at: '20990101T000000' });
    expect(refused()).toMatch(/^error {2}signature\/bad +it was signed in the future, 2099-01-01/);
    signers.sign(scene.folder, 'ada', { words: ['--digest-algo', 'SHA1'] });
    expect(refused()).toMatch(/^error {2}signature\//);
    writeFileSync(place, 'no signature');
    expect(refused()).toMatch(/^error {2}signature\/bad +manifest.json.asc is no signature/);
    expect(scene.ranFrom).toBe('');
  });

  it('refuses where nobody is trusted, and where others can say who is', () => {
    const scene = new Scene();
    chmodSync(scene.node.path('/etc/phoenix/signers/ada.asc'), 0o666);
    expect(scene.verify(scene.folder, 'plan').stderr).toMatch(
      /^error {2}signature\/no-signers\n +others than root can write/,
    );
    rmSync(scene.node.path('/etc/phoenix/signers'), { recursive: true });
    expect(scene.verify(scene.folder, 'plan').stderr).toMatch(/^error {2}signature\/no-signers\n +there is no /);
    expect(scene.ranFrom).toBe('');
  });

  it('refuses what was signed before the one that acted last, unless it is told to', () => {
    const scene = new Scene();
    const older = join(scene.folder, '../older');
    cpSync(scene.folder, older, { recursive: true });
    signers.sign(older, 'ada', { at: '20210101T000000' });
    const at = (folder: string, ...words: string[]) => scene.verify(...words.slice(0, -1), folder, ...words.slice(-1));
    expect(at(older, 'plan').status).toBe(0);
    expect(at(scene.folder, 'plan').status).toBe(0);
    expect(at(older, 'plan').status).toBe(0);
    expect(at(scene.folder, 'apply').status).toBe(0);
    expect(at(older, 'plan').stderr).toMatch(
      /^error {2}signature\/older\n +it was signed 2021-01-01 00:00:00 UTC, before the one that acted last/,
    );
    expect(at(older, '--allow-older', 'apply').status).toBe(0);
    expect(at(older, 'plan').status).toBe(0);
    expect(at(scene.folder, 'plan').status).toBe(0);
  });

  it('says how it is used', () => {
    const scene = new Scene();
    expect(scene.verify()).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('phoenix-verify FOLDER VERB FLAG'),
    });
    expect(scene.verify(scene.folder, '--stack').status).toBe(2);
    expect(scene.verify(scene.hosts.folder, 'plan').stderr).toContain('error  assembly/missing');
  });
});
