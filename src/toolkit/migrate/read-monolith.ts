import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PhoenixError, type Problem } from '../../base/errors.js';
import { isPlainObject } from '../../base/plain-object.js';
import { compareText } from '../../base/stable.js';
import type { Document, TextProblem } from '../../format/document.js';
import { parseJson } from '../../format/json-document.js';
import { parseYaml } from '../../format/yaml-document.js';
import { Entry, type InputFile } from './input.js';
import type { Ledger } from './ledger.js';
import { type FoundSecret, withoutSecrets } from './secrets.js';

/** A guest as the monolith describes it. */
export interface MonolithGuest {
  readonly folder: 'lxc' | 'vm';
  readonly vmid: number;
  readonly entry: Entry;
}

/** What the files say, by what it is about, whatever the files are called. */
export class Monolith {
  /** Reads a folder. Throws `migrate/nothing`, and `conf/*` with all that is wrong with the texts. */
  static read(folder: string, ledger: Ledger): Monolith {
    const found: InputFile[] = [];
    const problems: Problem[] = [];
    const others: string[] = [];
    for (const name of namesIn(folder)) {
      const text = readFileSync(join(folder, name), 'utf8').replace(/^\uFEFF/, '');
      const result: Document | readonly TextProblem[] = (name.endsWith('.json') ? parseJson : parseYaml)(text);
      if ('locate' in result) {
        isMonolith(result.value) ? found.push({ name, text, document: result }) : others.push(name);
      } else {
        problems.push(
          ...result.map(({ span, ...problem }) => ({ ...problem, path: `${name}:${lineAt(text, span.offset)}` })),
        );
      }
    }
    if (problems.length > 0) {
      throw new PhoenixError(problems);
    }
    if (found.length === 0) {
      throw new PhoenixError({
        code: 'migrate/nothing',
        message: `no file in ${folder} describes containers, machines or their host`,
        value: folder,
        fix: 'give the folder with phoenix_lxc_configs.json, phoenix_vm_configs.json and phoenix_hypervisor_config.json',
      });
    }
    return new Monolith(found, others, ledger);
  }

  readonly guests: readonly MonolithGuest[];
  readonly secrets: readonly FoundSecret[];
  private readonly roots: readonly Entry[];

  private constructor(
    /** As they are, with whatever secrets they hold. */
    readonly files: readonly InputFile[],
    /** Files of the folder that are about something else, such as schemas. */
    readonly others: readonly string[],
    private readonly ledger: Ledger,
  ) {
    const clean = files.map((file) => withoutSecrets(file, ledger));
    this.roots = clean.map(({ file }) => Entry.root(file));
    this.secrets = clean.flatMap(({ secrets }) => secrets);
    this.guests = [...this.listed('lxc', containerKeys), ...this.listed('vm', machineKeys)];
  }

  /** The first section of one of these names; another one of the same name is contradictory. */
  section(...names: readonly string[]): Entry | undefined {
    const [first, ...more] = names.flatMap((name) => this.roots.flatMap((root) => root.member(name) ?? []));
    for (const entry of more) {
      this.ledger.setAll(entry, 'contradictory', `${first?.file.name}:${first?.line} says it too, and was taken`);
    }
    return first;
  }

  private listed(folder: 'lxc' | 'vm', names: readonly string[]): MonolithGuest[] {
    return this.roots.flatMap((root) => {
      const lists = names.flatMap((name) => root.member(name) ?? []);
      const all = isGuestMap(root.value) && folder === 'lxc' ? [root] : lists;
      return all.flatMap((list) => list.members().flatMap((entry) => this.guest(folder, entry)));
    });
  }

  private guest(folder: 'lxc' | 'vm', entry: Entry): MonolithGuest[] {
    const own = ['vmid', 'ctid', 'id'].flatMap((name) => entry.member(name) ?? [])[0];
    const vmid = Number(
      own === undefined ? (/^\d+$/.test(entry.key) && !entry.isElement ? entry.key : Number.NaN) : own.value,
    );
    this.ledger.set(own, 'mapped', 'VMID, in the name of the file');
    if (Number.isSafeInteger(vmid) && vmid >= 100 && vmid <= 999_999_999 && isPlainObject(entry.value)) {
      return [{ folder, vmid, entry }];
    }
    this.ledger.setAll(entry, 'unknown', 'no guest: it has no VMID from 100 on');
    return [];
  }
}

const containerKeys = ['lxc_configs', 'lxc', 'lxcs', 'containers', 'lxc_containers'];
const machineKeys = ['vms', 'vm_configs', 'virtual_machines'];
const hostKeys = [
  'zfs',
  'core_paths',
  'shared_volumes',
  'shared_zfs_volumes',
  'proxmox_storage_ids',
  'nvidia_driver',
  'vm_defaults',
];

function isMonolith(value: unknown): boolean {
  if (!isPlainObject(value) || ('properties' in value && 'type' in value)) {
    return false;
  }
  return isGuestMap(value) || [...containerKeys, ...machineKeys, ...hostKeys].some((key) => key in value);
}

/** Whether a file is nothing but guests by their numbers. */
function isGuestMap(value: unknown): boolean {
  const keys = isPlainObject(value) ? Object.keys(value).filter((key) => key !== '$schema') : [];
  return keys.length > 0 && keys.every((key) => /^[1-9]\d{2,8}$/.test(key));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.(json|ya?ml)$/.test(name) && lstatSync(join(folder, name)).isFile())
      .sort(compareText);
  } catch {
    throw new PhoenixError({
      code: 'migrate/nothing',
      message: `there is no folder ${folder}`,
      value: folder,
      fix: 'give the folder with the files that are to be migrated',
    });
  }
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
