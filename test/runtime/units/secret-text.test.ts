import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hasTool } from '../../setup/debian-tools.js';
import { temporaryFolder } from '../bench.js';
import { call, evaluate } from './perl.js';

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

const written = async (encoding: string, value: string) =>
  String((await call('SecretText::written', encoding, value)) ?? '');
const allWritten = (encoding: string, values: readonly string[]) =>
  Promise.all(values.map((value) => written(encoding, value)));

describe('a secret in a file', () => {
  it('is itself again in JSON, for node and for YAML 1.2', async () => {
    const value = fc
      .oneof(fc.constantFrom(...hostile), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }))
      .map((text) => Buffer.from(text.replaceAll('\0', '')).toString());
    await fc.assert(
      fc.asyncProperty(value, async (given) => {
        expect(JSON.parse(`{"a": "${await written('json', given)}"}`)).toEqual({ a: given });
        expect(parse(`a: "${await written('yaml', given)}"`)).toEqual({ a: given });
      }),
    );
  });

  it.skipIf(!hasPythonYaml())('is itself again for the YAML 1.1 of Python', async () => {
    const text = (await allWritten('yaml', hostile)).map((value) => `- "${value}"\n`).join('');
    const program = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin.read())))';
    expect(JSON.parse(execFileSync('python3', ['-c', program], { input: text, encoding: 'utf8' }))).toEqual(hostile);
  });

  it.skipIf(!hasTool('bash')).each(['bash', 'sh'])('is itself again for %s', async (shell) => {
    const file = join(temporaryFolder(), 'env');
    writeFileSync(file, (await allWritten('env', hostile)).map((value, index) => `A${index}="${value}"\n`).join(''));
    const shown = hostile.map((_, index) => `printf '%s\\0' "$A${index}"`).join('; ');
    const read = execFileSync(shell, ['-c', `. "$1"; ${shown}`, shell, file], { encoding: 'utf8' });
    expect(read.split('\0').slice(0, -1)).toEqual(hostile);
  });

  const generator = '/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator';
  it.skipIf(spawnSync(generator, { input: '' }).status !== 0)(
    'is itself again for the environment files of systemd',
    async () => {
      // the one reader of such files that runs without a manager also expands variables, which EnvironmentFile= does not,
      // and prints one variable a line
      const values = hostile.filter((value) => !/\$|\n|bell/.test(value));
      const folder = temporaryFolder();
      const config = join(folder, 'config');
      mkdirSync(join(config, 'environment.d'), { recursive: true });
      const lines = (await allWritten('env', values)).map((value, index) => `PHOENIX_TEST_${index}="${value}"\n`);
      writeFileSync(join(config, 'environment.d', 'a.conf'), lines.join(''));
      const printed = execFileSync(generator, { env: { XDG_CONFIG_HOME: config, HOME: folder }, encoding: 'utf8' });
      // it prints words as a shell takes them
      const script = `${printed}\nprintf '%s\\0' "\${!PHOENIX_TEST_@}"; for n in "\${!PHOENIX_TEST_@}"; do printf '%s\\0' "\${!n}"; done`;
      const read = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\0');
      const byName = Object.fromEntries(
        read.slice(0, values.length).map((name, index) => [name, read[values.length + index]]),
      );
      expect(byName).toEqual(Object.fromEntries(values.map((value, index) => [`PHOENIX_TEST_${index}`, value])));
    },
  );

  it.skipIf(!hasTool('systemd-analyze'))('is itself again in a unit of systemd', async () => {
    const unit = join(temporaryFolder(), 'x.service');
    const lines = (await allWritten('systemd', hostile)).map((value, index) => `Environment="A${index}=${value}"\n`);
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

  it('stays as it is where nothing is asked for, whatever its bytes are', async () => {
    expect(await evaluate(`unpack 'H*', SecretText::written('raw', shift)`, { $bytes: '00ff0a0d22' })).toEqual([
      '00ff0a0d22',
    ]);
  });

  it.each(['json', 'yaml', 'env', 'systemd'])(
    'is refused in %s if it is no text, and not repeated',
    async (encoding) => {
      for (const bytes of ['68757368ff', '6875736800']) {
        const refused = call('SecretText::written', encoding, { $bytes: bytes });
        await expect(refused).rejects.toThrow(/^it (is no UTF-8 text|holds a NUL)/);
        await expect(refused).rejects.not.toThrow(/hush/);
      }
    },
  );

  it('is refused in an encoding that nobody knows', async () => {
    await expect(call('SecretText::written', 'toml', 'hush')).rejects.toThrow(/^nobody knows the encoding toml\n$/);
  });
});

describe('a field of a secret', () => {
  const content = 's3cret\nuser: heads\nurl :  https://x/?a: b  \nempty:\n';
  it.each([
    ['password', 's3cret'],
    ['user', 'heads'],
    ['url', 'https://x/?a: b'],
  ])('%s is found in the layout of pass', async (field, value) => {
    expect(await call('SecretText::field', content, field)).toBe(value);
  });

  it('is all but the last line end where none is named', async () => {
    expect(await call('SecretText::field', 'a\nb\n\n')).toBe('a\nb\n');
    expect(await call('SecretText::field', 'a\r\n')).toBe('a');
  });

  it.each([
    ['pass', content, /^it has no field pass\n$/],
    ['empty', content, /^it has no field empty\n$/],
    ['s3cret', content, /^it has no field s3cret\n$/],
    ['password', '\nuser: x\n', /^its first line, which is the password, is empty\n$/],
    ['password', '', /^its first line, which is the password, is empty\n$/],
    [undefined, '\n', /^it is empty\n$/],
  ])('%s is refused without a word of the value if there is none', async (field, text, why) => {
    await expect(call('SecretText::field', text, field)).rejects.toThrow(why);
  });
});

describe('the ways to write a secret', () => {
  it.each([
    ['SecretText::quoted_json', 'a"\\\n\u007f', 'a\\"\\\\\\u000a\\u007f'],
    ['SecretText::quoted_yaml', 'a"\\\n', 'a\\"\\\\\\x0a'],
    ['SecretText::quoted_env', '"$`\\%\n', '\\"\\$\\`\\\\%\n'],
    ['SecretText::quoted_systemd', '"$%\n', '\\"$%%\\x0a'],
  ])('%s of %j', async (name, text, expected) => {
    expect(await call(name, text)).toBe(expected);
  });

  it.each([
    [0x0a, '\\x0a'],
    [0x100, '\\u0100'],
    [0x1f511, '\\U0001f511'],
  ])('SecretText::yaml_code of %d', async (code, expected) => {
    expect(await call('SecretText::yaml_code', code)).toBe(expected);
  });

  it('SecretText::text gives characters, and SecretText::bytes takes them back', async () => {
    expect(await evaluate(`my $t = SecretText::text(shift); (length $t, SecretText::bytes($t))`, 'ü🔑')).toEqual([
      '2',
      'ü🔑',
    ]);
  });
});

function hasPythonYaml(): boolean {
  return spawnSync('python3', ['-c', 'import yaml']).status === 0;
}
