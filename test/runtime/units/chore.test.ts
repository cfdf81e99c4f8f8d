import { expect, test } from 'vitest';
import { type HostFacts, host, journal, type LookFacts, plan, step } from './given.js';
import { container } from './ours.js';
import { call, evaluate, list } from './perl.js';
import { root } from './root.js';

type Step = { readonly id: string; readonly needs: readonly string[] };
type Records = readonly (readonly (string | number)[])[];

const dataset = ['made', 'zfs/a', 'zfs-dataset', '7', 'zfs/a', 'tank/a'] as const;
const storage = ['made', 'storage/s', 'storage', 'k', 'storage/s', 's'] as const;
const document = ['made', 'guest/950/doc', 'file', '1.1', 'guest/950/doc', '/srv/doc'] as const;
const guest = (vmid: number) => ['guest', vmid, 'lxc', 7, 'v', '-'] as const;
const mayGo = (id: string) => ['applied', id, '-', 'd', 'removal=destroy'] as const;

const create = (vmid: number, path: string) =>
  step('guest-create', `guest/${vmid}/create`, '--guest', 'lxc', vmid, '--path', path);

/** A plan on a host with what these records tell of. */
const given = (
  records: Records,
  { about = {}, said = {}, ...facts }: LookFacts & { about?: object; said?: object } = {},
) =>
  plan(
    { host: host({ root: root() }), ...facts, journal: journal(...records) },
    { about, said, flags: facts.flags ?? {} },
  );

const ids = (steps: readonly unknown[]) => (steps as Step[]).map(({ id }) => id);
/** The steps of a verb by what it is given: flags, then names. */
const steps = (verb: string, of: object, flags: object = {}, ...names: readonly string[]) =>
  list(`Chore::${verb}`, of, flags, ...names);

// ---- The verbs

test('Chore::orphan lets go what is named, guests as guests and all else as records', async () => {
  const known = given([guest(950), dataset, storage]);
  expect(await steps('orphan', known, {}, 'guest/950', 'zfs')).toMatchObject([
    { id: 'guest/950/orphan', kind: 'guest-orphan' },
    { id: 'zfs/a/orphan', kind: 'record-orphan', of: 'zfs/a' },
  ]);
  expect(ids(await steps('orphan', known, { all: true }))).toEqual([
    'guest/950/orphan',
    'storage/s/orphan',
    'zfs/a/orphan',
    'journal/orphan',
  ]);
});

test('Chore::orphan wants names or --all, not both', async () => {
  const usage = 'orphan what? PATH ..., or --all';
  await expect(steps('orphan', given([]))).rejects.toThrow(usage);
  await expect(steps('orphan', given([guest(950)]), { all: true }, 'guest/950')).rejects.toThrow(usage);
  await expect(steps('orphan', given([]), {}, 'x')).rejects.toThrow('nothing of ours is named x');
});

test('Chore::destroy takes guests before things, and documents of a guest with the guest', async () => {
  const known = given([guest(950), dataset, document], { about: { 950: 1 } });
  expect(ids(await steps('destroy', known, {}, 'zfs/a', 'guest'))).toEqual(['guest/950/destroy', 'zfs/a/destroy']);
  expect(ids(await steps('destroy', known, {}, 'guest/950/doc'))).toEqual(['guest/950/doc/destroy']);
  await expect(steps('destroy', known)).rejects.toThrow('destroy what? PATH ...');
});

test('Chore::destroy knows what was named exactly from what lies below a name', async () => {
  const exact = (name: string) =>
    evaluate('map { $_->{exact} ? 1 : 0 } Chore::destroy($_[0], {}, $_[1])', given([dataset]), name);
  expect(await exact('zfs/a')).toEqual(['1']);
  expect(await exact('zfs')).toEqual(['0']);
});

test('Chore::restore wants one run', async () => {
  const kept = given([], { host: host({ root: root({ '/var/lib/phoenix/phoenix/before/r1/etc/x': '' }) }) });
  expect(ids(await steps('restore', kept, {}, 'r1'))).toEqual(['file/etc/x/restore']);
  await expect(steps('restore', kept)).rejects.toThrow('restore which run? one RUN');
  await expect(steps('restore', kept, {}, 'r1', 'r2')).rejects.toThrow('restore which run? one RUN');
});

test('Chore::prune takes what left the program and was said to go', async () => {
  const going = [guest(950), guest(951), mayGo('guest/950/create'), dataset, mayGo('zfs/a'), storage];
  const pruned = async (facts: Parameters<typeof given>[1] = {}) =>
    ids(await list('Chore::prune', given(going, facts)));
  expect(await pruned()).toEqual(['guest/950/destroy', 'zfs/a/destroy']);
  expect(await pruned({ about: { 950: 1 } })).toEqual(['zfs/a/destroy']);
  const asked = step('zfs-dataset', 'zfs/a', '--dataset', 'tank/a', '--removal', 'destroy');
  expect(await pruned({ steps: [asked] })).toEqual(['guest/950/destroy']);
});

// ---- In the place of the program's steps

const arrange = (of: object, flags: object, verb: string, ...names: readonly string[]) =>
  evaluate(
    'my $plan = shift; my @chores = Chore::arrange($plan, @_); ([map { $_->{id} } @chores], [map { $_->{id} } @{ $plan->{steps} }], [sort keys %{ $plan->{by_id} }])',
    of,
    flags,
    verb,
    ...names,
  );

test('Chore::arrange puts the steps of a verb in the place of the program’s, and those of --prune behind them', async () => {
  const note = step('note', 'n');
  const known = () => given([dataset, mayGo('zfs/a')], { steps: [note] });
  const gone = 'zfs/a/destroy';
  expect(await arrange(known(), {}, 'destroy', 'zfs/a')).toEqual([[gone], [gone], ['n', gone]]);
  expect(await arrange(known(), { prune: 1 }, 'apply')).toEqual([[gone], ['n', gone], ['n', gone]]);
  expect(await arrange(known(), {}, 'apply')).toEqual([[], ['n'], ['n']]);
  expect(await arrange(known(), {}, 'orphan', 'zfs/a')).toEqual([
    ['zfs/a/orphan'],
    ['zfs/a/orphan'],
    ['n', 'zfs/a/orphan'],
  ]);
});

const onDataset: HostFacts = {
  datasets: { 'tank/a': { guid: '7', mountpoint: '/tank/a' } },
  storages: { s: ['zfspool', { pool: 'tank/a' }] },
};

test('Chore::connect_users lets what uses a thing go before it', async () => {
  const mounting = { ...onDataset, root: root(), guests: { 950: 'mp0: /tank/a,mp=/a\n' } };
  const code =
    'my $plan = shift; Chore::arrange($plan, {}, "destroy", @_); $_->{needs} = [] for @{ $plan->{steps} }; $plan->{steps} = [ reverse @{ $plan->{steps} } ]; Chore::connect_users($plan); @{ $plan->{steps} }';
  const known = given([guest(950), dataset, storage], { host: host(mounting) });
  const connected = (await evaluate(code, known, 'guest/950', 'zfs/a', 'storage/s')) as Step[];
  const removal = connected.find(({ id }) => id === 'zfs/a/destroy');
  expect(connected.at(-1)).toBe(removal);
  expect(removal?.needs).toEqual(['storage/s/destroy', 'guest/950/destroy']);
  expect(
    await evaluate('Chore::connect_users($_[0]); @{ $_[0]{steps} }', given([], { steps: [step('note', 'n')] })),
  ).toMatchObject([{ id: 'n', needs: [] }]);
});

test('Chore::connect_users waits for nobody who stays', async () => {
  const mounting = { ...onDataset, root: root(), guests: { 950: 'mp0: /tank/a,mp=/a\n' } };
  const code =
    'my $plan = shift; Chore::arrange($plan, {}, "destroy", "zfs/a"); map { $_->{needs} } @{ $plan->{steps} }';
  expect(await evaluate(code, given([dataset], { host: host(mounting) }))).toEqual([[]]);
});

test.each([
  ['destroy', {}, ['storage/s', 'zfs/a'], ['storage/s/destroy']],
  ['apply', { prune: 1 }, [], ['storage/s/destroy']],
  ['orphan', {}, ['zfs/a'], []],
])('Chore::arrange lets users go first in `%s` %j', async (verb, flags, names, needs) => {
  const made = [dataset, mayGo('zfs/a'), storage, mayGo('storage/s')];
  const code =
    'my $plan = shift; Chore::arrange($plan, @_); map { @{ $_->{needs} } } grep { $_->{of} eq "zfs/a" } @{ $plan->{steps} }';
  expect(await evaluate(code, given(made, { host: host(onDataset) }), flags, verb, ...names)).toEqual(needs);
});

test('Chore::destroying begins with what was made last, and with clones', async () => {
  const disk = (vmid: number) => `rpool/data/subvol-${vmid}-disk-0`;
  const datasets = { [disk(950)]: { guid: '7' }, [disk(940)]: { guid: '8', origin: `${disk(950)}@a` } };
  const order = async (facts: LookFacts, ...vmids: readonly number[]) =>
    ids(
      await list(
        'Chore::destroying',
        given([], facts),
        ...vmids.map((vmid) => ({ vmid, type: 'lxc', path: `p${vmid}` })),
      ),
    );
  const names = (...vmids: readonly number[]) => vmids.map((vmid) => `guest/${vmid}/destroy`);
  expect(await order({}, 940, 950, 945)).toEqual(names(950, 945, 940));
  expect(await order({ steps: [create(950, 'b'), create(940, 'a')] }, 950, 940, 930)).toEqual(names(930, 940, 950));
  expect(await order({ host: host({ datasets }) }, 940, 950)).toEqual(names(940, 950));
  expect(await order({ host: host({ datasets }) }, 950)).toEqual(names(950));
});

test('Chore::removing are steps in the order in which things can go', async () => {
  const thing = (id: string, kind: string, word: string) => ({ id, kind, words: [word], resource: id, path: id });
  const removing = await list('Chore::removing', thing('zfs/a', 'zfs-dataset', 'tank/a'), thing('f', 'file', '/f'));
  expect(ids(removing)).toEqual(['f/destroy', 'zfs/a/destroy']);
});

// ---- The steps

test('Chore::step has the form of those of a runbook', async () => {
  const own = (await call('Chore::step', 'note', 'orphan', 'zfs/a', 'host/a', 'x', ['y'])) as object;
  const others = await evaluate('sort grep { $_ ne "until" && $_ ne "why" } keys %{ $_[0] }', step('note', 'n'));
  expect(Object.keys(own)).toEqual(expect.arrayContaining(others as string[]));
  expect(own).toMatchObject({
    kind: 'note',
    chore: 'orphan',
    id: 'zfs/a/orphan',
    resource: 'zfs/a',
    path: 'host/a',
    stack: { name: 'orphan', protect: '0', restart: 'never' },
    needs: [],
    has: { x: ['y'] },
  });
});

test('Chore::about_guest is about a guest of this type', async () => {
  expect(await call('Chore::about_guest', { vmid: 950, type: 'lxc', path: 'ai/qwen' }, 'destroy')).toMatchObject({
    kind: 'guest-destroy',
    id: 'guest/950/destroy',
    path: 'ai/qwen',
    has: { guest: ['lxc', '950'] },
  });
});

test.each([
  ['zfs-dataset', undefined, { exact: '1', title: 'remove the dataset', has: {} }],
  ['zfs-dataset', 0, { exact: '0' }],
  ['firewall-entries', 0, { title: 'remove the entries', has: { file: ['/x'] } }],
])('Chore::about_thing of %s, exact %s', async (kind, exact, expected) => {
  const thing = { id: 'i', kind, words: ['/x'], resource: 'r', path: 'p', ...(exact === undefined ? {} : { exact }) };
  expect(await call('Chore::about_thing', thing)).toMatchObject({
    kind: 'removal',
    id: 'i/destroy',
    of: 'i',
    resource: 'r',
    path: 'p',
    ...expected,
  });
});

test('Chore::about_record and Chore::about_journal are about the journal, the latter after all others', async () => {
  expect(await call('Chore::about_record', { id: 'i', resource: 'r', path: 'p' })).toMatchObject({
    kind: 'record-orphan',
    id: 'i/orphan',
    of: 'i',
    resource: 'r',
    path: 'p',
  });
  expect(await call('Chore::about_journal', { id: 'a' }, { id: 'b' })).toMatchObject({
    kind: 'journal-orphan',
    id: 'journal/orphan',
    needs: ['a', 'b'],
  });
});

// ---- What there is

test('Chore::guests are those of the journal and those that bear our line, in order', async () => {
  const facts = container('', {
    records: [guest(1000)],
    host: {
      guests: {
        960: '#phoenix-cdk app=phoenix path=ai/b vmid=960\n',
        961: '#phoenix-cdk app=other path=ai/c vmid=961\n',
        962: '#phoenix-cdk app=phoenix path=ai/b vmid=960\n',
      },
    },
  });
  expect(await list('Chore::guests', plan(facts))).toEqual([
    { vmid: '100', type: 'qemu', path: 'guest/100', id: '100', resource: 'guest/100' },
    { vmid: '950', type: 'lxc', path: 'ai/qwen', id: '950', resource: 'guest/950' },
    { vmid: '960', type: 'lxc', path: 'ai/b', id: '960', resource: 'guest/960' },
    { vmid: '1000', type: 'lxc', path: 'guest/1000', id: '1000', resource: 'guest/1000' },
  ]);
  const [, moved] = await list('Chore::guests', plan({ ...facts, steps: [create(950, 'ai/new')] }));
  expect(moved).toMatchObject({ vmid: '950', path: 'ai/new' });
});

test('Chore::things are known by the path of who makes them, and documents only of guests of the program', async () => {
  const of = (facts: Parameters<typeof given>[1] = {}) =>
    list('Chore::things', given([dataset, document, storage], facts));
  expect(await of()).toMatchObject([
    { id: 'storage/s', kind: 'storage', words: ['s'], known: 'k', path: 'storage/s', asked: '0' },
    { id: 'zfs/a', path: 'zfs/a', asked: '0' },
  ]);
  const maker = step('zfs-dataset', 'zfs/a', '--dataset', 'tank/a', '--path', 'host/a');
  expect(await of({ about: { 950: 1 }, said: { 'storage/s': 1 }, steps: [maker] })).toMatchObject([
    { id: 'guest/950/doc', asked: '0' },
    { id: 'storage/s', asked: '1' },
    { id: 'zfs/a', path: 'host/a', asked: '1' },
  ]);
});

test('Chore::named finds by path, id and resource, and what lies below one', async () => {
  const all = [
    { id: '950', path: 'ai/qwen', resource: 'guest/950' },
    { id: '9501', path: 'ai/qwen2', resource: 'guest/9501' },
    { id: 'zfs/a', path: 'host/a', resource: 'zfs/a' },
  ];
  const named = async (flags: object, ...names: readonly string[]) =>
    ids(await list('Chore::named', { stacks: [], here: 'pve' }, all, flags, ...names));
  expect(await named({}, 'ai/qwen')).toEqual(['950']);
  expect(await named({}, 'zfs/a', 'ai')).toEqual(['950', '9501', 'zfs/a']);
  expect(await named({}, '9501', 'guest/950')).toEqual(['950', '9501']);
  expect(await named({ all: 1 })).toHaveLength(3);
  await expect(named({}, 'ai', 'none')).rejects.toThrow('nothing of ours is named none');
  await expect(list('Chore::named', { stacks: [{ host: 'pve2' }], here: 'pve' }, all, {}, 'none')).rejects.toThrow(
    'nothing of ours is named none; this host is pve, and the stacks are for pve2',
  );
});

test('Chore::refuse_without asks for the operand', async () => {
  await expect(call('Chore::refuse_without', 'restore which run?', 'one RUN')).rejects.toThrow(
    /^restore which run\? one RUN$/,
  );
});

test('Chore::named tells of all names that nothing has, and what may have been meant', async () => {
  const refused = evaluate(
    `eval { Chore::named($_[0], [{ path => 'ai/qwen', id => 950, resource => 'guest/950' }], {}, 'ai/qewn', 'zzzzzz') }; map { [ @$_{qw(code value fix)} ] } Problem::of($@)`,
    plan({}, { stacks: [] }),
  );
  expect(await refused).toEqual([
    ['usage/unknown-name', 'ai/qewn', 'did you mean `ai/qwen`?'],
    ['usage/unknown-name', 'zzzzzz', '`applier status` lists our guests'],
  ]);
});
