import { describe, expect, it } from 'vitest';
import { emptyAssembly } from '../../src/toolkit/assembly.js';
import { diffAssemblies } from '../../src/toolkit/diff.js';
import { listStacks } from '../../src/toolkit/stack-list.js';
import { configStep, smallAssembly } from './small-assembly.js';

describe('comparing two assemblies', () => {
  const before = smallAssembly({ stacks: { ai: [configStep(950, '512')] }, files: { 'stacks/ai/root/a': 'one\n' } });

  it('finds nothing between an assembly and itself', () => {
    expect(diffAssemblies(before, before)).toEqual({
      isEmpty: true,
      stacks: [],
      resources: [],
      files: [],
      findings: [],
      runtime: [],
      renderings: [],
    });
  });

  it('shows a changed step below its resource, with the fields', () => {
    const after = smallAssembly({ stacks: { ai: [configStep(950, '1024')] }, files: { 'stacks/ai/root/a': 'one\n' } });
    const found = diffAssemblies(before, after);
    expect(found).toMatchObject({ isEmpty: false, files: [], renderings: ['stacks/ai/runbook.json'] });
    expect(found.resources).toEqual([
      {
        stack: 'ai',
        host: 'pve',
        resource: 'guest/950',
        path: 'ai/guest-950',
        change: 'changed',
        steps: [
          {
            id: 'guest/950/config',
            title: 'config',
            change: 'changed',
            fields: [{ field: 'memory', change: 'changed', before: '512', after: '1024', impact: 'live' }],
          },
        ],
      },
    ]);
  });

  it('shows what is wholly new or gone as that', () => {
    const after = smallAssembly({ stacks: { lab: [configStep(951, '512')] }, files: { 'stacks/ai/root/a': 'one\n' } });
    const found = diffAssemblies(before, after);
    expect(found.stacks.map(({ stack, change }) => [stack, change])).toEqual([
      ['ai', 'removed'],
      ['lab', 'added'],
    ]);
    expect(found.resources.map(({ resource, change }) => [resource, change])).toEqual([
      ['guest/950', 'removed'],
      ['guest/951', 'added'],
    ]);
  });

  it('knows a renamed construct by what it is on the host', () => {
    const after = smallAssembly({
      stacks: { ai: [configStep(950, '512', { path: 'ai/other' })] },
      files: { 'stacks/ai/root/a': 'one\n' },
    });
    expect(diffAssemblies(before, after).resources[0]?.steps[0]?.fields).toEqual([
      { field: 'path', change: 'changed', before: 'ai/guest-950', after: 'ai/other' },
    ]);
  });

  it('shows what a person decided about a stack', () => {
    const after = smallAssembly({
      stacks: { ai: [configStep(950, '512')] },
      files: { 'stacks/ai/root/a': 'one\n' },
      restart: 'allowed',
    });
    expect(diffAssemblies(before, after).stacks[0]?.fields).toMatchObject([{ field: 'restart', after: 'allowed' }]);
  });

  it('shows files line by line, and keeps the applier apart', () => {
    const after = smallAssembly({
      stacks: { ai: [configStep(950, '512')] },
      files: { 'stacks/ai/root/a': 'two\n', applier: '#!/bin/bash\n', 'runtime/x.bash': '' },
    });
    const found = diffAssemblies(before, after);
    expect(found.runtime).toEqual(['applier', 'runtime/x.bash']);
    expect(found.files).toEqual([
      {
        path: 'stacks/ai/root/a',
        change: 'changed',
        lines: [
          { change: 'removed', line: 1, text: 'one' },
          { change: 'added', line: 1, text: 'two' },
        ],
      },
    ]);
  });

  it('shows findings that are new, gone, or acknowledged now', () => {
    const finding = { code: 'gpu/shared', severity: 'warning', path: 'ai', message: 'two on one' } as const;
    const open = smallAssembly({ findings: [finding] });
    const closed = smallAssembly({ findings: [{ ...finding, acknowledged: 'it fits' }] });
    expect(diffAssemblies(open, closed).findings.map(({ change }) => change)).toEqual(['added', 'removed']);
    expect(diffAssemblies(open, closed).isEmpty).toBe(false);
  });

  it('shows everything as new beside nothing, but not the applier', () => {
    const after = smallAssembly({ stacks: { ai: [configStep(950, '512')] }, files: { applier: '' } });
    const found = diffAssemblies(emptyAssembly(after.manifest), after);
    expect(found.resources.map(({ change }) => change)).toEqual(['added']);
    expect(found.runtime).toEqual([]);
  });
});

describe('listing the stacks of an assembly', () => {
  it('counts resources and steps, and names the stacks that each one waits for', () => {
    const stacks = listStacks(
      smallAssembly({
        stacks: { base: [configStep(900, '512')], ai: [configStep(950, '512', { needs: ['guest/900/config'] })] },
      }),
    );
    expect(stacks).toMatchObject([
      { name: 'base', host: 'pve', steps: 1, resources: 1, dependencies: [] },
      { name: 'ai', dependencies: ['base'] },
    ]);
  });
});
