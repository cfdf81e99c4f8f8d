import { PhoenixError } from '../base/errors.js';
import { printable, shown } from '../base/shown.js';
import { Duration, type DurationText } from '../base/units.js';
import { propsOf } from '../model/read-props.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import type { ScriptSpec } from './schema.js';

export interface ScriptOptions {
  /**
   * How long the script may take, in whole seconds.
   * @default '30min'
   */
  readonly timeout?: Duration | DurationText;
  /**
   * Further texts that make the script run again when they change, such as the content of a file that it brings into force.
   * @default - only the script's own text
   */
  readonly inputs?: readonly string[];
}

/**
 * A script that bash runs as root inside a guest, once for each text of it. Written so that running it again does no harm.
 *
 * It gets nothing of the host's environment, stops at the first command that fails (`set -euo pipefail` is put in front), and reads no
 * standard input.
 */
export class Script implements Referable {
  /** A script by its text. The name is for people and for the file in the assembly. Throws `script/*` and `duration/*`. */
  static text(name: string, text: string, options: ScriptOptions = {}): Script {
    return new Script(name, text, propsOf(options));
  }

  private readonly timeoutSeconds: number;
  private readonly inputs: readonly string[];

  private constructor(
    readonly name: string,
    readonly text: string,
    options: ScriptOptions,
  ) {
    if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]*$/.test(name)) {
      throw new PhoenixError({
        code: 'script/name',
        message: `${shown(name)} is no name for a script`,
        value: printable(name),
        fix: 'use small letters, digits and `-`',
      });
    }
    if (typeof text !== 'string' || text.includes('\0') || text.includes('\r')) {
      throw new PhoenixError({
        code: 'script/text',
        message: `script ${name} has no text, or one with a NUL or a carriage return, which bash would not take`,
        value: name,
        fix: 'write the text with plain line feeds',
      });
    }
    this.timeoutSeconds = timeoutOf(name, options.timeout ?? '30min');
    this.inputs = [...(options.inputs ?? [])];
  }

  /** The script as plain data. */
  get spec(): ScriptSpec {
    return {
      name: this.name,
      text: this.text,
      timeoutSeconds: this.timeoutSeconds,
      inputs: this.inputs,
    };
  }

  get [reference](): ReferenceTarget {
    return { kind: 'script', plain: this.spec, host: undefined };
  }
}

function timeoutOf(name: string, timeout: Duration | DurationText): number {
  const seconds = Duration.from(timeout).toSeconds();
  if (seconds === 0) {
    throw new PhoenixError({
      code: 'script/timeout',
      message: `script ${name} is given no time at all`,
      value: seconds,
      fix: "give a time such as '30min'",
    });
  }
  return seconds;
}

/** The script as it is sent to bash. */
export function scriptText(spec: ScriptSpec): string {
  return `set -euo pipefail\n${spec.text.endsWith('\n') ? spec.text : `${spec.text}\n`}`;
}
