import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemsText } from '../../src/cli/print-problems.js';
import { styleOf } from '../../src/cli/style.js';
import { ConfigDirectory } from '../../src/conf/config-directory.js';
import { App } from '../../src/core/app.js';
import { problemsOf } from '../support/small-host.js';
import { artifact, load, rootWith, withHost, wrongWith } from './folder.js';

const guest = 'lxc/101_a.json';
const guestYaml = 'lxc/101_a.yaml';

describe('the text of a config file', () => {
  it.each([
    ['a mark of byte order', guest, '\uFEFF{ "address": "10.0.0.50", "cores": 3 }'],
    ['comments and commas behind the last value', guest, '{ /* a */ "address": "10.0.0.50", // b\n "cores": 3, }'],
    ['tabs between words', guest, '{\t"address":\t"10.0.0.50",\r\n\t"cores": 3\r\n}\r\n'],
    ['`$schema`', guest, '{ "$schema": "https://x/lxc.json", "address": "10.0.0.50", "cores": 3 }'],
    ['the ending .yml', 'lxc/101_a.yml', 'address: 10.0.0.50\ncores: 3'],
    ['JSON in YAML', guestYaml, '{ "address": "10.0.0.50", "cores": 3 }'],
  ])('may have %s', (_what, file, text) => {
    expect(artifact(load(withHost({ [file]: text })).app, 'guests/101/config.conf')).toContain('cores: 3');
  });

  it.each([
    ['anchors and aliases', guestYaml, 'address: &a dhcp\nhostname: *a', 'conf/yaml-feature conf.d/lxc/101_a.yaml:1:'],
    ['merge keys', guestYaml, 'address: dhcp\n<<: {cores: 1}', 'conf/yaml-feature conf.d/lxc/101_a.yaml:2:1'],
    ['tags of its own', guestYaml, 'address: !ip dhcp', 'conf/yaml-feature conf.d/lxc/101_a.yaml:1:'],
    ['tabs for indentation', guestYaml, 'address: dhcp\nrootfs:\n\tsize: 8GiB', 'conf/syntax conf.d/lxc/101_a.yaml:3:'],
    ['a second document', guestYaml, 'address: dhcp\n---\ncores: 1', 'conf/syntax conf.d/lxc/101_a.yaml:2:'],
    ['a key without a value', guestYaml, 'address: dhcp\nmemory:', 'conf/syntax conf.d/lxc/101_a.yaml:2:1'],
    [
      'a key twice, deep down',
      guest,
      '{"rootfs": {"size": "1GiB", "size": "2GiB"}}',
      'conf/key-twice conf.d/lxc/101_a.json:1:29',
    ],
    ['a number that is none', guest, '{"address": "dhcp", "cores": 0x10}', 'conf/syntax conf.d/lxc/101_a.json:1:'],
    ['a list', guest, '[]', 'conf/no-object conf.d/lxc/101_a.json:1:1'],
    ['nothing', guest, ' \n', 'conf/syntax conf.d/lxc/101_a.json:1:'],
    ['65 levels', guest, `{"a":${'['.repeat(64)}${']'.repeat(64)}}`, 'conf/too-deep conf.d/lxc/101_a.json:1:'],
    ['100,000 levels', guest, `{"a":${'['.repeat(100_000)}`, 'conf/too-deep conf.d/lxc/101_a.json:1:'],
    ['100,000 levels of YAML', guestYaml, `a: ${'['.repeat(100_000)}`, 'conf/too-deep conf.d/lxc/101_a.yaml:1:'],
    ['100,000 levels of lists', guestYaml, `a:\n  ${'- '.repeat(100_000)}x`, 'conf/too-deep conf.d/lxc/101_a.yaml:2:'],
    ['more than 1 MiB', guest, `{"hostname": "${'a'.repeat(1_048_576)}"}`, 'conf/too-large conf.d/lxc/101_a.json'],
  ])('may not have %s', (_what, file, text, expected) => {
    const found = wrongWith(withHost({ [file]: text }));
    expect(found[0]?.slice(0, 300)).toContain(expected);
    expect(new Set(found.map((each) => each.split(' ')[0])).size).toBe(1);
  });

  it('is UTF-8', () => {
    const root = rootWith(withHost({ [guest]: '{}' }));
    writeFileSync(join(root, 'conf.d', guest), Buffer.from('{"hostname": "\xe4"}', 'latin1'));
    expect(codes(root)).toEqual(['conf/encoding']);
  });

  it('may be a link within the folder, and none that leads out or to nothing', () => {
    const root = rootWith(
      withHost({ 'files/shared.json': '{ "address": "10.0.0.50", "cores": 3 }', 'lxc/README.md': '' }),
    );
    symlinkSync('../files/shared.json', join(root, 'conf.d/lxc/101_a.json'));
    expect(codes(root)).toEqual([]);
    writeFileSync(join(root, 'outside.json'), '{}');
    symlinkSync('../../outside.json', join(root, 'conf.d/lxc/102_b.json'));
    symlinkSync('nothing.json', join(root, 'conf.d/lxc/103_c.json'));
    expect(codes(root)).toEqual(['conf/outside', 'conf/unreadable']);
  });

  it('is never waited for', () => {
    const root = rootWith(withHost({ 'lxc/README.md': '' }));
    const made = spawnSync('mkfifo', [join(root, 'conf.d/lxc/101_a.json')]);
    expect(made.status).toBe(0);
    expect(codes(root)).toEqual(['conf/unreadable']);
  });
});

describe('what is wrong with config files, told to people', () => {
  it('has the line, and carets below the value', () => {
    const files = withHost({ [guest]: '{\n  "address": "dhcp",\n  "memory": "24GB",\n}' });
    const problems = problemsOf(() => load(files));
    expect(problemsText(problems, styleOf(false)).split('\n')).toEqual([
      'error  config/wrong-value  conf.d/lxc/101_a.json:3:13',
      '       3 |   "memory": "24GB",',
      '         |             ^^^^^^',
      expect.stringContaining('`memory` is "24GB", expected a size'),
      "       → did you mean '24GiB'?",
    ]);
    expect(problems[0]).toMatchObject({ place: { file: 'conf.d/lxc/101_a.json', line: 3, column: 13 } });
  });

  it('shows the part of a long line that the place is in', () => {
    const problems = problemsOf(() => load(withHost({ [guest]: `{"hostname": "${'a'.repeat(400)}", "coores": 1}` })));
    const problem = problems.find(({ code }) => code === 'config/unknown-key');
    expect(problem?.place?.excerpt.split('\n')[0]?.length).toBeLessThan(110);
    expect(problem?.place?.excerpt).toMatch(/"coores": 1}\n.*\^{8}$/);
  });

  it('has a place in a file also where layers and guests together are wrong', () => {
    const files = withHost({
      'lxc/101_a.json': '{ "address": "10.0.0.50" }',
      'lxc/102_b.json': '{\n  "address": "10.0.0.50"\n}',
    });
    const problems = problemsOf(() => load(files).app.synthesize());
    expect(problems).toMatchObject([{ code: 'address/taken-twice', place: { file: 'conf.d/lxc/102_b.json' } }]);
  });
});

function codes(root: string): string[] {
  const app = new App({ name: 'test', root });
  return problemsOf(() => ConfigDirectory.load(app, 'conf.d')).map(({ code }) => code);
}
