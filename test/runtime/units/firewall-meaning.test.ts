import { expect, test } from 'vitest';
import { call, holds } from './perl.js';

test.each([
  [
    'blank lines and the order of options',
    '[OPTIONS]\n\nenable: 1\nlog_level_in: nolog\n',
    '[options]\nlog_level_in: nolog\nEnable: 1\n',
    true,
  ],
  ['what holds where it is not said', '[OPTIONS]\nenable: 0\npolicy_in: DROP\n', '', true],
  ['a policy', '[OPTIONS]\npolicy_in: ACCEPT\n', '', false],
  ['the order of names', '[ALIASES]\nA 1\nb 2\n', '[ALIASES]\nb 2\na 1\n', true],
  ['the order of rules', '[RULES]\nIN ACCEPT\nIN DROP\n', '[RULES]\nIN DROP\nIN ACCEPT\n', false],
  [
    'the order of a rule’s options',
    '[RULES]\nin ACCEPT -p tcp -dport 22\n',
    '[RULES]\nIN ACCEPT -dport 22 -p tcp\n',
    true,
  ],
  ['a comment of a rule', '[RULES]\nIN ACCEPT # a\n', '[RULES]\nIN ACCEPT # b\n', false],
  ['an empty comment', '[RULES]\nIN ACCEPT #\n', '[RULES]\nIN ACCEPT\n', true],
  ['lines that are comments', '# a\n[RULES]\n# b\nIN ACCEPT\n', '[RULES]\nIN ACCEPT\n', true],
  ['members of a set', '[IPSET x]\n1.1.1.1\n! 2.2.2.2\n', '[ipset x]\n!2.2.2.2\n1.1.1.1\n', true],
  ['the note of a set', '[IPSET x] # a\n1.1.1.1\n', '[IPSET x]\n1.1.1.1\n', false],
  ['a line outside of sections', 'IN ACCEPT\n', '', false],
])('FirewallMeaning::same compares %s', async (_, one, other, same) => {
  expect(await holds('FirewallMeaning::same', one, other)).toBe(same);
});

test('FirewallMeaning::meaning is one text of options, names and rules', async () => {
  expect(await call('FirewallMeaning::meaning', '[RULES]\nOUT DROP\n[IPSET b] # n\n2\n1\n[OPTIONS]\nenable: 1\n')).toBe(
    'enable: 1\npolicy_in: DROP\npolicy_out: ACCEPT\n[ipset b]\n# n\n1\n2\n[rules]\nOUT DROP',
  );
});

test.each([
  ['in ACCEPT -p tcp -dest 10.0.0.1', 'IN ACCEPT -dest 10.0.0.1 -p tcp'],
  ['|IN ACCEPT # note', '|IN ACCEPT # note'],
  ['GROUP web', 'GROUP web'],
  ['IN ACCEPT -p tcp -log', 'IN ACCEPT lost -p tcp -log'],
])('FirewallMeaning::rule reads %s', async (line, expected) => {
  expect(await call('FirewallMeaning::rule', line)).toBe(expected);
});

test.each([
  ['a b # c', 'A B # c'],
  ['a b #', 'A B'],
  ['a b', 'A B'],
  ['# c', ' # c'],
])('FirewallMeaning::with_comment changes all of %j but the comment', async (line, expected) => {
  expect(await call('FirewallMeaning::with_comment', line, { $code: 'sub { uc $_[0] }' })).toBe(expected);
});

test('FirewallMeaning::lcfirst_word and FirewallMeaning::plain', async () => {
  expect(await call('FirewallMeaning::lcfirst_word', 'Office Net')).toBe('office Net');
  expect(await call('FirewallMeaning::plain', '\t a  b \n')).toBe('a b');
});
