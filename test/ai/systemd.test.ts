import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { environmentAssignment, execWords } from '../../src/format/systemd.js';
import { codesOf } from '../support/small-host.js';
import { describeWithTool } from '../support/tool.js';
import { readUnit } from './systemd.js';

const line = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.string({ unit: 'binary-ascii', maxLength: 30 }),
    fc.constantFrom(
      "it's",
      '"',
      '\\',
      '\\n',
      '$HOME',
      '${HOME}',
      '$$',
      '%h',
      '%%',
      '%',
      '',
      ' ',
      ';',
      '#',
      '\\x41',
      'a\\',
      '\t',
      '@',
      '-x',
      '!',
      '😀',
    ),
  )
  .map((text) => text.replaceAll(/[\n\r\0]/g, ''));

/** Control characters are read well, but printed as escapes. */
function printable(text: string): string {
  return [...text].filter((character) => character >= ' ' && character !== '\u007f').join('');
}

describeWithTool('systemd-analyze', 'as systemd itself reads it', () => {
  it('a word of a command is the word that was meant', () => {
    fc.assert(
      fc.property(fc.array(line.map(printable), { minLength: 60, maxLength: 120 }), (words) => {
        const commands = words.map((word) => `ExecStart=${execWords(['/bin/echo', word, 'end'])}`);
        const { complaints, commands: read } = readUnit(`[Service]\nType=oneshot\n${commands.join('\n')}\n`);
        expect(complaints).toBe('');
        expect(read.map((call) => call.map((word) => word.replaceAll('$$', '$')))).toEqual(
          words.map((word) => ['/bin/echo', word, 'end']),
        );
      }),
      { numRuns: 4 },
    );
  });

  it('an environment variable has the value that was meant', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 60, maxLength: 120 }), (values) => {
        const lines = values.map((value, index) => `Environment=${environmentAssignment(`V${index}`, value)}`);
        const { complaints, environment } = readUnit(`[Service]\nExecStart=/bin/true\n${lines.join('\n')}\n`);
        expect(complaints).toBe('');
        expect(environment).toEqual(values.map((value, index) => `V${index}=${value}`));
      }),
      { numRuns: 4 },
    );
  });
});

describe('a line of a unit', () => {
  it.each(['a\nb', 'a\rb', 'a\0b'])('cannot hold %j', (text) => {
    expect(codesOf(() => execWords([text]))).toEqual(['systemd/newline']);
    expect(codesOf(() => environmentAssignment('A', text))).toEqual(['systemd/newline']);
  });
});
