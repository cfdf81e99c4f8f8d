import { describe, expect, it } from 'vitest';
import { explanationText } from '../../src/cli/print-explain.js';
import { explain } from '../../src/core/explain.js';
import { base, load, withHost } from './folder.js';

const plain = { strong: (text: string) => text, dim: same, bad: same, careful: same, good: same };
function same(text: string): string {
  return text;
}

const files = withHost({
  'defaults/lxc_base.json': { ...base, memory: '1GiB', swap: '1GiB', firewall: { outbound: 'DROP' } },
  'defaults/profile_gpu.json': '{\n  "memory": "24GiB", "tags": ["gpu"]\n}',
  'lxc/950_qwen.json':
    '{\n  "profiles": ["gpu"],\n  "address": "10.0.0.50",\n  "memory": "32GiB",\n  "swap": null,\n  "allowFrom": [{ "peer": "lxc/951", "port": "tcp/8000", "why": "chat" }]\n}',
  'lxc/951_nginx.json': { address: '10.0.0.51', firewall: { rules: [{ macro: 'HTTPS' }] } },
  'vm/300_box.yaml': 'network: lan\naddress: 10.0.0.60\ndisk: {storage: local, size: 8GiB}\nmemory: 4GiB\n',
});
const { described } = load(files).app.synthesize();

describe('the explanation of a guest that files describe', () => {
  it('names each layer that says something of a value, with file, line and column', () => {
    const { values, path } = explain(described, { subject: '950', key: 'memory' });
    expect(path).toBe('guests/qwen');
    expect(
      values[0]?.chain.map(({ layer, value, effect, place }) => [layer, value, effect, place?.file, place?.line]),
    ).toEqual([
      ['built-in default', '512MiB', 'covered', undefined, undefined],
      ['base', '1GiB', 'covered', 'conf.d/defaults/lxc_base.json', 1],
      ['profile gpu', '24GiB', 'covered', 'conf.d/defaults/profile_gpu.json', 2],
      ['guests/qwen', '32GiB', 'wins', 'conf.d/lxc/950_qwen.json', 4],
    ]);
  });

  it('says that a value was taken back', () => {
    const { values } = explain(described, { subject: 'lxc/950', key: 'swap' });
    expect(values[0]?.chain.at(-1)).toMatchObject({ value: null, effect: 'removes', place: { line: 5 } });
  });

  it('is a table of all values, each with the layers that it comes from', () => {
    const text = explanationText(explain(described, { subject: '950' }), plain);
    expect(text).toMatch(/^guests\/qwen {2}guest\/950 {2}LxcContainer$/m);
    expect(text).toMatch(/^ {2}memory +32GiB +conf\.d\/lxc\/950_qwen\.json:4:13$/m);
    expect(text).toMatch(/^ {2}tags +\["gpu"\] +conf\.d\/defaults\/profile_gpu\.json:2:30$/m);
    expect(text).toMatch(/^ {2}onboot +false +built-in default$/m);
    expect(text).not.toContain('additions');
  });

  it.each([
    ['stacks/guests/guests/950/config.conf', /^memory:/, 'memory', 'conf.d/lxc/950_qwen.json'],
    ['stacks/guests/guests/300/config.conf', /^memory:/, 'memory', 'conf.d/vm/300_box.yaml'],
    ['stacks/guests/guests/300/config.conf', /^scsi0:/, 'disk', 'conf.d/vm/300_box.yaml'],
    ['stacks/guests/root/etc/pve/firewall/951.fw', /^IN HTTPS/, 'firewall.rules', 'conf.d/lxc/951_nginx.json'],
    ['stacks/guests/root/etc/pve/firewall/950.fw', /^policy_out/, 'firewall.outbound', 'conf.d/defaults/lxc_base.json'],
  ])('maps a line of %s that begins %s to %s', (artifact, begins, key, file) => {
    const found = explain(described, { artifact, line: lineOf(artifact, begins) });
    const value = found.values.find((each) => each.key === key);
    expect(value?.chain.at(-1)?.place?.file).toBe(file);
  });

  it.each([
    ['ngnix', undefined, 'did you mean guests/nginx?'],
    ['guest/guests/ngnix', undefined, 'did you mean guests/nginx?'],
    ['9500', undefined, 'did you mean guest/950?'],
    ['lxc/ngnix', undefined, 'did you mean guests/nginx?'],
    ['950', 'memry', 'did you mean memory?'],
    ['a-name-like-none', undefined, 'give a VMID, an identity such as storage/local, or a construct path'],
  ])('names what is nearest to %s %s', (subject, key, fix) => {
    const request = key === undefined ? { subject } : { subject, key };
    expect(() => explain(described, request)).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ fix })] }),
    );
  });

  it('names the connection that a rule is there for, at both ends', () => {
    const reason = 'guests/nginx may connect to guests/qwen (tcp/8000): chat';
    const into = 'stacks/guests/root/etc/pve/firewall/950.fw';
    const out = 'stacks/guests/root/etc/pve/firewall/951.fw';
    expect(explain(described, { artifact: into, line: lineOf(into, /^IN ACCEPT/) }).reasons).toEqual([reason]);
    const other = explain(described, { artifact: out, line: lineOf(out, /^OUT ACCEPT/) });
    expect(other.reasons).toEqual([reason]);
    expect(explanationText(other, plain)).toContain(`because ${reason}`);
  });
});

function lineOf(artifact: string, begins: RegExp): number {
  const file = described.flatMap(({ outcome }) => outcome.files).find(({ path }) => artifact.endsWith(`/${path}`));
  return (file?.text.split('\n').findIndex((line) => begins.test(line)) ?? -1) + 1;
}
