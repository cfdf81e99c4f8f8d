import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replies } from './given.js';
import { evaluate } from './perl.js';
import { root } from './root.js';

test('Small::running says whether a guest runs', async () => {
  const folder = root({ '/proc/net/unix': '@/var/lib/lxc/950/command\n' });
  expect(await replies('Small::running', { root: folder }, '950', 'lxc')).toEqual([['running', '1']]);
  expect(await replies('Small::running', { root: folder }, '951', 'lxc')).toEqual([['running', '0']]);
});

test('Small::hash says the sum of a file, nothing of one that is not there', async () => {
  const folder = root({ '/a': 'abc' });
  const sum = 'a9993e364706816aba3e25717850c26c9cd0d89d';
  expect(await replies('Small::hash', {}, join(folder, 'a'), 'sha1')).toEqual([['hash', sum]]);
  expect(await replies('Small::hash', {}, join(folder, 'b'), 'sha1')).toEqual([['hash', '']]);
});

test('Small::halted keeps what workers say, and tells it to who asks', async () => {
  const session = `my $session = { channel => Channel->new }; Small::halted($session, $_) for @_; Small::halted($session); said($session->{channel})`;
  expect(await evaluate(session, 'no space', 'no log')).toEqual([['halted', 'no space', 'no log']]);
  expect(await replies('Small::halted', {})).toEqual([['halted']]);
});

test('Small::nothing knows no question', async () => {
  await expect(replies('Small::nothing', {})).rejects.toThrow('the engine knows no such question');
});
