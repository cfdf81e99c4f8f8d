import { Argument, Command, CommanderError, Option } from 'commander';
import { PhoenixError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import type { Call, CommandGroup, CommandRow, GlobalOptions, OptionRow } from './command.js';
import { globalOptions } from './commands.js';

/** A command line, understood: something to be done, or only to be shown (help, version). */
export type Parsed =
  | { readonly command: CommandRow; readonly call: Omit<Call, 'warn' | 'live'> }
  | { readonly shown: string; readonly isUsageError: boolean };

/**
 * Reads the words after the program's name.
 * @throws `usage/*` with the word in question and the nearest that would do
 */
export function parse(
  words: readonly string[],
  rows: readonly (CommandRow | CommandGroup)[],
  version: string,
  cwd: string,
): Parsed {
  let parsed: Parsed | undefined;
  let shown = '';
  const program = programOf(version, (text) => {
    shown += text;
  });
  addCommands(program, rows, (row, given, options) => {
    parsed = { command: row, call: { words: given, options, globals: globalsOf(program.opts()), cwd } };
  });
  program.exitOverride(refuse(() => rows.map((row) => row.name)));
  try {
    program.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      throw error;
    }
    return { shown, isUsageError: error.exitCode !== 0 };
  }
  return parsed ?? { shown: program.helpInformation(), isUsageError: true };
}

function programOf(version: string, show: (text: string) => void): Command {
  const program = new Command('phoenix')
    .description('From a TypeScript program to reviewable files and runbooks for Proxmox VE.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureOutput({ writeOut: show, writeErr: show, outputError: () => {} })
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError(false)
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 differences (with --fail).');
  globalOptions.forEach((row) => {
    program.addOption(optionOf(row));
  });
  return program;
}

type Use = (row: CommandRow, words: readonly string[], options: Readonly<Record<string, unknown>>) => void;

function addCommands(parent: Command, rows: readonly (CommandRow | CommandGroup)[], use: Use): void {
  for (const row of rows) {
    const command = parent
      .command(row.name)
      .summary(row.summary)
      .description([row.summary, row.details].filter(Boolean).join('\n'));
    if ('commands' in row) {
      addCommands(command, row.commands, use);
      command.exitOverride(refuse(() => row.commands.map((it) => it.name)));
    } else {
      complete(command, row, use);
    }
  }
}

function complete(command: Command, row: CommandRow, use: Use): void {
  row.arguments?.forEach(({ name, help, choices }) => {
    const argument = new Argument(name, help);
    command.addArgument(choices === undefined ? argument : argument.choices([...choices]));
  });
  row.options?.forEach((option) => {
    command.addOption(optionOf(option));
  });
  if (row.passesOn === true) {
    command.allowUnknownOption();
  }
  command.exitOverride(refuse(() => [...(row.options ?? []), ...globalOptions].flatMap(longFlag)));
  command.action(() => use(row, command.args, command.opts()));
}

function optionOf(row: OptionRow): Option {
  const option = new Option(row.flags, row.help);
  if (row.repeats === true) {
    option.default([], 'none').argParser((value: string, former: readonly string[]) => [...former, value]);
  }
  return option;
}

function globalsOf(options: Readonly<Record<string, unknown>>): GlobalOptions {
  const { app, output, context } = options;
  return {
    ...(typeof app === 'string' ? { app } : {}),
    ...(typeof output === 'string' ? { output } : {}),
    context: contextOf(context as readonly string[]),
    json: options['json'] === true,
    quiet: options['quiet'] === true,
    verbose: options['verbose'] === true,
    strict: options['strict'] === true,
    color: options['color'] !== false,
    ci: options['ci'] === true,
  };
}

function contextOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) {
        throw new PhoenixError({
          code: 'usage/context',
          message: `'${pair}' is no context: there is no key and '='`,
          value: pair,
          fix: 'write --context key=value',
        });
      }
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

const usageCodes: Readonly<Record<string, string>> = {
  'commander.unknownCommand': 'usage/unknown-command',
  'commander.unknownOption': 'usage/unknown-flag',
  'commander.optionMissingArgument': 'usage/missing-value',
  'commander.missingArgument': 'usage/missing-argument',
  'commander.excessArguments': 'usage/excess-argument',
  'commander.invalidArgument': 'usage/invalid-value',
};

/** Turns the parser's refusals into problems like all others; help and version pass. */
function refuse(candidates: () => readonly string[]): (error: CommanderError) => never {
  return (error) => {
    const code = usageCodes[error.code];
    if (code === undefined) {
      throw error;
    }
    const value = /'([^']*)'/.exec(error.message)?.[1];
    const near = value === undefined ? undefined : nearest(value, likely(code, error.message, candidates));
    throw new PhoenixError({
      code,
      message: error.message.replace(/^error: /, '').replace(/\.$/, ''),
      ...(value === undefined ? {} : { value }),
      fix: near === undefined ? 'see `phoenix --help`' : `did you mean \`${near}\`?`,
    });
  };
}

/** What a word may have been meant to be; the choices of an argument stand in the parser's message alone. */
function likely(code: string, message: string, candidates: () => readonly string[]): readonly string[] {
  if (code === 'usage/invalid-value') {
    return (/Allowed choices are (.+?)\.?$/.exec(message)?.[1] ?? '').split(', ').filter((choice) => choice !== '');
  }
  return code.startsWith('usage/unknown-') ? candidates() : [];
}

function longFlag(row: OptionRow): string[] {
  return /--[\w-]+/.exec(row.flags)?.slice() ?? [];
}
