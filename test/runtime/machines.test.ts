import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Step } from '../../src/model/step.js';
import { type Bench, sha256 } from './bench.js';
import { disk, type MachineOptions, machine, machineBench } from './machines.js';
import { exact, hostFile } from './steps.js';

const mac = '52:54:00:67:89:B0';
const digest = sha256('template 900');

/** A bench on which these steps were applied. */
function applied(steps: readonly Step[], on: Bench = machineBench()): Bench {
  on.synthesize({ steps });
  const { stderr, status } = on.run('apply');
  expect(status, stderr).toBe(0);
  expect(on.run('apply')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Nothing to do/) });
  on.node.clearCommands();
  return on;
}

const net = (more = '', address = mac) => exact('net0', `virtio=${address},bridge=vmbr0${more}`);
const full: MachineOptions = {
  keys: [
    exact('cores', '2', 'restart'),
    exact('memory', '2048', 'restart'),
    exact('bios', 'ovmf', 'restart'),
    exact('machine', 'q35', 'restart'),
    exact('scsihw', 'virtio-scsi-single', 'restart'),
    exact('agent', 'enabled=1'),
    net(),
    exact('boot', 'order=scsi0', 'restart'),
    disk('scsi0', 8, 'discard=on,iothread=1', { filled: { import: 'local:import/debian.qcow2' } }),
    disk('scsi1', 1, 'iothread=1'),
    disk('efidisk0', 0, 'efitype=4m,pre-enrolled-keys=1'),
    disk('tpmstate0', 0, 'version=v2.0'),
    disk('ide2', 0, '', { filled: 'cloudinit' }),
    exact('ciuser', 'anna'),
  ],
};

test('a machine comes into being with disks of all kinds, and the second apply starts no Proxmox command', () => {
  const made = machineBench();
  made.synthesize({ steps: machine(950, 'web', full) });
  const { stderr, status } = made.run('apply');
  expect(status, stderr).toBe(0);
  const log = made.commands().map((line) => line.replace(/--digest [0-9a-f]{40}/, '--digest D'));
  expect(log).toEqual([
    'qm create 950 --name web --description phoenix-cdk app=phoenix path=vm/web vmid=950',
    expect.stringMatching(/^qm set 950 --digest D --cores 2 --memory 2048 --bios ovmf .* --ciuser anna$/),
    'qm set 950 --digest D --scsi0 local-zfs:0,import-from=local:import/debian.qcow2,discard=on,iothread=1',
    'qm set 950 --digest D --scsi1 local-zfs:1,iothread=1',
    'qm set 950 --digest D --efidisk0 local-zfs:1,efitype=4m,pre-enrolled-keys=1',
    'qm set 950 --digest D --tpmstate0 local-zfs:1,version=v2.0',
    'qm set 950 --digest D --ide2 local-zfs:cloudinit',
    'qm resize 950 scsi0 8G',
    `qm set 950 --digest D --net0 virtio=${mac},bridge=vmbr0`,
    'qm set 950 --digest D --boot order=scsi0',
    'qm start 950',
  ]);
  const config = made.node.guestConfig(950);
  expect(config).toContain('size=8G');
  expect(made.node.isRunning(950)).toBe(true);

  made.node.clearCommands();
  expect(made.run('apply').stdout).toMatch(/^Nothing to do: 3 steps in place, 1 guests/);
  expect(made.node.commands().map(({ argv }) => argv[0])).toEqual(['zfs']);
  expect(made.run('status').stdout).toMatch(/950\s+vm\/web\s+qemu\s+running\s+ours/);
});

test('a template is made of an image without ever running, and machines are its clones', () => {
  const base = machine(900, 'base', {
    seal: digest,
    keys: [
      exact('onboot', '1'),
      exact('protection', '1'),
      exact('hostpci0', '0000:01:00.0', 'restart'),
      disk('scsi0', 4, 'discard=on', { filled: { import: 'local:import/debian.qcow2' } }),
      disk('ide2', 0, '', { filled: 'cloudinit' }),
    ],
  });
  const clone = (vmid: number, mode: 'linked' | 'full', size: number) =>
    machine(vmid, `g${vmid}`, {
      from: { template: 900, digest, mode },
      needs: ['guest/900/template'],
      keys: [
        net('', `52:54:00:67:89:${vmid - 900}`),
        disk('scsi0', size, 'discard=on'),
        disk('ide2', 0, '', { filled: 'cloudinit' }),
      ],
    });
  const made = applied([...base, ...clone(950, 'linked', 8), ...clone(951, 'full', 4)]);
  expect(made.node.guestConfig(900)).toMatch(/^template: 1$/m);
  expect(made.node.guestConfig(900)).not.toMatch(/^(?:onboot: 1|protection|hostpci0)/m);
  expect(made.node.guestConfig(950)).toMatch(/^scsi0: local-zfs:base-900-disk-0\/vm-950-disk-0,.*size=8G$/m);
  expect(made.node.guestConfig(951)).toMatch(/^scsi0: local-zfs:vm-951-disk-0,/m);
  for (const vmid of [950, 951]) {
    expect(made.node.guestConfig(vmid)).not.toMatch(/^(?:onboot: 1|protection|hostpci0|template)/m);
    expect(made.node.isRunning(vmid)).toBe(true);
  }
  expect(made.run('status').stdout).toMatch(/900\s+vm\/base\s+qemu\s+stopped\s+ours\s+sealed/);
});

test('drift of each class of keys is mended behind the back of whoever made it', () => {
  const made = applied(machine(950, 'web', { ...full, state: 'stopped' }));
  const drift: [string, string][] = [
    ['cores', '4'],
    ['agent', '0'],
    ['net0', `virtio=${mac},bridge=vmbr0,firewall=1`],
    ['boot', 'order=net0'],
    ['ciuser', 'bert'],
  ];
  const before = made.node.guestConfig(950);
  for (const [key, value] of drift) {
    made.node.setGuestKey(950, key, value);
  }
  made.node.setGuestKey(950, 'scsi1', /^scsi1: (.*)$/m.exec(before)?.[1]?.replace(',iothread=1', '') ?? '');
  const changes = made.plan()['guest/950/config']?.changes.map(({ key }) => key);
  expect(changes?.toSorted()).toEqual(['agent', 'boot', 'ciuser', 'cores', 'net0', 'scsi1']);
  expect(made.run('apply').status).toBe(0);
  const lines = (text: string) => text.split('\n').toSorted().join('\n');
  expect(lines(made.node.guestConfig(950).replace('agent: enabled=1', 'agent: 1'))).toBe(
    lines(before.replace('agent: enabled=1', 'agent: 1')),
  );
});

test('what a running machine cannot take at once waits for a restart that somebody allows', () => {
  const made = applied(machine(950, 'web', full));
  const more = (keys: Step[]) => keys;
  made.synthesize({
    steps: more(
      machine(950, 'web', {
        keys: [
          ...(full.keys ?? []).filter(({ key }) => key !== 'cores'),
          exact('cores', '4', 'restart'),
          exact('tags', 'ai'),
        ],
      }),
    ),
  });
  expect(made.run('apply').stdout).toContain('Held back (need a flag): --allow-restart vm/web');
  expect(made.node.guestConfig(950)).toMatch(/^tags: ai$/m);
  expect(made.node.guestConfig(950)).toMatch(/^cores: 2$/m);
  made.node.clearCommands();
  expect(made.run('apply', '--allow-restart', 'vm/web').status).toBe(0);
  expect(made.commands().map((line) => line.replace(/--digest \w+/, '--digest D'))).toEqual([
    'qm set 950 --digest D --cores 4',
    'qm shutdown 950 --timeout 5',
    'qm start 950',
  ]);
  expect(made.node.guestConfig(950)).toMatch(/^cores: 4$/m);
  expect(made.node.guestConfig(950)).not.toContain('[PENDING]');
  expect(made.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('documents of cloud-init that changed take a restart, unless somebody started the machine since', () => {
  const place = '/var/lib/vz/snippets/phoenix-950-user.yaml';
  const world = (text: string) => {
    const other = hostFile('/var/lib/vz/snippets/phoenix-950-meta.yaml', 'instance-id: 1\n');
    const file = hostFile(place, text);
    const steps = [
      // one needs the other, as the steps of a machine do
      file.step,
      { ...other.step, resource: 'guest/950', needs: [file.step.id] },
      ...machine(950, 'web', {
        documents: [other.step.id],
        startedWith: sha256(text),
        keys: [
          disk('scsi0', 1),
          disk('ide2', 0, '', { filled: 'cloudinit' }),
          exact('cicustom', 'user=local:snippets/phoenix-950-user.yaml'),
        ],
      }),
    ];
    return { steps, files: { ...file.files, ...other.files } };
  };
  const made = machineBench();
  made.synthesize(world('#cloud-config\n'));
  expect(made.run('apply').status).toBe(0);
  expect(made.run('apply').stdout).toMatch(/^Nothing to do/);

  made.synthesize(world('#cloud-config\nhostname: web\n'));
  expect(made.plan()['guest/950/state']).toMatchObject({
    verdict: 'held',
    reason: 'waits for a restart: cloud-init documents',
    flag: '--allow-restart vm/web',
  });
  made.node.run(['touch', '-d', '@1000000000', made.node.path('/run/qemu-server/950.pid')]);
  made.run('apply');
  expect(made.plan()['guest/950/state']).toMatchObject({ verdict: 'held' });

  made.node.run(['qm', 'stop', '950']);
  made.node.run(['qm', 'start', '950']);
  expect(made.run('apply').stdout).toMatch(/^Nothing to do/);

  made.synthesize(world('#cloud-config\nhostname: other\n'));
  made.node.clearCommands();
  expect(made.run('apply', '--allow-restart', 'vm/web').status).toBe(0);
  expect(made.commands()).toEqual(['qm shutdown 950 --timeout 5', 'qm start 950']);
  expect(made.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('keys for ssh reach qm in a file, as they are instead of escaped, and the file is gone afterwards', () => {
  const made = applied(machine(950, 'web', { state: 'stopped' }));
  const line = 'ssh-ed25519 AAAAC3Nz+a/C1l== anna\\n@here 100%';
  made.synthesize({
    steps: machine(950, 'web', { state: 'stopped', keys: [exact('sshkeys', encodeURIComponent(`${line}\n`))] }),
  });
  const caught = join(made.folder, 'caught');
  made.standIn('qm', `p=; for w in "$@"; do [ "$p" != --sshkeys ] || cp "$w" '${caught}'; p=$w; done; exit 1`);
  expect(made.run('apply').status).toBe(1);
  expect(readFileSync(caught, 'utf8').trimEnd()).toBe(line);
  expect(made.node.run(['find', made.node.path('/run/phoenix'), '-type', 'f']).stdout).toBe('');
});

test('a machine that was hibernated is started, which is what wakes it', () => {
  const made = applied(machine(950, 'web', { keys: [disk('scsi0', 1)] }));
  const state = 'vm-950-state-suspend-2026-01-01';
  made.node.run(['qm', 'stop', '950']);
  expect(made.node.run(['pvesm', 'alloc', 'local-zfs', '950', state, '1G'])).toMatchObject({ status: 0 });
  for (const [key, value] of [
    ['lock', 'suspended'],
    ['vmstate', `local-zfs:${state}`],
    ['runningmachine', 'pc-i440fx-10.0'],
  ] as const) {
    made.node.setGuestKey(950, key, value);
  }
  made.node.clearCommands();
  const { status, stderr } = made.run('apply');
  expect(status, stderr).toBe(0);
  expect(made.commands()).toEqual(['qm start 950']);
  expect(made.node.isRunning(950)).toBe(true);
  expect(made.node.guestConfig(950)).not.toMatch(/^(?:lock|vmstate|runningmachine):/m);
  expect(made.run('apply').stdout).toMatch(/^Nothing to do/);
});
