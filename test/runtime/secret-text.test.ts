import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hasTool } from '../setup/debian-tools.js';
import { runtimeFolder } from './bench.js';

const hostile = [
  'plain',
  'two words',
  `both "double" and 'single'`,
  'back\\slash\\',
  '$HOME ${HOME} `id` $(id) !1 %h %%',
  'first\nsecond\r\nthird\ttab',
  'ümläut 🔑 \u2028 \u0085 \ufeff end',
  '# no comment: - {a: [b]}',
  ' blanks around ',
  'bell\u0007 escape\u001b delete\u007f',
  '@@phoenix-secret:raw:other@@',
];

describe('a secret in a file', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'phoenix-secret-text-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(hostile)('%j is itself again in JSON, for node and for YAML 1.2', (value) => {
    const text = `{"a": "${written('json', value)}"}`;
    expect(JSON.parse(text)).toEqual({ a: value });
    expect(parse(`a: "${written('yaml', value)}"`)).toEqual({ a: value });
  });

  it.skipIf(!hasPythonYaml())('is itself again for the YAML 1.1 of Python', () => {
    const text = hostile.map((value) => `- "${written('yaml', value)}"\n`).join('');
    const program = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin.read())))';
    expect(JSON.parse(execFileSync('python3', ['-c', program], { input: text, encoding: 'utf8' }))).toEqual(hostile);
  });

  it.skipIf(!hasTool('bash')).each(hostile)('%j is itself again for bash and for sh', (value) => {
    const file = join(folder, 'env');
    writeFileSync(file, `A="${written('env', value)}"\n`);
    for (const shell of ['bash', 'sh']) {
      expect(execFileSync(shell, ['-c', `. "$1"; printf %s "$A"`, shell, file], { encoding: 'utf8' })).toBe(value);
    }
  });

  const generator = '/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator';
  it.skipIf(spawnSync(generator, { input: '' }).status !== 0)(
    'is itself again for the environment files of systemd',
    () => {
      // the one reader of such files that runs without a manager also expands variables, which EnvironmentFile= does not,
      // and prints one variable a line
      const values = hostile.filter((value) => !/\$|\n|bell/.test(value));
      const config = join(folder, 'config');
      mkdirSync(join(config, 'environment.d'), { recursive: true });
      writeFileSync(
        join(config, 'environment.d', 'a.conf'),
        values.map((value, index) => `PHOENIX_TEST_${index}="${written('env', value)}"\n`).join(''),
      );
      const printed = execFileSync(generator, { env: { XDG_CONFIG_HOME: config, HOME: folder }, encoding: 'utf8' });
      // it prints words as a shell takes them
      const read = execFileSync(
        'bash',
        [
          '-c',
          `${printed}\nprintf '%s\\0' "\${!PHOENIX_TEST_@}"; for n in "\${!PHOENIX_TEST_@}"; do printf '%s\\0' "\${!n}"; done`,
        ],
        { encoding: 'utf8' },
      ).split('\0');
      const byName = Object.fromEntries(
        read.slice(0, values.length).map((name, index) => [name, read[values.length + index]]),
      );
      expect(byName).toEqual(Object.fromEntries(values.map((value, index) => [`PHOENIX_TEST_${index}`, value])));
    },
  );

  it.skipIf(!hasTool('systemd-analyze'))('is itself again in a unit of systemd', () => {
    const unit = join(folder, 'x.service');
    const lines = hostile.map((value, index) => `Environment="A${index}=${written('systemd', value)}"\n`);
    writeFileSync(unit, `[Service]\nExecStart=/bin/true\n${lines.join('')}`);
    // it shows what it read where it is asked to say everything
    const env = { ...process.env, SYSTEMD_LOG_LEVEL: 'debug' };
    const shown = spawnSync('systemd-analyze', ['verify', unit], { env, encoding: 'utf8' }).stdout;
    const values = hostile.map((_, index) => {
      const [, rest = ''] = shown.split(`\t\tEnvironment: A${index}=`);
      return rest.slice(0, rest.search(/\n\t\t[A-Z]\w+: /));
    });
    expect(values).toEqual(hostile);
  });

  it('stays as it is where nothing is asked for, whatever its bytes are', () => {
    const bytes = Buffer.from([0, 255, 10, 13, 34]);
    expect(perl('written', ['raw'], bytes)).toEqual(bytes);
  });

  it.each(['json', 'yaml', 'env', 'systemd'])('is refused in %s if it is no text, and not repeated', (encoding) => {
    for (const bytes of [Buffer.from([104, 117, 115, 104, 255]), Buffer.from('hush\0')]) {
      const { status, stderr } = start('written', [encoding], bytes);
      expect(status).not.toBe(0);
      expect(stderr).toMatch(/no UTF-8 text|holds a NUL/);
      expect(stderr).not.toContain('hus');
    }
  });
});

describe('a field of a secret', () => {
  const content = 's3cret\nuser: heads\nurl :  https://x/?a: b  \nempty:\n';
  it.each([
    ['password', 's3cret'],
    ['user', 'heads'],
    ['url', 'https://x/?a: b'],
  ])('%s is found in the layout of pass', (field, value) => {
    expect(String(perl('field', [field], Buffer.from(content)))).toBe(value);
  });

  it('is all but the last line end where none is named', () => {
    expect(String(perl('field', [], Buffer.from('a\nb\n\n')))).toBe('a\nb\n');
    expect(String(perl('field', [], Buffer.from('a\r\n')))).toBe('a');
  });

  it.each([
    ['pass', content],
    ['empty', content],
    ['s3cret', content],
    ['password', '\nuser: x\n'],
  ])('is refused without a word of the value if there is none: %s', (field, text) => {
    const { status, stderr } = start('field', [field], Buffer.from(text));
    expect(status).not.toBe(0);
    expect(stderr).not.toMatch(/heads|https/);
  });

  it('is refused if the secret is empty', () => {
    expect(start('field', [], Buffer.from('\n')).stderr).toContain('empty');
    expect(start('field', ['password'], Buffer.from('')).stderr).toContain('empty');
  });
});

function written(encoding: string, value: string): string {
  return String(perl('written', [encoding], Buffer.from(value)));
}

function perl(name: string, words: readonly string[], value: Buffer): Buffer {
  const { status, stdout, stderr } = start(name, words, value);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

function start(name: string, words: readonly string[], value: Buffer) {
  const call = name === 'written' ? 'SecretText::written($ARGV[0], $v)' : 'SecretText::field($v, $ARGV[0])';
  const program = `binmode STDIN; binmode STDOUT; local $/; my $v = <STDIN> // ''; print ${call};`;
  const result = spawnSync('perl', [`-I${runtimeFolder}`, '-MSecretText', '-e', program, ...words], { input: value });
  return { status: result.status, stdout: result.stdout, stderr: String(result.stderr) };
}

function hasPythonYaml(): boolean {
  return spawnSync('python3', ['-c', 'import yaml']).status === 0;
}
