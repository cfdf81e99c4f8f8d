import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { evaluate } from './perl.js';

/** Channels with a run that writes to $run; a worker opens its two ends as bash does; what a record said. */
const prelude = `my ($folder) = @_;
  pipe my $in, my $run; pipe my $answers, my $out; select((select($run), $| = 1)[0]);
  my $channels = Channels::new('Channels', $in, $out);
  my $say = sub { my $to = shift; syswrite $to, join "\\0", scalar @_, @_, '' };
  my $open = sub { my ($name) = @_; my ($to, $from) = Channels::open_worker($channels, $name, "$folder/$name");
    sysopen my $write, $to, 1 or die "$to: $!"; sysopen my $read, $from, 0 or die "$from: $!"; return ($write, $read) };
  my $next = sub { my ($channel, $record) = Channels::next_record($channels) or return 'over'; return "$channel->{name}: @$record" };
  my @heard;`;

const heard = async (code: string, folder = temporaryFolder()) => evaluate(`${prelude} ${code}; @heard`, folder);

test('Channels::next_record gives what the run and its workers say, until the run is gone', async () => {
  expect(
    await heard(`my ($w) = $open->('w'); $say->($run, 'ask', 'a'); $say->($run, 'ask', 'b'); push @heard, $next->(), $next->();
      $say->($w, 'ask', 'c'); push @heard, $next->(); close $run; push @heard, $next->()`),
  ).toEqual([': ask a', ': ask b', 'w: ask c', 'over']);
});

test('a worker is answered on its own pipe', async () => {
  expect(
    await heard(`my ($w, $r) = $open->('w'); $say->($w, 'ask'); my ($channel) = Channels::next_record($channels);
      $channel->send_record('end'); $channel->flush; sysread $r, my $answer, 99; push @heard, join '|', split /\\0/, $answer`),
  ).toEqual(['1|end']);
});

test('the pipes of a worker are for this user alone, and gone as soon as it has spoken', async () => {
  const folder = temporaryFolder();
  const names = await heard(
    `my @paths = Channels::open_worker($channels, 'w', "$folder/w"); push @heard, map { s{.*/}{}r . ' ' . (-p $_ ? sprintf '%03o', (stat _)[2] & 0777 : 'no pipe') } @paths;
     sysopen my $w, $paths[0], 1; sysopen my $r, $paths[1], 0; $say->($w, 'x'); $next->()`,
    folder,
  );
  expect(names).toEqual(['w.to 600', 'w.from 600']);
  expect(readdirSync(folder)).toEqual([]);
});

test('a worker that ends in the midst of a word is gone, and nobody waits for it', async () => {
  expect(
    await heard(`my ($w, $r) = $open->('w'); my ($v) = $open->('v'); $say->($w, 'x'); push @heard, $next->(); syswrite $w, "2\\0as"; close $w; close $r;
      push @heard, map { $say->($v, $_); $next->() } qw(y z); push @heard, join ' ', keys %{ $channels->{workers} }`),
  ).toEqual(['w: x', 'v: y', 'v: z', 'v']);
});

test('Channels::readable is the run alone while there are no workers, and else whoever has spoken', async () => {
  expect(
    await heard(`push @heard, map { $_->{name} } Channels::readable($channels); my ($w) = $open->('w'); my ($v) = $open->('v');
      $say->($v, 'x'); push @heard, map { $_->{name} } Channels::readable($channels)`),
  ).toEqual(['', 'v']);
});

test('Channels::hand_over closes our ends of the pipes, and fails for a worker that is gone already', async () => {
  expect(
    await heard(`my @paths = Channels::open_worker($channels, 'w', "$folder/w"); my $channel = $channels->{workers}{w};
      sysopen my $w, $paths[0], 1; sysopen my $r, $paths[1], 0; push @heard, Channels::hand_over($channel), Channels::hand_over($channel), scalar grep { -e } @paths;
      my ($lost) = Channels::open_worker($channels, 'v', "$folder/v"); unlink $lost; push @heard, Channels::hand_over($channels->{workers}{v})`),
  ).toEqual(['1', '1', '0', '0']);
});

test('Channels::close_worker forgets a worker and its pipes, and minds no other', async () => {
  const folder = temporaryFolder();
  const code = `Channels::open_worker($channels, 'w', "$folder/w"); Channels::close_worker($channels, $_) for qw(w w nobody); push @heard, scalar keys %{ $channels->{workers} }`;
  expect(await heard(code, folder)).toEqual(['0']);
  expect(readdirSync(folder)).toEqual([]);
});

test('Channels::open_worker takes the place of pipes that a killed run left', async () => {
  const folder = temporaryFolder();
  const code = `for (1, 2) { my ($w) = $open->('w'); $say->($w, 'x') } push @heard, $next->()`;
  expect(await heard(code, folder)).toEqual(['w: x']);
  await expect(heard(`Channels::open_worker($channels, 'w', "$folder/no/w")`, folder)).rejects.toThrow(
    `cannot make the pipe ${join(folder, 'no/w.to')}: No such file or directory`,
  );
});

test('Channels::clear_left removes pipes of runs before, and Channels::names sees no folder that is not there', async () => {
  const folder = temporaryFolder();
  const left = await evaluate(
    `my ($runs) = @_; require POSIX; mkdir "$runs/r0"; POSIX::mkfifo("$runs/r0/channel-1.to", 0600) or die; open my $log, '>', "$runs/r0/channel-x"; open $log, '>', "$runs/r0.jsonl";
     Channels::clear_left($runs); Channels::clear_left("$runs/none"); (sort { $a cmp $b } Channels::names("$runs/r0"), Channels::names("$runs/none"))`,
    folder,
  );
  expect(left).toEqual(['channel-x']);
});
