import { PhoenixError } from '../../base/errors.js';
import { isPlainObject } from '../../base/plain-object.js';
import type { Field, Fields } from '../../model/fields.js';
import { Code, type Literal, quoted } from '../adopt/literal.js';
import type { ProgramNames } from './program-names.js';
import type { Value, Values } from './values.js';

/** Values of files as a program writes them: names become constants. */
export class ProgramValues {
  constructor(
    private readonly names: ProgramNames,
    private readonly host: Values,
  ) {}

  /** Props of a construct. `null` takes back what a layer below says: constructs read it as files do, but the types of props do not have it. */
  props(fields: Fields, values: Values): Record<string, Literal> {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, this.value(fields[key], value, key)]));
  }

  private value(field: Field | undefined, value: Value, key: string): Literal {
    if ((value as unknown) === null) {
      return new Code('null as never');
    }
    const kind = field?.refers;
    if (kind !== undefined) {
      return this.reference(kind, value);
    }
    if (key === 'gpus' && Array.isArray(value)) {
      return value.map((card) => new Code(`${this.names.use('machine', 'machine').text}.gpu(${String(card)})`));
    }
    if (isList(value)) {
      return value.map((one) => this.value(field?.item, one, key));
    }
    return isPlainObject(value) ? this.record(field, value, key) : value;
  }

  private record(field: Field | undefined, value: Values, key: string): Literal {
    if (typeof value['$secret'] === 'string') {
      return this.secret(value['$secret']);
    }
    return field?.fields === undefined
      ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.value(field?.item, one, key)]))
      : this.props(field.fields, value);
  }

  private reference(kind: string, value: Value): Literal {
    switch (kind) {
      case 'mount source':
        return typeof value === 'string' ? this.source(value) : this.value(undefined, value, kind);
      case 'script':
        return this.script(value);
      case 'content':
        return this.content(value);
      case 'container archive':
        return value === 'adopted' ? 'adopted' : this.byName(kind, value);
      case 'interface':
      case 'bridge':
      case 'PCI mapping':
      case 'USB mapping':
      case 'directory mapping':
      case 'ISO image':
      case 'firewall address':
      case 'security group':
        return typeof value === 'string' && this.names.knows(kind, value)
          ? this.names.use(kind, value)
          : this.value(undefined, value, kind);
      case 'port':
        return this.reference(
          this.names.knows('VLAN interface', String(value)) ? 'VLAN interface' : 'interface',
          value,
        );
      case 'storage':
        return this.storage(value);
      default:
        return this.byName(kind, value);
    }
  }

  private byName(kind: string, value: Value): Literal {
    return typeof value === 'string' ? this.names.use(kind, value) : this.value(undefined, value, kind);
  }

  /** Every node has `local`, whether or not somebody describes it. */
  private storage(value: Value): Literal {
    if (value === 'local' && !this.names.knows('storage', 'local')) {
      const machine = this.names.use('machine', 'machine').text;
      return new Code(`${this.names.imported('Storage')}.fromName(${machine}, 'local')`);
    }
    return this.byName('storage', value);
  }

  /** `/path`, `tank/models` or `tank/models:vllm`. */
  source(text: string): Literal {
    if (text.startsWith('/')) {
      return text;
    }
    const [name = '', folder] = text.split(':', 2);
    if (this.names.knows('folder', text)) {
      return this.names.use('folder', text);
    }
    const dataset = this.names.use('dataset', name);
    return folder === undefined ? dataset : new Code(`${dataset.text}.folder(${quoted(folder)})`);
  }

  private script(value: Value): Literal {
    switch (value) {
      case 'base-tools':
        return new Code(`${this.names.imported('baseTools')}()`);
      case 'nvidia-userspace':
        return new Code(`${this.names.use('driver', 'driver').text}.userspace()`);
      case 'vllm-runtime': {
        const { software } = this.host;
        const version = software !== undefined && isValues(software) ? String(software['vllm']) : '';
        return new Code(`${this.names.imported('VllmContainer')}.runtime({ vllm: ${quoted(version)} })`);
      }
      default:
        return this.fileScript(value);
    }
  }

  private fileScript(value: Value): Literal {
    const { file, timeout } = isValues(value) ? value : { file: undefined, timeout: undefined };
    if (typeof file !== 'string') {
      throw unknownValue('script', value);
    }
    const name = file.replace(/^.*\//, '').replace(/\.[^.]*$/, '');
    const options = typeof timeout === 'string' ? `, { timeout: ${quoted(timeout)} }` : '';
    return new Code(`${this.names.imported('Script')}.text(${quoted(name)}, ${this.fileText(file)}${options})`);
  }

  private fileText(path: string): string {
    this.names.nodeImports.set('readFileSync', 'node:fs');
    this.names.nodeImports.set('join', 'node:path');
    return `readFileSync(join(import.meta.dirname, ${quoted(path)}), 'utf8')`;
  }

  private content(value: Value): Literal {
    if (typeof value === 'string') {
      return value;
    }
    if (isValues(value) && typeof value['$file'] === 'string') {
      return new Code(this.fileText(value['$file']));
    }
    if (!isList(value)) {
      throw unknownValue('content', value);
    }
    return value.map((part) => {
      if (!isValues(part) || typeof part['$secret'] !== 'string') {
        return String(part);
      }
      return { secret: this.secret(part['$secret']), encoding: String(part['encoding'] ?? 'raw') };
    });
  }

  private secret(name: string): Code {
    return new Code(`${this.names.imported('secretRef')}(${quoted(name)})`);
  }
}

function unknownValue(what: string, value: Value): PhoenixError {
  return new PhoenixError({
    code: 'migrate/no-typescript',
    message: `${JSON.stringify(value)} is no ${what} that can be written as a program`,
    fix: 'run `phoenix validate` over the files first',
  });
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function isValues(value: Value): value is Values {
  return isPlainObject(value);
}
