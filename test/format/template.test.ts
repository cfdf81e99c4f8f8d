import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { assetPath } from '../../src/base/package-root.js';
import { loadTemplate } from '../../src/format/template.js';

const folder = mkdtempSync(join(tmpdir(), 'phoenix-template-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A template of that text, as a file of the package would be. */
function template(text: string) {
  const file = join(folder, 'x.hbs');
  writeFileSync(file, text);
  return loadTemplate<Record<string, unknown>>(relative(assetPath('.'), file));
}

describe('a template', () => {
  it('puts values in as they are, because no unit is HTML', () => {
    expect(template('ExecStart={{command}}\n')({ command: `a "b" <c> & 'd'` })).toBe(`ExecStart=a "b" <c> & 'd'\n`);
  });

  it('repeats and chooses', () => {
    const text = '{{#each lines}}\n{{this}}\n{{/each}}\n{{#if user}}\nUser={{user}}\n{{/if}}\n';
    expect(template(text)({ lines: ['a', 'b'], user: 'vllm' })).toBe('a\nb\nUser=vllm\n');
    expect(template(text)({ lines: [], user: undefined })).toBe('');
  });

  it('refuses a name that the values lack', () => {
    expect(() => template('User={{user}}')({ usr: 'x' })).toThrow(/"user" not defined/);
  });

  it('takes values for text, never for a template', () => {
    expect(template('{{a}}')({ a: '{{b}}', b: 'x' })).toBe('{{b}}');
  });

  it('is read at its first use, not where it is declared', () => {
    const missing = loadTemplate<object>('no/such/file.hbs');
    expect(() => missing({})).toThrow(/ENOENT/);
  });
});
