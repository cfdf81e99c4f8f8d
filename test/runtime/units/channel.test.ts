import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate } from './perl.js';

const word = fc.oneof(
  fc.constantFrom('', '0', '3', '\n', 'ü', ' '),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => Buffer.from(text.replaceAll('\0', '')).toString()),
);
const records = fc.array(fc.array(word, { maxLength: 4 }), { maxLength: 8 });

/** Writes bytes in pieces of these lengths, and gives the records that were read after each, and what Channel::fill said. */
const inPieces = `my ($bytes, @lengths) = @_;
  pipe my $in, my $out; my $channel = Channel::new('Channel', in => $in);
  my (@read, @filled);
  while ($bytes ne '') {
    my $piece = substr $bytes, 0, shift @lengths // length $bytes, '';
    next if $piece eq '';
    syswrite $out, $piece; push @filled, Channel::fill($channel) ? 1 : 0;
    while (my $record = Channel::record($channel)) { push @read, $record }
  }
  close $out;
  (\\@read, \\@filled, Channel::fill($channel) ? 1 : 0, defined Channel::record($channel) ? 1 : 0)`;

test('records that are cut anywhere on their way arrive whole, in order, and each once', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.array(fc.nat(9), { maxLength: 12 }), async (given, lengths) => {
      const bytes = given.map((one) => [one.length, ...one].map((part) => `${part}\0`).join('')).join('');
      const [read, filled, atEnd, more] = await evaluate(inPieces, bytes, ...lengths);
      expect(read).toEqual(given);
      expect(new Set(filled as number[]).has(0)).toBe(false);
      expect([atEnd, more]).toEqual(['0', '0']);
    }),
  );
});

test('a record that was begun and never ended is none', async () => {
  expect(await evaluate(inPieces, '2\0ask\0wo')).toEqual([[], ['1'], '0', '0']);
  expect(await evaluate(inPieces, '1\0a\x003')).toEqual([[['a']], ['1'], '0', '0']);
});

test('what Channel::send_record writes, Channel::record reads at the other end, without the NULs that no word has', async () => {
  const code = `pipe my $in, my $out; my ($to, $from) = (Channel::new('Channel', out => $out), Channel::new('Channel', in => $in));
    Channel::send_record($to, @$_) for @_; my $sent = Channel::flush($to); Channel::fill($from);
    my @read; while (my $record = Channel::record($from)) { push @read, $record } ($sent, $to->{written}, @read)`;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(word, { maxLength: 4 }), { minLength: 1, maxLength: 8 }), async (given) => {
      expect(await evaluate(code, ...given)).toEqual(['1', '', ...given]);
    }),
  );
  expect(await evaluate(code, ['a\0b', null])).toEqual(['1', '', ['ab', '']]);
});

test('Channel::flush is false when nobody listens any more', async () => {
  const code = `pipe my $in, my $out; close $in; my $c = Channel::new('Channel', out => $out); Channel::send_record($c, 'x'); Channel::flush($c) ? 1 : 0`;
  expect(await evaluate(code)).toEqual(['0']);
});

test('Channel::new holds nothing yet', async () => {
  expect(await evaluate(`my $c = Channel::new('Channel', name => 'w'); ({ %$c }, Channel::record($c))`)).toEqual([
    { name: 'w', buffer: '', words: [], written: '' },
    null,
  ]);
});
