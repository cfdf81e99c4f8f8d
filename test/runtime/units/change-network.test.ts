import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { host, look, step } from './given.js';
import { evaluate } from './perl.js';
import { root } from './root.js';

const file = 'etc/network/interfaces';
const guard = 'var/lib/phoenix/.network-guard';
const former = 'auto lo\niface lo inet loopback\n';
const given = step(
  'network',
  's',
  '--management',
  '10.0.0.13',
  '--interface',
  'vmbr1',
  1,
  '--stanza',
  'inet',
  'manual',
  '--set',
  'bridge-ports',
  'none',
);
const wanted = `${former}\nauto vmbr1\niface vmbr1 inet manual\n\tbridge-ports none\n\n`;

/** What a question of bash about the network is answered on this host. */
const ask = (folder: string, ...words: readonly string[]) =>
  evaluate(
    `my ($root, $look, @words) = @_; $look->{journal} = Journal->new($root, 'phoenix');
     my $session = { root => $root, run => 'r1', channel => Channel->new, plan => bless({ app => 'phoenix', by_id => $look->{by_id}, journal => $look->{journal}, look => $look }, 'LookedPlan') };
     ChangeNetwork::answer($session, @words); said($session->{channel})`,
    folder,
    look({ steps: [given], host: host({ root: folder }) }),
    ...words,
  );

test('ChangeNetwork::answer stages both files for the watch, and changes nothing yet', async () => {
  const folder = root({ [file]: former });
  await ask(folder, 'stage', 's');
  expect(['former', 'new', 'pending'].map((name) => readFileSync(join(folder, guard, name), 'utf8'))).toEqual([
    former,
    wanted,
    '',
  ]);
  expect(readFileSync(join(folder, file), 'utf8')).toBe(former);
  expect(readFileSync(join(folder, 'var/lib/phoenix/phoenix/before/r1', file), 'utf8')).toBe(former);
});

test('ChangeNetwork::answer puts the new file in place after it wrote down whose it is', async () => {
  const folder = root({ [file]: former });
  await ask(folder, 'stage', 's');
  await ask(folder, 'write', 's');
  expect(readFileSync(join(folder, file), 'utf8')).toBe(wanted);
  expect(existsSync(join(folder, guard, 'written'))).toBe(true);
  expect(readFileSync(join(folder, 'var/lib/phoenix/phoenix/journal'), 'utf8')).toContain(
    'applied\ts\t-\t-\tvmbr1=1\n',
  );
});

test('ChangeNetwork::answer writes over nothing that somebody changed since it was staged', async () => {
  const folder = root({ [file]: former });
  await ask(folder, 'stage', 's');
  writeFileSync(join(folder, file), `${former}#note\n`);
  await expect(ask(folder, 'write', 's')).rejects.toThrow('/etc/network/interfaces was changed by somebody in between');
  expect(readFileSync(join(folder, file), 'utf8')).toBe(`${former}#note\n`);
});

test('ChangeNetwork::answer names the router and its device', async () => {
  const route = 'Iface Destination Gateway Flags RefCnt Use Metric Mask\nvmbr0 00000000 0100000A 0003 0 0 0 00000000\n';
  expect(await ask(root({ '/proc/net/route': route }), 'route')).toEqual([['route', '10.0.0.1', 'vmbr0']]);
  expect(await ask(root(), 'route')).toEqual([['route']]);
});
