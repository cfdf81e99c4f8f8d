import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PhoenixError, type Problem } from '../../base/errors.js';
import { isPlainObject } from '../../base/plain-object.js';
import { compareText } from '../../base/stable.js';
import { parseJson } from '../../format/json-document.js';
import { parseYaml } from '../../format/yaml-document.js';
import type { ConfGuest, ConfProfile, ConfTree, GuestFolder } from './conf-tree.js';
import type { Values } from './values.js';

/** Whether a folder is a config directory and not one of monolithic files. */
export function isConfFolder(folder: string): boolean {
  return list(folder).some((name) => /^(host\.(json|ya?ml)|lxc|vm|defaults)$/.test(name));
}

/**
 * A config directory as it stands, unchecked but for its form: `phoenix validate` checks it. Throws what is wrong with the texts.
 *
 * `name` is that of the app; without one it is the machine's.
 */
export function readConf(folder: string, name?: string): ConfTree {
  const problems: Problem[] = [];
  const read = (path: string) => readValues(folder, path, problems);
  const host = Object.assign({}, ...named(folder, '', /^host$/).map(({ path }) => read(path))) as Values;
  const bases = Object.fromEntries(
    named(folder, 'defaults', /^(lxc|vm)_base$/).map(({ path, found }) => [found[1], read(path)] as const),
  );
  const profiles = named(folder, 'defaults', /^(vm_)?profile_(.+)$/).map(
    ({ path, found }): ConfProfile => ({
      folder: found[1] === undefined ? 'lxc' : 'vm',
      name: found[2] ?? '',
      values: read(path),
    }),
  );
  const guests = (['lxc', 'vm'] as const).flatMap((kind) =>
    named(folder, kind, /^(\d+)_(.+)$/).map(
      ({ path, found }): ConfGuest => ({
        folder: kind,
        vmid: Number(found[1]),
        id: found[2] ?? '',
        values: read(path),
      }),
    ),
  );
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  if (typeof host['name'] !== 'string') {
    throw new PhoenixError({
      code: 'migrate/nothing',
      message: `${folder} has no host.json that names the machine`,
      value: folder,
      fix: 'give a config directory that describes its host',
    });
  }
  return {
    app: name ?? host['name'],
    host,
    bases: bases as Partial<Record<GuestFolder, Values>>,
    profiles,
    guests,
    files: otherFiles(folder),
  };
}

interface Named {
  readonly path: string;
  readonly found: RegExpExecArray;
}

/** Files of a folder whose names without their ending are of that form. */
function named(root: string, folder: string, form: RegExp): readonly Named[] {
  return list(join(root, folder)).flatMap((name) => {
    const found = form.exec(name.replace(/\.(json|ya?ml)$/, ''));
    return found === null || !/\.(json|ya?ml)$/.test(name)
      ? []
      : [{ path: folder === '' ? name : `${folder}/${name}`, found }];
  });
}

function readValues(root: string, path: string, problems: Problem[]): Values {
  const text = readFileSync(join(root, path), 'utf8').replace(/^\uFEFF/, '');
  const result = (path.endsWith('.json') ? parseJson : parseYaml)(text);
  if (!('locate' in result)) {
    problems.push(
      ...result.map(({ span, ...problem }) => ({
        ...problem,
        path: `${path}:${text.slice(0, span.offset).split('\n').length}`,
      })),
    );
    return {};
  }
  const { $schema: _, ...values } = isPlainObject(result.value) ? result.value : {};
  return values as Values;
}

/** Scripts and contents, by path in the directory. */
function otherFiles(root: string): Readonly<Record<string, string>> {
  const found = ['scripts', 'files'].flatMap((folder) =>
    list(join(root, folder))
      .map((name) => `${folder}/${name}`)
      .filter((path) => lstatSync(join(root, path)).isFile()),
  );
  return Object.fromEntries(found.map((path) => [path, readFileSync(join(root, path), 'utf8').replace(/^\uFEFF/, '')]));
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort(compareText);
  } catch {
    return [];
  }
}
