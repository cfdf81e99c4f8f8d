import { volumeOwner } from '../../format/lxc-lint.js';
import { storageId } from '../../storage/schema.js';
import { Code } from './literal.js';
import { identifierOf, type Names } from './names.js';

/** The storages of one node that guests lie on, each with the name of its constant. */
export class Storages {
  private readonly codes = new Map<string, Code>();

  constructor(
    private readonly node: string,
    private readonly names: Names,
    private readonly ids: Names,
  ) {}

  /** The storages that were asked for, in that order. */
  get used(): readonly (readonly [storage: string, code: Code])[] {
    return [...this.codes];
  }

  /** The constant of a storage; undefined for what is no name of one. */
  use(storage: string): Code | undefined {
    if (!storageId.pattern.test(storage)) {
      return undefined;
    }
    const known = this.codes.get(storage);
    if (known !== undefined) {
      return known;
    }
    // its id is its name, which no network may have then
    this.ids.give(storage);
    const code = new Code(this.names.give(identifierOf(storage), identifierOf(`${this.node} ${storage}`)));
    this.codes.set(storage, code);
    return code;
  }
}

/** A volume id in its parts; undefined for paths and other texts. `vmid` is the guest that its name speaks of. */
export function volumeOf(text: string): { storage: string; name: string; vmid: number | undefined } | undefined {
  const [, storage, name] = /^([^/:,\s]+):([^\s,]+)$/.exec(text) ?? [];
  return storage === undefined || name === undefined ? undefined : { storage, name, vmid: volumeOwner(text) };
}
