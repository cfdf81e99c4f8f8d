import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  compareFindings,
  type Finding,
  findingCode,
  findingSchema,
  problemOf,
  severities,
} from '../../src/model/finding.js';

const finding: Finding = {
  code: 'gpu/tight',
  severity: 'warning',
  path: 'pve',
  message: 'little is left',
  value: 0.97,
  fix: 'lower it',
};

it('findings are ordered by severity, path, code and text', () => {
  const ordered: Finding[] = [
    { ...finding, severity: 'error', path: 'z' },
    { ...finding, path: 'a', code: 'b/b' },
    { ...finding, path: 'a', code: 'b/c', message: '1' },
    { ...finding, path: 'a', code: 'b/c', message: '2' },
    { ...finding, path: 'b', code: 'a/a' },
    { ...finding, severity: 'info', path: 'a' },
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(ordered, { minLength: ordered.length }), (shuffled) => {
      expect([...shuffled].sort(compareFindings)).toEqual(ordered);
    }),
  );
});

it('the order does not follow the locale', () => {
  const paths = ['ai/z', 'ai/Z', 'ai/ä', 'ai/a'].map((path) => ({ ...finding, path }));
  expect(paths.sort(compareFindings).map(({ path }) => path)).toEqual(['ai/Z', 'ai/a', 'ai/z', 'ai/ä']);
});

it('a finding becomes a problem with all that people need', () => {
  expect(problemOf(finding)).toEqual({
    code: 'gpu/tight',
    message: 'little is left',
    path: 'pve',
    value: 0.97,
    fix: 'lower it',
  });
  const { value: _value, fix: _fix, ...bare } = finding;
  expect(problemOf(bare)).toEqual({ code: 'gpu/tight', message: 'little is left', path: 'pve' });
});

it('codes are a domain and what is the case', () => {
  for (const code of ['gpu/tight', 'a1-b/c-d2']) expect(code).toMatch(findingCode);
  for (const code of ['gpu', 'gpu/', '/a', 'Gpu/a', 'a/b/c', 'a_b/c', 'a/b ', 'a--b/c'])
    expect(code).not.toMatch(findingCode);
});

it('the schema knows the severities and no other keys', () => {
  for (const severity of severities) expect(findingSchema.safeParse({ ...finding, severity }).success).toBe(true);
  expect(findingSchema.safeParse({ ...finding, severity: 'fatal' }).success).toBe(false);
  expect(findingSchema.safeParse({ ...finding, stack: 'x' }).success).toBe(false);
});
