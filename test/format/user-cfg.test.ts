import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeDescription } from '../../src/format/guest-notes.js';
import { parseUserCfg } from '../../src/format/user-cfg.js';

const file = readFileSync(fileURLToPath(new URL('./corpus/user.cfg', import.meta.url)), 'utf8');

describe('user.cfg', () => {
  const cfg = parseUserCfg(file);

  test('gives users with their texts decoded, and no secret', () => {
    expect(cfg.users.map(({ id, enabled }) => [id, enabled])).toEqual([
      ['root@pam', true],
      ['alice@pve', true],
      ['bob@pve', false],
    ]);
    expect(cfg.users[1]).toEqual({
      id: 'alice@pve',
      enabled: true,
      expire: 1893456000,
      firstName: 'Alice',
      lastName: 'Döe',
      email: 'alice@example.com',
      comment: 'on call: nights',
      hasKeys: true,
    });
    expect(JSON.stringify(cfg)).not.toContain('x!secret');
  });

  test('gives tokens, groups, pools, roles and permissions', () => {
    expect(cfg.tokens).toEqual([
      { id: 'alice@pve!ci', expire: 0, privilegesSeparate: true, comment: 'pipelines' },
      { id: 'bob@pve!xy', expire: 0, privilegesSeparate: false },
    ]);
    expect(cfg.groups).toEqual([{ id: 'ops', users: ['alice@pve', 'dave@pve', 'bob@pve'], comment: 'the people' }]);
    expect(cfg.pools).toEqual([
      { id: 'llm', guests: [950, 100], storages: ['local-zfs'], comment: 'models' },
      { id: 'llm/small', guests: [951], storages: [] },
    ]);
    expect(cfg.roles).toEqual([
      { id: 'GpuUser', privileges: ['Mapping.Use', 'VM.Audit'] },
      { id: 'Later', privileges: [] },
    ]);
    expect(cfg.acls).toEqual([
      { path: '/vms/950', propagate: true, members: ['@ops'], roles: ['PVEVMAdmin', 'GpuUser'] },
      {
        path: '/mapping/pci',
        propagate: false,
        members: ['alice@pve!ci', '@guests'],
        roles: ['PVEMappingUser', 'Later'],
      },
      { path: '/', propagate: true, members: ['bob@pve'], roles: ['Later'] },
    ]);
  });

  test('tells what Proxmox ignores', () => {
    expect(cfg.oddities).toEqual([
      "line 4: the token 'bob@pve!xy' has no effect, its user does not stand above it",
      "line 6: 'noRealm' with expiry '0' is no user and will be lost",
      "line 7: 'carol@pve' with expiry 'soon' is no user and will be lost",
      "line 9: 'dave@pve' of the group 'ops' is no user that stands above it",
      "line 10: the group 'ops' is given twice",
      "line 13: the pool 'llm/small' does not get '950', which is no VMID or in a pool already",
      "line 18: the role 'Later' does not stand above this line, nobody gets it on //mapping/pci/",
      "line 18: '@guests', who gets permissions on //mapping/pci/, does not stand above this line",
      "line 19: '/vms/9 5' is no path of permissions, the line will be lost",
      "line 22: 'what is this' is no line of the file and will be lost",
    ]);
  });

  test('has of two lines for one user the later, and knows root@pam always', () => {
    const { users, oddities } = parseUserCfg('user:a@pve:1:0:x::::\nuser:a@pve:0:0:::::\nacl:1:/:root@pam:PVEAdmin:\n');
    expect(users).toEqual([{ id: 'a@pve', enabled: false, expire: 0, hasKeys: false }]);
    expect(oddities).toEqual(["line 2: the user 'a@pve' is given twice"]);
  });

  test('gives back any text of a person, and stops at no text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (comment) => {
        fc.pre(comment.trim() === comment);
        const [user] = parseUserCfg(`user:a@pve:1:0::::${encodeDescription(comment)}::\n`).users;
        expect(user?.comment).toBe(comment);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom(...file.split('\n'), 'constructor:a'))), (lines) => {
        expect(parseUserCfg(lines.join('\n')).acls.length).toBeLessThanOrEqual(lines.join('\n').split('\n').length);
      }),
    );
  });
});
