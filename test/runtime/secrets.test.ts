import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Bench, sha256 } from './bench.js';
import { disk, machine, machineBench } from './machines.js';
import { container, hostFile, storage } from './steps.js';
import { HostKey, hasGpg, place, secretFile, secretService, store } from './vault.js';

describe.skipIf(!hasGpg)('secrets on the node', () => {
  let key: HostKey;
  let bench: Bench;
  beforeEach(() => {
    key = new HostKey();
    vi.stubEnv('PHOENIX_GNUPGHOME', key.home);
    bench = new Bench();
    bench.standIn('gpg', `echo "$@" >> ${bench.folder}/gpg.log; PATH=/usr/bin:/bin exec gpg "$@"`);
    return () => vi.unstubAllEnvs();
  });

  /** The calls of gpg since it was asked last. */
  function decryptions(): string[] {
    const log = `${bench.folder}/gpg.log`;
    const { stdout } = bench.node.run(['sh', '-c', `cat ${log} 2>/dev/null; rm -f ${log}`]);
    return [...stdout.matchAll(/--decrypt \S*\/vault\/(\S+)\.asc/g)].map(([, name = '']) => name);
  }

  function apply(...words: string[]): string {
    const { status, stdout, stderr } = bench.run('apply', ...words);
    expect(status, stdout + stderr).toBe(0);
    return stdout;
  }

  test('a file of the host gets them escaped in its places, and is for root alone', async () => {
    const text = `a="${place('app/a', 'env')}"\nb: "${place('app/b#user', 'yaml')}"\n`;
    const file = secretFile('/etc/app.env', text, ['app/a', 'app/b']);
    bench.synthesize({ steps: [file.step], files: file.files });
    store(bench, {
      'app/a': await key.sealed('app/a', 'pa$$ "word"\n'),
      'app/b': await key.sealed('app/b', 'other\nuser: jürgen\n'),
    });
    apply();
    expect(bench.node.readFile('/etc/app.env')).toBe('a="pa\\$\\$ \\"word\\""\nb: "j\\xfcrgen"\n');
    const { mode, uid } = statSync(bench.node.path('/etc/app.env'));
    expect([mode & 0o777, uid]).toEqual([0o600, process.getuid?.()]);
    expect(decryptions()).toEqual(['app/a', 'app/b']);
  });

  test('what is in place is decrypted by nobody; a new secret, a new text and a changed file are noticed all the same', async () => {
    const one = secretFile('/etc/one', `${place('one')}\n`, ['one']);
    const two = secretFile('/etc/two', `${place('two')}\n`, ['two']);
    const ciphertexts = { one: await key.sealed('one', 'first'), two: await key.sealed('two', 'second') };
    const synthesize = (steps = [one.step, two.step], files = { ...one.files, ...two.files }) => {
      bench.synthesize({ steps, files });
      store(bench, ciphertexts);
    };
    synthesize();
    apply();
    decryptions();
    expect(apply()).toMatch(/^Nothing to do/);
    bench.run('plan');
    bench.run('verify');
    expect(decryptions()).toEqual([]);

    ciphertexts.one = await key.sealed('one', 'first, rotated');
    store(bench, ciphertexts);
    const rotated = bench.plan();
    expect(rotated[one.step.id]?.changes).toMatchObject([{ key: 'secret one', to: 'rotated' }]);
    expect(rotated[two.step.id]?.verdict).toBe('satisfied');
    apply();
    expect(bench.node.readFile('/etc/one')).toBe('first, rotated\n');
    expect(decryptions()).toEqual(['one']);

    bench.node.writeFile('/etc/two', 'Second\n');
    expect(bench.plan()[two.step.id]?.changes).toMatchObject([{ key: 'content', from: 'changed on the host' }]);
    apply();
    expect(bench.node.readFile('/etc/two')).toBe('second\n');
    expect(decryptions()).toEqual(['two']);

    const longer = secretFile('/etc/two', `# two\n${place('two')}\n`, ['two']);
    synthesize([one.step, longer.step], { ...one.files, ...longer.files });
    expect(bench.plan()[two.step.id]?.changes).toMatchObject([{ key: 'content', to: 'a new text' }]);
    apply();
    expect(bench.node.readFile('/etc/two')).toBe('# two\nsecond\n');
    expect(apply()).toMatch(/^Nothing to do/);
  });

  test('what was encrypted anew and is the same writes nothing, restarts nothing, and is in place from then on', async () => {
    const guest = container(950, 'a', {});
    const service = secretService(950, 'guest/950/state', { '/etc/x': place('one') }, ['one']);
    const file = secretFile('/etc/one', `${place('one')}\n`, ['one']);
    const steps = [...guest.steps, ...service.steps, file.step];
    bench.synthesize({ steps, files: { ...guest.files, ...service.files, ...file.files } });
    store(bench, { one: await key.sealed('one', 'same') });
    apply();
    const { mtimeMs, ino } = statSync(bench.node.path('/etc/one'));
    const runs = bench.node.guestRuns().length;
    decryptions();
    store(bench, { one: await key.sealed('one', 'same') });
    expect(apply()).toMatch(/^Nothing to do/);
    expect(decryptions()).toEqual(['one']);
    expect(apply()).toMatch(/^Nothing to do/);
    expect(decryptions()).toEqual([]);
    expect(statSync(bench.node.path('/etc/one'))).toMatchObject({ mtimeMs, ino });
    expect(bench.node.guestRuns()).toHaveLength(runs);
  });

  test('what the host remembers of a secret can be tried out by nobody else: seals depend on a key of root', async () => {
    const file = secretFile('/etc/pin', place('pin'), ['pin']);
    bench.synthesize({ steps: [file.step], files: file.files });
    store(bench, { pin: await key.sealed('pin', '1234') });
    apply();
    const folder = '/var/lib/phoenix/phoenix';
    const { mode, size } = statSync(bench.node.path(`${folder}/mac.key`));
    expect([mode & 0o777, size]).toEqual([0o600, 32]);
    expect(statSync(bench.node.path(folder)).mode & 0o077).toBe(0);
    const seal = /seal=([0-9a-f]{64})/.exec(bench.node.readFile(`${folder}/journal`))?.[1];
    expect(seal).toBeDefined();
    writeFileSync(bench.node.path(`${folder}/mac.key`), Buffer.alloc(32));
    expect(bench.plan()[file.step.id]?.verdict).toBe('change');
  });

  test('a service inside a guest is restarted once by a rotated secret, if that is allowed, and others are left alone', async () => {
    const guests = [950, 951].map((vmid) => container(vmid, `g${vmid}`, {}));
    const services = [950, 951].map((vmid) =>
      secretService(vmid, `guest/${vmid}/state`, { '/etc/credstore/x.key': `${place(`key-${vmid}`)}` }, [
        `key-${vmid}`,
      ]),
    );
    const steps = [...guests, ...services].flatMap((one) => one.steps);
    const files = Object.assign({}, ...[...guests, ...services].map((one) => one.files));
    bench.synthesize({ steps, files });
    const sealed = (vmid: number, value: string) => key.sealed(`key-${vmid}`, value);
    store(bench, { 'key-950': await sealed(950, 'abc'), 'key-951': await sealed(951, 'def') });
    apply();
    const restarts = () => bench.node.guestRuns().filter(({ script }) => script?.includes('systemctl restart')).length;
    const inside = (vmid: number) => readFileSync(bench.node.guestPath(vmid, '/etc/credstore/x.key'), 'utf8');
    expect([inside(950), inside(951), restarts()]).toEqual(['abc', 'def', 2]);
    expect(statSync(bench.node.guestPath(950, '/etc/credstore/x.key')).mode & 0o777).toBe(0o600);
    expect(apply()).toMatch(/^Nothing to do/);

    store(bench, { 'key-950': await sealed(950, 'rotated') });
    const plan = bench.plan();
    const open = Object.values(plan).filter(({ verdict }) => verdict !== 'satisfied');
    expect(open.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['guest/950/service/x/files', 'change'],
      ['guest/950/service/x/run', 'held'],
    ]);
    bench.run('apply');
    expect([inside(950), restarts()]).toEqual(['rotated', 2]);
    apply('--allow-restart', 'ai/g950');
    expect([inside(951), restarts()]).toEqual(['def', 3]);
    expect(apply()).toMatch(/^Nothing to do/);

    writeFileSync(bench.node.guestPath(951, '/etc/credstore/x.key'), 'tampered');
    decryptions();
    expect(apply()).toMatch(/^Nothing to do/);
    expect(bench.plan('--deep')['guest/951/service/x/files']?.changes).toMatchObject([
      { key: '/etc/credstore/x.key', from: 'another content' },
    ]);
    expect(decryptions()).toEqual([]);
    apply('--deep');
    expect(inside(951)).toBe('def');
    expect(decryptions()).toEqual(['key-951']);
  });

  const storages: [string, string, Record<string, string>, string, string, string][] = [
    [
      'cifs',
      'password',
      { server: 's', share: 'x', content: 'iso', username: 'u' },
      'priv/storage/nas.pw',
      'password=',
      '\n',
    ],
    ['pbs', 'password', { server: 's', datastore: 'd', content: 'backup' }, 'priv/storage/nas.pw', '', '\n'],
    ['esxi', 'password', { server: 's', username: 'root' }, 'priv/storage/nas.pw', '', ''],
    ['rbd', 'keyring', { content: 'images', pool: 'rbd' }, 'priv/ceph/nas.keyring', '', '\n'],
    ['cephfs', 'keyring', { content: 'backup', monhost: '10.0.0.1' }, 'priv/ceph/nas.secret', '', '\n'],
  ];
  test.each(storages)(
    'a storage of type %s gets its %s without a word of it in a command',
    async (type, option, options, kept, before, after) => {
      const step = storage('nas', type, { ...options, disable: '1' }, [], { secrets: [{ option, secret: 'nas' }] });
      bench.synthesize({ steps: [step] });
      store(bench, { nas: await key.sealed('nas', 'correct horse\n') });
      apply();
      expect(bench.node.readFile(`/etc/pve/${kept}`)).toBe(`${before}correct horse${after}`);
      expect(bench.node.commands().filter(({ argv }) => argv.join(' ').includes('horse'))).toEqual([]);
      expect(apply()).toMatch(/^Nothing to do/);

      store(bench, { nas: await key.sealed('nas', 'battery staple') });
      expect(bench.plan()['storage/nas']?.changes).toMatchObject([{ key: option, from: 'as it was' }]);
      apply();
      expect(bench.node.readFile(`/etc/pve/${kept}`)).toBe(`${before}battery staple${after}`);
      bench.node.writeFile(`/etc/pve/${kept}`, 'other');
      expect(bench.plan()['storage/nas']?.changes).toMatchObject([{ key: option, from: 'changed on the host' }]);
      apply();
      expect(bench.node.readFile(`/etc/pve/${kept}`)).toBe(`${before}battery staple${after}`);
      expect(apply()).toMatch(/^Nothing to do/);
    },
  );

  test('the key that backups were encrypted with is not replaced, unless it was ours', async () => {
    const secrets = [{ option: 'encryption-key', secret: 'pbs/key' }];
    const step = storage('pbs', 'pbs', { server: 's', datastore: 'd', content: 'backup', disable: '1' }, [], {
      secrets,
    });
    bench.synthesize({ steps: [step] });
    store(bench, { 'pbs/key': await key.sealed('pbs/key', '{"data": "ours"}') });
    bench.node.writeFile(
      '/etc/pve/storage.cfg',
      'pbs: pbs\n\tserver s\n\tdatastore d\n\tcontent backup\n\tdisable 1\n\tencryption-key 1\n',
    );
    bench.node.writeFile('/etc/pve/priv/storage/pbs.enc', '{"data": "of somebody"}\n');
    const { status, stdout } = bench.run('apply');
    expect([status, bench.node.readFile('/etc/pve/priv/storage/pbs.enc')]).toEqual([1, '{"data": "of somebody"}\n']);
    expect(stdout).toContain('backups made with it would be lost');

    bench.node.writeFile('/etc/pve/priv/storage/pbs.enc', '{"data": "ours"}\n');
    apply();
    store(bench, { 'pbs/key': await key.sealed('pbs/key', '{"data": "newer"}') });
    apply();
    expect(bench.node.readFile('/etc/pve/priv/storage/pbs.enc')).toBe('{"data": "newer"}\n');
  });

  test('no copy is kept of a file that holds secrets or held some, and the log says so', async () => {
    bench.node.writeFile('/etc/app', 'password=by hand\n');
    const file = secretFile('/etc/app', `password=${place('app')}\n`, ['app']);
    bench.synthesize({ steps: [file.step], files: file.files });
    store(bench, { app: await key.sealed('app', 'out of the vault') });
    apply();
    const plain = hostFile('/etc/app', 'none\n');
    bench.synthesize({ steps: [plain.step], files: plain.files });
    apply();
    expect(bench.node.readFile('/etc/app')).toBe('none\n');
    const found = bench.node.run(['grep', '-rlE', 'by hand|out of the vault', bench.node.path('/')]);
    expect(found.stdout).toBe('');
    const log = bench.node.run(['sh', '-c', `cat ${bench.node.path('/var/lib/phoenix/phoenix/runs')}/*.jsonl`]).stdout;
    expect(log.match(/"event":"no-copy"/g)).toHaveLength(2);
  });

  test('below /etc/pve only the folder of root takes files with secrets', async () => {
    const open = secretFile('/etc/pve/app.cfg', place('app'), ['app']);
    const own = secretFile('/etc/pve/priv/app.cfg', place('app'), ['app']);
    bench.synthesize({ steps: [open.step, own.step], files: { ...open.files, ...own.files } });
    store(bench, { app: await key.sealed('app', 'value') });
    expect(bench.plan()[open.step.id]?.verdict).toBe('refused');
    bench.run('apply');
    expect([bench.node.exists('/etc/pve/app.cfg'), bench.node.readFile('/etc/pve/priv/app.cfg')]).toEqual([
      false,
      'value',
    ]);
  });

  test('what a tool says of a secret, in whatever form, is not written down', async () => {
    const guest = container(950, 'a', {});
    const service = secretService(950, 'guest/950/state', { '/etc/x': place('token') }, ['token']);
    bench.synthesize({ steps: [...guest.steps, ...service.steps], files: { ...guest.files, ...service.files } });
    store(bench, { token: await key.sealed('token', 'hf_"quoted"\n') });
    bench.node.onGuestRun({
      match: /systemctl restart/,
      exit: 1,
      stdout: 'cannot log in with hf_"quoted"\n{"token": "hf_\\"quoted\\""}\n',
    });
    const { status, stdout, stderr } = bench.run('apply');
    expect(status).toBe(1);
    expect(stdout + stderr).toContain('cannot log in with [secret token]');
    expect(stdout + stderr).not.toContain('quoted');
    const said = bench.node.run(['sh', '-c', `cat ${bench.node.path('/var/lib/phoenix/phoenix/runs')}/*/*.log`]).stdout;
    expect(said).toContain('{"token": "[secret token]"}');
    expect(said).not.toContain('quoted');
  });

  test('the plan tells of a host that has no key yet, before an apply is refused for it', async () => {
    vi.stubEnv('PHOENIX_GNUPGHOME', '/nonexistent/gnupg');
    const file = secretFile('/etc/app', place('app'), ['app']);
    bench.synthesize({ steps: [file.step], files: file.files });
    store(bench, { app: await key.sealed('app', 'value') });
    expect(bench.run('plan').stdout).toContain('this host has no key to decrypt secrets with yet');
  });

  test('a journal from before there were secrets is read, and what holds some is written once', async () => {
    const guest = container(950, 'a', {});
    const service = secretService(950, 'guest/950/state', { '/etc/x': place('app') }, ['app']);
    const file = secretFile('/etc/app', place('app'), ['app']);
    const steps = [...guest.steps, ...service.steps, file.step];
    bench.synthesize({ restart: 'allowed', steps, files: { ...guest.files, ...service.files, ...file.files } });
    store(bench, { app: await key.sealed('app', 'value') });
    apply();
    const journal = '/var/lib/phoenix/phoenix/journal';
    bench.node.writeFile(journal, bench.node.readFile(journal).replaceAll(/\t(?:secret:\w+|seal)=\w+/g, ''));
    const open = Object.values(bench.plan()).filter(({ verdict }) => verdict !== 'satisfied');
    expect(open.map(({ id }) => id)).toEqual([...service.steps, file.step].map(({ id }) => id));
    apply();
    expect(apply()).toMatch(/^Nothing to do/);
  });

  test.each(['', 'uGuQv1-app.txt'])(
    'a secret that nobody bound to its name is taken, and the summary says so: %j',
    async (name) => {
      const file = secretFile('/etc/app', place('app'), ['app']);
      bench.synthesize({ steps: [file.step], files: file.files });
      store(bench, { app: key.unbound('by pass\n', name) });
      expect(apply()).toContain('note: secrets: secret app is not bound to its name');
      expect(bench.node.readFile('/etc/app')).toBe('by pass');
    },
  );

  test('a machine waits for a restart when a secret in its documents was rotated', async () => {
    const text = `password: "${place('vm', 'yaml')}"\n`;
    const { step, files } = secretFile('/var/lib/vz/snippets/phoenix-960-user.yaml', text, ['vm']);
    const document = { ...step, resource: 'guest/960' };
    const machines = machine(960, 'web', {
      documents: [document.id],
      startedWith: sha256(text),
      keys: [disk('scsi0', 1)],
    });
    const made = machineBench();
    made.synthesize({ steps: [document, ...machines], files });
    store(made, { vm: await key.sealed('vm', 'first') });
    expect(made.run('apply').status).toBe(0);
    expect(made.run('apply').stdout).toMatch(/^Nothing to do/);

    store(made, { vm: await key.sealed('vm', 'second') });
    expect(made.plan()['guest/960/state']).toMatchObject({ verdict: 'held', flag: '--allow-restart vm/web' });
    made.run('apply');
    expect(made.plan()['guest/960/state']).toMatchObject({ verdict: 'held' });
    made.node.clearCommands();
    expect(made.run('apply', '--allow-restart', 'vm/web').status).toBe(0);
    expect(made.commands()).toEqual(['qm shutdown 960 --timeout 5', 'qm start 960']);
    expect(made.run('apply').stdout).toMatch(/^Nothing to do/);
  });

  test('with a hundred secrets in place nobody starts gpg', async () => {
    const names = Array.from({ length: 100 }, (_, at) => `s${at}`);
    const all = names.map((name) => secretFile(`/etc/app/${name}`, place(name), [name]));
    bench.synthesize({
      steps: all.map(({ step }) => step),
      files: Object.assign({}, ...all.map(({ files }) => files)),
    });
    for (const name of names) store(bench, { [name]: await key.sealed(name, `value ${name}`) });
    apply();
    expect(decryptions()).toHaveLength(100);
    expect(apply()).toMatch(/^Nothing to do: 100 steps in place, .* \(1 processes/);
    expect(existsSync(`${bench.folder}/gpg.log`)).toBe(false);
  });
});
