import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quoteWord } from '../../../src/base/shell.js';
import { runtimeFile, runtimeFolder } from '../../support/runtime.js';
import { temporaryFolder } from '../bench.js';

type Value = string | number | readonly (string | number)[] | Readonly<Record<string, string | number>>;

export interface BashCall {
  /** Variables as the callers of the function leave them: words, lists, and associative arrays. */
  readonly set?: Readonly<Record<string, Value>>;
  /** Functions and commands that the function is not to reach: each records its call, then does what stands here. */
  readonly stubs?: Readonly<Record<string, string>>;
  /** Further libraries to read, before the stubs are put in place. */
  readonly with?: readonly string[];
  /** Shell that runs right before the call, and right after it. */
  readonly before?: string;
  readonly after?: string;
  /** Variables whose values are wanted afterwards. */
  readonly show?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface BashAnswer {
  /** What the function returned, or the shell that it ended. */
  readonly status: number;
  readonly ended: boolean;
  /** The stubs that were called, in order, as a shell would read their words. */
  readonly calls: readonly string[];
  readonly values: Readonly<Record<string, string | readonly string[] | Readonly<Record<string, string>>>>;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Calls a function of a library of the runtime, `bash('tool', ['patiently', 'pct', 'start', '950'], { stubs: … })`, in a shell that has read this
 * library alone.
 */
export function bash(library: string, words: readonly (string | number)[], given: BashCall = {}): BashAnswer {
  const script = [
    'set -uo pipefail; export LC_ALL=C',
    `library=${quoteWord(runtimeFolder)}`,
    ...[library, ...(given.with ?? [])].map((name) => `. ${quoteWord(runtimeFile(`${name}.bash`))}`),
    `_note() { printf '%s\\0' call "$#" "$@" >&3; }`,
    ...Object.entries(given.stubs ?? {}).map(([name, body]) => `${name}() { _note ${name} "$@"; ${body}\n}`),
    ...Object.entries(given.set ?? {}).map(([name, value]) => declaration(name, value)),
    ...(given.show ?? []).map((name) => `_show+=(${name})`),
    shower,
    given.before ?? '',
    words.map((word) => quoteWord(String(word))).join(' '),
    `_status=$?; builtin trap - EXIT; ${given.after ?? ''}`,
    '_tell returned "$_status"; builtin exit 0',
  ];
  // a file, as the applier is one: with -c bash minds its children otherwise, and may take itself for the end of an rsh
  const file = join(temporaryFolder(), 'call');
  writeFileSync(file, script.join('\n'));
  const { stdout, stderr, output, error, status } = spawnSync('bash', [file], {
    encoding: 'utf8',
    input: given.input ?? '',
    env: { PATH: process.env['PATH'], ...given.env },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  // what ends without having read its input has answered all the same
  if (error !== undefined && !('code' in error && error.code === 'EPIPE')) throw error;
  if (/command not found|unbound variable|syntax error/.test(stderr)) throw new Error(stderr);
  return { ...read(String(output[3]), status ?? -1), stdout, stderr };
}

const shower = `
_tell() {
  printf '%s\\0' "$@" >&3
  local _name _kind _key
  for _name in "\${_show[@]-}"; do
    [[ -v $_name || $(declare -p "$_name" 2>/dev/null) == declare* ]] || continue
    local -n _value=$_name
    _kind=$(declare -p "$_name")
    case $_kind in
      'declare -A'*) printf '%s\\0' map "$_name" "\${#_value[@]}" >&3; for _key in "\${!_value[@]}"; do printf '%s\\0' "$_key" "\${_value[$_key]}" >&3; done ;;
      'declare -a'*) printf '%s\\0' list "$_name" "\${#_value[@]}" "\${_value[@]}" >&3 ;;
      *) printf '%s\\0' word "$_name" "$_value" >&3 ;;
    esac
    unset -n _value
  done
}
builtin trap '_tell ended "$?"' EXIT`;

function declaration(name: string, value: Value): string {
  if (typeof value === 'string' || typeof value === 'number') return `declare ${name}=${quoteWord(String(value))}`;
  if (Array.isArray(value)) return `declare -a ${name}=(${value.map((word) => quoteWord(String(word))).join(' ')})`;
  const pairs = Object.entries(value).map(([key, word]) => `[${quoteWord(key)}]=${quoteWord(String(word))}`);
  return `declare -A ${name}=(${pairs.join(' ')})`;
}

function read(text: string, exit: number): Pick<BashAnswer, 'status' | 'ended' | 'calls' | 'values'> {
  const words = text.split('\0');
  const take = () => words.shift() ?? '';
  const calls: string[] = [];
  const values: Record<string, string | string[] | Record<string, string>> = {};
  let end = { status: exit, ended: true };
  while (words.length > 1) {
    const kind = take();
    if (kind === 'call') calls.push(words.splice(0, Number(take())).map(quoteWord).join(' '));
    else if (kind === 'word') values[take()] = take();
    else if (kind === 'list') values[take()] = words.splice(0, Number(take()));
    else if (kind === 'map') {
      const name = take();
      values[name] = Object.fromEntries(Array.from({ length: Number(take()) }, () => [take(), take()]));
    } else end = { status: Number(take()), ended: kind === 'ended' };
  }
  return { ...end, calls, values };
}
