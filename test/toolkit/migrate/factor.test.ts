import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VllmContainer } from '../../../src/ai/vllm-container.js';
import { lxcTable } from '../../../src/lxc/schema.js';
import { mergeLayers } from '../../../src/model/merge.js';
import type { MigratedContainer } from '../../../src/toolkit/migrate/containers.js';
import { factored } from '../../../src/toolkit/migrate/factor.js';
import { modelOwner } from '../../../src/toolkit/migrate/model-owner.js';
import type { Values } from '../../../src/toolkit/migrate/values.js';

const some = <T>(...values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 4 });

/** Values of a container as they are read, of the keys that may be shared. */
const values = fc
  .record({
    cores: some(1, 2, 6),
    memory: some('1GiB', '2GiB'),
    rootfs: fc.record({ storage: fc.constant('disks'), size: fc.constantFrom('16GiB', '32GiB') }),
    features: fc.option(fc.record({ nesting: fc.boolean() }), { nil: undefined }),
    onboot: some(true),
    startup: fc.option(fc.record({ order: fc.nat(3), up: fc.constantFrom(5, 9) }), { nil: undefined }),
    gpus: some([0], [1]),
  })
  .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Values);

const containers = fc.array(values, { minLength: 1, maxLength: 8 }).map((all) =>
  all.map(
    (own, index): MigratedContainer => ({
      folder: 'lxc',
      vmid: 100 + index,
      id: `g${index}`,
      values: own,
      docker: undefined,
      archive: undefined,
    }),
  ),
);

test('what is taken out of guests comes back to them through their layers, and nothing else does', () => {
  fc.assert(
    fc.property(containers, (all) => {
      const { bases, profiles, guests } = factored(all, [], {});
      for (const [index, guest] of guests.entries()) {
        const { profiles: names = [], ...own } = guest.values;
        const layers = (names as readonly string[]).map(
          (name) => profiles.find((profile) => profile.name === name)?.values ?? {},
        );
        const merged = mergeLayers(
          lxcTable.fields,
          [bases.lxc ?? {}, ...layers, own].map((layer) => ({ name: '', values: layer })),
        );
        expect(merged).toEqual(all[index]?.values);
      }
    }),
  );
});

test('a profile is made for two guests at least', () => {
  fc.assert(
    fc.property(containers, (all) => {
      const { profiles, guests } = factored(all, [], {});
      for (const { name } of profiles) {
        const users = guests.filter((guest) =>
          (guest.values['profiles'] as readonly string[] | undefined)?.includes(name),
        );
        expect(users.length).toBeGreaterThan(1);
      }
    }),
  );
});

test('folders of models belong to the user that vLLM runs as', () => {
  expect(modelOwner).toEqual(VllmContainer.modelOwner);
});
