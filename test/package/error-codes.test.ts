import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findingCode } from '../../src/model/finding.js';
import { codesOf, codesOnTheNode, usedCodes } from './error-codes.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const used = usedCodes(`${root}src`);
const rows = readFileSync(`${root}docs/errors.md`, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.slice(2, -2).split(' | '));

describe('docs/errors.md', () => {
  it('has a row for every code of the sources, and no other', () => {
    const inSources = new Set(used.map(({ code }) => code));
    const documented = new Set(rows.map(([code = '']) => code.slice(1, -1)));
    expect([...documented].sort()).toEqual([...inSources].sort());
  });

  it('says each code once, in order, with severity, meaning and way out', () => {
    const codes = rows.map(([code = '']) => code.slice(1, -1));
    expect(codes).toEqual([...new Set(codes)].sort());
    for (const row of rows) {
      expect(row, row[0]).toHaveLength(4);
      for (const cell of row) expect(cell, row[0]).toMatch(/^\S(.*\S)?$/);
    }
  });

  it('says of each code the severity that the sources give it', () => {
    const severities = new Map(rows.map(([code = '', severity = '']) => [code.slice(1, -1), severity.split(' or ')]));
    for (const { code, severity, file } of used) {
      if (severity !== undefined) expect(severities.get(code) ?? [], `${code} in ${file}`).toContain(severity);
    }
  });

  it('has codes of one form only', () => {
    for (const { code, file } of used) expect(code, file).toMatch(findingCode);
  });
});

describe('the search for codes', () => {
  it.each([
    ["throw new PhoenixError({ code: 'a/b', message: '' });", ['a/b error']],
    ["const found = { code: 'a/b', severity: 'info', path };", ['a/b info']],
    ["const found = { code: sum > 1 ? 'a/b' : 'a/c', severity: sum > 1 ? 'error' : 'warning' };", ['a/b ?', 'a/c ?']],
    ["this.addFinding('warning', 'a/b', 'text');", ['a/b warning']],
    ["Annotations.of(x).addError('a/b', 'text');", ['a/b error']],
    ['const p = { code: `${grammar.word}/invalid` };', ['size/invalid error', 'duration/invalid error']],
    ["const names = { 'commander.x': 'usage/odd' };", ['usage/odd error']],
    ['const outcome = { code: exitCodes.failed };', []],
    ["const check = { name: 'gpu/ledger' };", []],
  ])('reads %s', (text, codes) => {
    expect(codesOf('x.ts', text).map(({ code, severity }) => `${code} ${severity ?? '?'}`)).toEqual(codes);
  });

  it.each([
    ["Problem::stop({ code => 'assembly/invalid', message => 'x' });", ['assembly/invalid']],
    ["complain applier/killed 'the run was killed'", ['applier/killed']],
    ['[[ -v x ]] || usage applier/not-root "$verb"', ['applier/not-root']],
    ['words+=(applier/stopped "$why")', ['applier/stopped']],
    ["printf 'error  assembly/altered\\n'", ['assembly/altered']],
    ["# usage/nothing is a 'usage/comment'", []],
  ])('reads %s of the applier', (text, codes) => {
    expect(codesOnTheNode(text)).toEqual(codes);
  });

  it('stops at a template that it does not know', () => {
    expect(() => codesOf('x.ts', 'const p = { code: `${anything}/odd` };')).toThrow('nobody knows');
  });
});
