import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { adoptedProgram } from '../../../src/toolkit/adopt/program.js';
import { readHost } from '../../../src/toolkit/adopt/read-host.js';
import { codesOf } from '../../support/small-host.js';
import { fixtures } from './host-fixture.js';

const repository = join(import.meta.dirname, '../../..');

/** A folder with these files. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'host-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const container = (vmid: number, name: string, more = '') =>
  `arch: amd64\nhostname: ${name}\nmemory: 512\nrootfs: local-zfs:subvol-${vmid}-disk-0,size=4G\nswap: 512\nunprivileged: 1\n${more}`;

const programOf = (files: Readonly<Record<string, string>>) => adoptedProgram(readHost(folderOf(files)), 'x').text;

describe('an adopted program', () => {
  const { text } = adoptedProgram(readHost(join(fixtures, 'one')), 'adopted');

  test('is laid out as a formatter does', () => {
    const biome = join(repository, 'node_modules/.bin/biome');
    const words = ['format', '--stdin-file-path', 'src/main.ts', '--vcs-enabled=false'];
    const { stdout, stderr } = spawnSync(biome, words, { cwd: repository, input: text, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toBe(text);
  });

  test('compiles under the strictest rules, with nothing unused', { timeout: 180_000 }, () => {
    const folder = folderOf({ 'main.ts': text });
    const extended = join(repository, 'tsconfig.json');
    const paths = { 'phoenix-cdk': [join(repository, 'src/index.ts')] };
    const options = { noEmit: true, incremental: false, typeRoots: [join(repository, 'node_modules/@types')], paths };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: extended, compilerOptions: options, include: ['main.ts'] }),
    );
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const tsc = join(repository, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  test('is the same for the same files', () => {
    expect(adoptedProgram(readHost(join(fixtures, 'one')), 'adopted').text).toBe(text);
  });

  test('holds no secret of the files', () => {
    expect(text).not.toContain('$5$abc');
  });
});

describe('what a copy of a host may look like', () => {
  test('guests alone are enough; what they do not say is left to be filled in', () => {
    const program = programOf({ 'lxc/101.conf': container(101, 'web') });
    expect(program).toContain('TODO: the address of the host');
    expect(program).toContain('TODO: the release');
    expect(program).toContain("new LxcContainer(guests, 'web', {");
  });

  test('nodes of a cluster each have their stack; names that occur twice are told apart', () => {
    const program = programOf({
      'pve/nodes/alpha/lxc/101.conf': container(101, 'web', 'onboot: 1\ntags: a\n'),
      'pve/nodes/beta/lxc/102.conf': container(
        102,
        'class',
        'net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp\n',
      ),
      'pve/nodes/beta/lxc/103.conf': container(103, 'class', 'lxc.cap.drop: mknod\n'),
      'pve/corosync.conf':
        'nodelist {\n  node {\n    name: alpha\n    ring0_addr: 10.0.0.1\n  }\n  node {\n    name: beta\n    ring0_addr: 10.0.0.2\n  }\n}\ntotem {\n  cluster_name: lab\n}\n',
      'alpha/etc/network/interfaces': 'iface vmbr0 inet static\n\taddress 10.9.0.4/24\n\tgateway 10.9.0.254\n',
    });
    expect(program).toContain("new PveNode(app, 'alpha', { address: '10.9.0.4'");
    expect(program).toContain("new PveNode(app, 'beta', { address: '10.0.0.2'");
    expect(program).toContain("const alphaGuests = new Stack(app, 'alpha-guests', { host: alpha });");
    expect(program).toContain("const betaLocalZfs = Storage.fromName(beta, 'local-zfs');");
    expect(program).toContain("const class103 = new LxcContainer(betaGuests, 'class-103', {");
  });

  test.each([
    ['adopt/nothing', { README: 'nothing' }],
    ['adopt/several-hosts', { 'one/etc/pve/lxc/101.conf': '', 'two/etc/pve/lxc/101.conf': '' }],
    ['adopt/vmid-twice', { 'nodes/a/lxc/101.conf': container(101, 'a'), 'nodes/b/qemu-server/101.conf': '' }],
  ])('%s is said of what no program can be made from', (code, files) => {
    expect(codesOf(() => readHost(folderOf(files)))).toEqual([code]);
  });

  test('a file that holds no facts, and what is not there, are refused', () => {
    expect(codesOf(() => readHost(join(folderOf({ 'x.json': '{}' }), 'x.json')))).toContain('facts/invalid');
    expect(codesOf(() => readHost('/does/not/exist'))).toEqual(['adopt/no-folder']);
  });
});
