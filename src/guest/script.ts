import { PhoenixError } from '../base/errors.js';
import { Duration, type DurationText } from '../base/units.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import type { ScriptSpec } from './schema.js';

export interface ScriptOptions {
  /**
   * How long the script may take.
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
  /** A script by its text. The name is for people and for the file in the assembly. Throws `script/*`. */
  static text(name: string, text: string, options: ScriptOptions = {}): Script {
    return new Script(name, text, options);
  }

  private constructor(
    readonly name: string,
    readonly text: string,
    private readonly options: ScriptOptions,
  ) {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
      throw new PhoenixError({
        code: 'script/name',
        message: `${JSON.stringify(name)} is no name for a script`,
        value: name,
        fix: 'use small letters, digits and `-`',
      });
    }
    if (text.includes('\0') || text.includes('\r')) {
      throw new PhoenixError({
        code: 'script/text',
        message: `script ${name} holds a NUL or a carriage return, which bash would not take`,
        value: name,
        fix: 'write the text with plain line feeds',
      });
    }
  }

  /** The script as plain data. */
  get spec(): ScriptSpec {
    return {
      name: this.name,
      text: this.text,
      timeoutSeconds: Duration.from(this.options.timeout ?? '30min').toSeconds(),
      inputs: this.options.inputs ?? [],
    };
  }

  get [reference](): ReferenceTarget {
    return { kind: 'script', plain: this.spec, host: undefined };
  }
}

/** The script as it is sent to bash. */
export function scriptText(spec: ScriptSpec): string {
  return `set -euo pipefail\n${spec.text.endsWith('\n') ? spec.text : `${spec.text}\n`}`;
}
