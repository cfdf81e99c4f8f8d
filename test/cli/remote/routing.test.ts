import { describe, expect, it } from 'vitest';
import { chosenStacks, withStacks, wordsByHost } from '../../../src/cli/remote/routing.js';
import { configStep, smallAssembly } from '../../toolkit/small-assembly.js';

const one = smallAssembly({ stacks: { ai: [configStep(950, '512')], lab: [configStep(951, '512')] } });
/** Guest 950 of stack `ai` on pve1, guest 951 of stack `lab` on pve2. */
const content = { ...one, runbooks: one.runbooks.map((runbook, index) => ({ ...runbook, host: `pve${index + 1}` })) };
const [path = ''] = content.runbooks.map(({ steps }) => steps[0]?.path ?? '');

function routed(verb: string, ...words: string[]): (string | undefined)[] {
  const hosts = ['pve1', 'pve2'];
  return [...wordsByHost(verb, words, hosts, content).values()].map((own) => own?.join(' '));
}

describe('the words for each of several hosts', () => {
  it.each([
    ['plan', ['--fail'], ['--fail', '--fail']],
    ['apply', ['--stack', 'ai'], ['--stack ai', undefined]],
    [
      'apply',
      ['--stack=lab', '--allow-restart', 'guest/950,guest/951'],
      [undefined, '--stack lab --allow-restart guest/951'],
    ],
    ['apply', ['--adopt', 'guest/950'], ['--adopt guest/950', '']],
    ['apply', ['--only', 'guest/950', '--stack', 'lab'], [undefined, undefined]],
    [
      'apply',
      ['--only', 'guest', '--allow-network', 'vmbr0'],
      ['--only guest --allow-network vmbr0', '--only guest --allow-network vmbr0'],
    ],
    ['apply', ['--from', 'guest/951', '--skip', 'guest/950'], [undefined, '--from guest/951']],
    ['apply', ['--only', 'nosuch'], ['--only nosuch', '--only nosuch']],
    ['apply', ['--only'], ['--only', '--only']],
    ['destroy', ['951', '--yes'], [undefined, '951 --yes']],
    ['orphan', ['--all'], ['--all', '--all']],
    ['restore', ['20260612'], ['20260612', '20260612']],
  ])('%s %j', (verb, words, expected) => {
    expect(routed(verb, ...words)).toEqual(expected);
  });

  it('knows things by their paths', () => {
    expect(path).not.toBe('');
    expect(routed('apply', '--only', path)[0]).toBe(`--only ${path}`);
  });

  it('can be about other stacks', () => {
    const words = ['--stack', 'a', '--json', '--only', 'x', '--stack=b,c'];
    expect(chosenStacks(words)).toEqual(['a', 'b', 'c']);
    expect(withStacks(words, ['d'])).toEqual(['--json', '--only', 'x', '--stack', 'd']);
  });
});
