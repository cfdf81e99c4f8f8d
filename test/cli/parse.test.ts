import { describe, expect, it } from 'vitest';
import { PhoenixError, type Problem } from '../../src/base/errors.js';
import { commands } from '../../src/cli/commands.js';
import { parse } from '../../src/cli/parse.js';

function read(...words: readonly string[]) {
  const parsed = parse(words, commands, '1.2.3', '/here');
  if ('shown' in parsed) throw new Error(parsed.shown);
  return parsed;
}

function shown(...words: readonly string[]) {
  const parsed = parse(words, commands, '1.2.3', '/here');
  return 'shown' in parsed ? parsed : undefined;
}

function refused(...words: readonly string[]): readonly Problem[] {
  try {
    parse(words, commands, '1.2.3', '/here');
  } catch (error) {
    if (PhoenixError.isPhoenixError(error)) return error.problems;
    throw error;
  }
  return [];
}

describe('the command line', () => {
  it('takes global options before and after the command', () => {
    const { command, call } = read('--json', 'ls', '-l', '-o', 'out', '-c', 'a=1', '--context', 'b=x=y', '--no-color');
    expect(command.name).toBe('ls');
    expect(call.options).toEqual({ long: true });
    expect(call.globals).toEqual({
      output: 'out',
      context: { a: '1', b: 'x=y' },
      json: true,
      quiet: false,
      verbose: false,
      strict: false,
      color: false,
      ci: false,
    });
  });

  it('hands the flags of the applier on in their order, and keeps its own', () => {
    const { call } = read('plan', '--stack', 'ai', '--json', '--only=ai/qwen', '--fail', '-o', 'out');
    expect(call.words).toEqual(['--stack', 'ai', '--only=ai/qwen', '--fail']);
    expect(call.globals).toMatchObject({ json: true, output: 'out' });
  });

  it.each([
    [['synht'], 'usage/unknown-command', 'synht', 'did you mean `synth`?'],
    [['diff', '--fial'], 'usage/unknown-flag', '--fial', 'did you mean `--fail`?'],
    [['synth', '--outptu', 'x'], 'usage/unknown-flag', '--outptu', 'did you mean `--output`?'],
    [['ls', 'ai'], 'usage/excess-argument', undefined, 'see `phoenix --help`'],
    [['init', 'demo'], 'usage/invalid-value', 'demo', 'see `phoenix --help`'],
    [['init', 'sampel'], 'usage/invalid-value', 'sampel', 'did you mean `sample`?'],
    [['synth', '-c', 'a'], 'usage/context', 'a', 'write --context key=value'],
  ])('refuses %j with code, value and way out', (words, code, value, fix) => {
    expect(refused(...words)).toMatchObject([{ code, ...(value === undefined ? {} : { value }), fix }]);
  });

  it('refuses an option without its value', () => {
    expect(refused('synth', '--app')).toMatchObject([{ code: 'usage/missing-value' }]);
  });

  it('shows the version, and the help of a command', () => {
    expect(shown('--version')).toEqual({ shown: '1.2.3\n', isUsageError: false });
    expect(shown('ls', '--help')?.shown).toMatchInlineSnapshot(`
      "Usage: phoenix ls [options]

      list the stacks of the program, in the order in which they are applied

      Options:
        -l, --long                 also host, release, restarts, resources and steps
        -d, --show-dependencies    also the stacks that each one waits for
        -h, --help                 print help

      Global Options:
        -V, --version              print the version
        -a, --app <command>        command that runs the program, or a folder with an
                                   assembly
        -o, --output <folder>      folder of the assembly (default: cdk.out beside
                                   phoenix.json)
        -c, --context <key=value>  context for the constructs; may be given several
                                   times (default: none)
        -j, --json                 print the result as JSON
        -q, --quiet                print only results and problems
        -v, --verbose              also say what is usually left out
        --strict                   warnings that nobody acknowledged are errors
        --no-color                 no colours (also: NO_COLOR, or no terminal)
        --ci                       refuse to change phoenix.lock.json
      "
    `);
  });

  it('takes no command at all for a mistake, and helps', () => {
    expect(shown()).toMatchObject({ isUsageError: true, shown: expect.stringContaining('synth') });
  });

  it('names every command in the help', () => {
    const help = shown('--help')?.shown ?? '';
    expect(commands.filter(({ name }) => !new RegExp(`^ {2}${name}\\b`, 'm').test(help))).toEqual([]);
  });
});
