import { describe, expect, it } from 'vitest';
import type { StepOf } from '../../src/model/step.js';
import { stepFields } from '../../src/toolkit/step-fields.js';

const base = { path: 'ai/web', resource: 'guest/950', id: 'guest/950/config', title: 'config', needs: [] } as const;

function config(
  keys: StepOf<'guest-config'>['keys'],
  raw?: StepOf<'guest-config'>['raw'],
): StepOf<'guest-config'> & { readonly stack: string } {
  return { ...base, kind: 'guest-config', vmid: 950, type: 'lxc', stack: 'ai', keys, ...(raw && { raw }) };
}

describe('what differs between two plans of a config', () => {
  it('stands under the name that Proxmox has for the key', () => {
    const before = config([
      { is: 'exact', key: 'cores', value: '2', impact: 'live' },
      { is: 'exact', key: 'swap', value: '512', impact: 'live' },
      { is: 'volume', key: 'rootfs', storage: 'local', bytes: 1, options: '', impact: 'live' },
    ]);
    const after = config([
      { is: 'exact', key: 'cores', value: '4', impact: 'live' },
      { is: 'volume', key: 'rootfs', storage: 'local', bytes: 2, options: '', impact: 'live' },
      { is: 'exact', key: 'tags', value: 'gpu', impact: 'live' },
      { is: 'generated', key: 'smbios1', impact: 'live' },
      { is: 'absent', key: 'protection', impact: 'live' },
    ]);
    expect(stepFields(before, after)).toEqual([
      { field: 'cores', change: 'changed', before: '2', after: '4', impact: 'live' },
      { field: 'protection', change: 'added', after: 'has to be absent', impact: 'live' },
      { field: 'rootfs.bytes', change: 'changed', before: 1, after: 2, impact: 'live' },
      { field: 'smbios1', change: 'added', after: 'made by Proxmox', impact: 'live' },
      { field: 'swap', change: 'removed', before: '512', impact: 'live' },
      { field: 'tags', change: 'added', after: 'gpu', impact: 'live' },
    ]);
  });

  it('shows lines for LXC as they stand there', () => {
    const line = (value: string) => ({ key: 'lxc.mount.entry', value });
    expect(stepFields(config([], [line('a'), line('b')]), config([], [line('a'), line('c')]))).toEqual([
      { field: 'raw lines', change: 'removed', before: 'lxc.mount.entry: b' },
      { field: 'raw lines', change: 'added', after: 'lxc.mount.entry: c' },
    ]);
  });

  it('leaves what is no setting of the host under its place in the plan', () => {
    const before = { ...config([]), needs: ['a'] };
    expect(stepFields(before, { ...before, needs: ['a', 'b'] })).toEqual([
      { field: 'needs[]', change: 'added', after: 'b' },
    ]);
  });
});

it('a property of a dataset, too, has the name that the host has for it', () => {
  const dataset = (value: string) =>
    ({
      ...base,
      kind: 'zfs-dataset',
      stack: 'ai',
      create: true,
      dataset: 'rpool/data',
      properties: [{ name: 'compression', value }],
    }) as const;
  expect(stepFields(dataset('lz4'), dataset('zstd'))).toEqual([
    { field: 'compression', change: 'changed', before: 'lz4', after: 'zstd' },
  ]);
});
