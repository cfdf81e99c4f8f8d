import { expect, test } from 'vitest';
import { freshNode, ok, run } from './simulated-node-fixture.js';

const gpu = 'node=pve,path=0000:01:00.0,id=10de:2684';

test('an entry has its maps first, then its options by name, as typed', () => {
  const node = freshNode();
  ok(node, `pvesh create /cluster/mapping/pci --id gpu --mdev 0 --description card --map ${gpu}`);
  ok(node, 'pvesh create /cluster/mapping/usb --id stick --map node=pve,id=0781:5581,path=1-2');
  expect(node.readFile('/etc/pve/mapping/pci.cfg')).toBe(`gpu\n\tmap ${gpu}\n\tdescription card\n\tmdev 0\n\n`);
  expect(node.readFile('/etc/pve/mapping/usb.cfg')).toBe('stick\n\tmap node=pve,id=0781:5581,path=1-2\n\n');
});

test('set replaces the maps all together and needs them', () => {
  const node = freshNode();
  ok(node, `pvesh create /cluster/mapping/pci --id gpu --map ${gpu} --map node=other,path=0000:02:00,id=10de:2684`);
  expect(run(node, 'pvesh set /cluster/mapping/pci/gpu --mdev 1').stderr).toBe(
    "missing value for required option 'map'\n",
  );
  ok(node, `pvesh set /cluster/mapping/pci/gpu --map ${gpu}`);
  expect(node.readFile('/etc/pve/mapping/pci.cfg')).toBe(`gpu\n\tmap ${gpu}\n\n`);
});

test.each([
  [
    'create /cluster/mapping/pci --id gpu --map node=pve,path=01:00.0,id=10de:2684',
    'map[0].path: value does not match',
  ],
  ['create /cluster/mapping/pci --id gpu --map node=pve,path=0000:01:00.0', 'map[0].id: property is missing'],
  ['create /cluster/mapping/pci --id 1gpu --map x', "invalid configuration ID '1gpu'"],
  ['create /cluster/mapping/usb --id stick --mdev 1 --map node=pve,id=0781:5581', 'Unknown option: mdev'],
  ['set /cluster/mapping/usb/stick --map node=pve,id=0781:5581', "usb ID 'stick' does not exist"],
  ['create /cluster/mapping/dir --id share --map node=pve,path=/gone', 'Path /gone does not exist'],
  [
    'create /cluster/mapping/dir --id share --map node=pve,path=/srv --map node=pve,path=/root',
    "Node 'pve' is specified 2 times.",
  ],
])('refuses pvesh %s', (line, message) => {
  const node = freshNode();
  const result = run(node, `pvesh ${line}`);
  expect(result.status).toBe(255);
  expect(result.stderr).toContain(message);
  expect(node.exists('/etc/pve/mapping/pci.cfg')).toBe(false);
});

test('a digest of another file refuses the change, an id is given once', () => {
  const node = freshNode();
  ok(node, `pvesh create /cluster/mapping/pci --id gpu --map ${gpu}`);
  expect(run(node, `pvesh create /cluster/mapping/pci --id gpu --map ${gpu}`).stderr).toBe(
    "create hardware mapping failed: pci ID 'gpu' already defined\n",
  );
  const set = run(node, `pvesh set /cluster/mapping/pci/gpu --map ${gpu} --digest ${'0'.repeat(40)}`);
  expect(set.stderr).toContain('detected modified configuration');
});
