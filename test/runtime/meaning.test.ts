import { expect, test } from 'vitest';
import type { Step } from '../../src/model/step.js';
import { HandMadeHost } from './hand-made.js';
import { configOf } from './steps.js';

// key, what the program asks for, what stands in the file, equal?
const cases: [key: string, wanted: string, found: string, same: boolean][] = [
  ['features', 'nesting=1,keyctl=1', 'keyctl=on,nesting=yes', true],
  ['features', 'nesting=1', 'nesting=1,keyctl=0', true],
  ['features', 'nesting=1', 'nesting=1,keyctl=1', false],
  ['features', 'mount=nfs;cifs', 'mount=cifs;nfs', true],
  ['startup', 'order=3,up=5', 'up=5,order=3', true],
  ['startup', 'order=3,up=5', '3,up=5', true],
  ['startup', 'order=3,up=5', '3,up=6', false],
  ['dev0', '/dev/nvidia0,mode=0666', 'path=/dev/nvidia0,mode=666', true],
  ['dev0', '/dev/nvidia0,gid=44', 'path=/dev/nvidia0,gid=104', false],
  ['dev0', '/dev/nvidia0', '/dev/nvidia0,uid=0,gid=0', true],
  ['mp0', '/srv/models,mp=/models,ro=1', '/srv/models,mp=/models/,ro=yes', true],
  ['mp0', '/srv/models,mp=/models', 'volume=/srv/models/,mp=/models,ro=0', true],
  ['mp0', '/srv/models,mp=/models,ro=1', '/srv/models,mp=/models', false],
  ['net0', 'name=eth0,bridge=vmbr0,ip=dhcp', 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth', true],
  [
    'net0',
    'name=eth0,bridge=vmbr0,hwaddr=bc:24:11:00:00:01',
    'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,type=veth',
    true,
  ],
  [
    'net0',
    'name=eth0,bridge=vmbr0,hwaddr=bc:24:11:00:00:02',
    'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,type=veth',
    false,
  ],
  ['net0', 'name=eth0,bridge=vmbr0,firewall=1', 'name=eth0,bridge=vmbr0,type=veth', false],
  ['net0', 'name=eth0,bridge=vmbr0', 'name=eth0,bridge=vmbr0,firewall=0,type=veth', true],
  ['net0', 'name=eth0,bridge=vmbr0', 'name=eth0,bridge=vmbr0,tag=5,type=veth', false],
  ['tags', 'ai;Inference', 'inference;ai', true],
  ['tags', 'ai', 'ai;other', false],
  ['cpulimit', '1.5', '1.50', true],
  ['memory', '32768', '32768', true],
  ['memory', '32768', '72000', false],
  ['onboot', '1', 'yes', true],
  ['onboot', '0', '1', false],
  ['protection', '0', '', true],
  ['swap', '0', '', true],
  ['swap', '512', '', false],
  ['nameserver', '1.1.1.1 8.8.8.8', '1.1.1.1,8.8.8.8', true],
  ['nameserver', '1.1.1.1 8.8.8.8', '8.8.8.8 1.1.1.1', false],
  ['hostname', 'base', 'Base', false],
];

test('values are compared by what they mean, not by their text', () => {
  const host = new HandMadeHost();
  const steps: Step[] = cases.map(([key, wanted], at) =>
    configOf(100 + at, [{ is: 'exact', key, value: wanted, impact: 'live' }]),
  );
  for (const [at, [key, , found]] of cases.entries()) {
    host.guest(100 + at, found === '' ? '' : `${key}: ${found}\n`);
  }
  host.journal(...cases.map((_, at) => HandMadeHost.known(100 + at)));
  const plan = host.plan(steps);
  const answers = cases.map(([key, wanted, found], at) => [
    key,
    wanted,
    found,
    plan[`guest/${100 + at}/config`]?.verdict === 'satisfied',
  ]);
  expect(answers).toEqual(cases);
});
