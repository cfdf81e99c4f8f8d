import type { IConstruct } from 'constructs';
import type { Problem } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import type { Stack } from '../core/stack.js';
import { rememberPlace } from '../core/written-in.js';
import { type GuestKind, templateKinds } from './guest-kind.js';
import { connectGuest } from './guest-links.js';
import type { LoadContext } from './load-context.js';
import { type LayerFile, type LayerSource, type LoadedLayers, names } from './profiles.js';
import type { ReadFiles } from './read-files.js';
import { resolved } from './resolve.js';
import type { SourceFile } from './source-file.js';

type GuestFile = ReadFiles['guests'][number];

/** Makes the guests, each after the template that it is cloned from; then what they say of each other. By id and by folder and VMID. */
export function loadGuests(
  files: readonly GuestFile[],
  kinds: readonly GuestKind[],
  layers: LoadedLayers,
  stack: Stack,
  context: LoadContext,
): ReadonlyMap<string, IConstruct> {
  const made: { guest: GuestFile; construct: IConstruct }[] = [];
  for (const guest of afterTheirTemplates(files, context)) {
    const construct = new GuestMaker(guest, kinds, layers, stack, context).make();
    for (const name of namesOf(guest)) {
      context.declare('peer', name, construct);
    }
    if (construct !== undefined) {
      made.push({ guest, construct });
    }
  }
  for (const { guest, construct } of made) {
    if (guest.file !== undefined) {
      connectGuest(construct, guest.file, context);
    }
  }
  return new Map(made.flatMap(({ guest, construct }) => namesOf(guest).map((name) => [name, construct] as const)));
}

/** How files may call a guest. */
function namesOf({ folder, vmid, id }: GuestFile): readonly string[] {
  return [id, `${folder}/${vmid}`];
}

/** Keys of a guest's file that are no props: they name other files. */
const frame = ['$schema', 'kind', 'profiles', 'startAfter', 'allowFrom', 'allowTo'] as const;

/** Makes one guest of its file. */
class GuestMaker {
  constructor(
    private readonly guest: GuestFile,
    private readonly kinds: readonly GuestKind[],
    private readonly layers: LoadedLayers,
    private readonly stack: Stack,
    private readonly context: LoadContext,
  ) {}

  make(): IConstruct | undefined {
    const { file, vmid, id } = this.guest;
    const kind = file === undefined ? undefined : this.kind(file);
    if (file === undefined || kind === undefined) {
      this.declareAsTemplate(undefined);
      return undefined;
    }
    this.checkVmid(file);
    const root = { file, keys: [] };
    const own = Object.fromEntries(Object.entries(file.value).filter(([key]) => !frame.some((name) => name === key)));
    const profiles = this.profiles(file);
    const construct = this.context.attempt(root, () =>
      kind.make(this.stack, id, { ...resolved(kind.fields, own, root, this.context), vmid, profiles }),
    );
    if (construct !== undefined) {
      rememberPlace(
        construct,
        (keys, part) => place(file, profiles, keys, part),
        (keys) => (file.has(keys) ? file.place(keys) : undefined),
      );
    }
    if (kind.referredAs !== undefined) {
      this.declareAsTemplate(construct, kind.referredAs);
    }
    return construct;
  }

  private kind(file: SourceFile): GuestKind | undefined {
    const { folder } = this.guest;
    const known = this.kinds.filter((kind) => kind.folder === folder);
    const wanted = file.value['kind'] ?? known[0]?.kind;
    const found = known.find(({ kind }) => kind === wanted);
    if (found === undefined) {
      this.context.problems.push(file.problem(unknownKind(wanted, known, folder), ['kind']));
    }
    return found;
  }

  private checkVmid(file: SourceFile): void {
    const { vmid } = this.guest;
    const given = file.value['vmid'];
    if (given !== undefined && given !== vmid) {
      this.context.problems.push(
        file.problem(
          {
            code: 'conf/vmid-differs',
            message: `\`vmid\` is ${JSON.stringify(given)}, and the name of the file says ${vmid}`,
            value: given,
            fix: 'leave out `vmid`, or rename the file',
          },
          ['vmid'],
        ),
      );
    }
  }

  /** The base, then the profiles in order, each after those that it names itself. */
  private profiles(file: SourceFile): readonly LayerSource[] {
    const base = this.layers.bases.get(this.guest.folder);
    const result: LayerFile[] = base === undefined ? [] : [base];
    const wanted = names(file.value['profiles'] ?? [], file, this.context);
    this.addProfiles(wanted, file, [], result);
    return result.map(({ source }) => source);
  }

  private addProfiles(wanted: readonly string[], file: SourceFile, busy: readonly string[], result: LayerFile[]): void {
    wanted.forEach((name, index) => {
      const key = `${this.guest.folder} ${name}`;
      const found = this.layers.profiles.get(key);
      if (!this.layers.profiles.has(key) || busy.includes(name)) {
        const problem = busy.includes(name) ? circle([...busy, name]) : this.unknownProfile(name);
        this.report(file.problem(problem, ['profiles', String(index)]));
      } else if (found !== undefined && !result.includes(found)) {
        this.addProfiles(found.below, found.file, [...busy, name], result);
        result.push(found);
      }
    });
  }

  /** What is wrong between profiles is found by every guest that uses them. */
  private report(problem: Problem): void {
    const text = JSON.stringify(problem);
    if (!this.context.problems.some((other) => JSON.stringify(other) === text)) {
      this.context.problems.push(problem);
    }
  }

  private unknownProfile(name: string): Problem {
    const { folder } = this.guest;
    const known = [...this.layers.profiles.keys()]
      .filter((key) => key.startsWith(`${folder} `))
      .map((key) => key.slice(folder.length + 1));
    const like = nearest(name, known);
    return {
      code: 'conf/dangling',
      message: `there is no profile ${JSON.stringify(name)} for ${folder}`,
      value: name,
      fix: like === undefined ? `known: ${known.join(', ') || 'none'}` : `did you mean ${JSON.stringify(like)}?`,
    };
  }

  private declareAsTemplate(construct: IConstruct | undefined, kind = templateKinds[this.guest.folder]): void {
    for (const name of kind === undefined ? [] : namesOf(this.guest)) {
      this.context.declare(kind ?? '', name, construct);
    }
  }
}

/** In the guest's own file, or else in the highest layer that says something. */
function place(
  file: SourceFile,
  profiles: readonly LayerSource[],
  keys: readonly string[],
  part: 'key' | 'value',
): ReturnType<SourceFile['place']> {
  const layers = file.has(keys) ? [] : [...profiles].reverse();
  for (const { layer } of layers) {
    const found = layer.written?.(keys);
    if (found !== undefined) {
      return found;
    }
  }
  return file.place(keys, part);
}

/** Order of the files, but each after the file of the template that it names. */
function afterTheirTemplates(files: readonly GuestFile[], context: LoadContext): readonly GuestFile[] {
  const byName = new Map(files.flatMap((guest) => namesOf(guest).map((name) => [name, guest] as const)));
  const ordered = new Set<GuestFile>();
  const visit = (guest: GuestFile, busy: readonly GuestFile[]): void => {
    const template = byName.get(String(guest.file?.value['cloneFrom']));
    if (template !== undefined && [...busy, guest].includes(template)) {
      const ids = [...busy, guest, template].map(({ id }) => id);
      if (guest.file !== undefined) {
        context.problems.push(guest.file.problem(circle(ids), ['cloneFrom']));
        context.markUnresolved({ file: guest.file, keys: ['cloneFrom'] });
        context.declare(templateKinds[guest.folder] ?? '', String(guest.file.value['cloneFrom']), undefined);
      }
    } else if (template !== undefined && !ordered.has(template)) {
      visit(template, [...busy, guest]);
    }
    ordered.add(guest);
  };
  for (const guest of files) {
    if (!ordered.has(guest)) {
      visit(guest, []);
    }
  }
  return [...ordered];
}

function circle(ids: readonly string[]): Problem {
  const from = ids.indexOf(ids.at(-1) ?? '');
  return {
    code: 'conf/circle',
    message: `these stand upon each other: ${ids.slice(from).join(' → ')}`,
    value: ids.at(-1),
    fix: 'break the circle',
  };
}

function unknownKind(kind: unknown, known: readonly GuestKind[], folder: string): Problem {
  const words = known.map(({ kind }) => kind);
  const like = typeof kind === 'string' ? nearest(kind, words) : undefined;
  return {
    code: 'conf/kind',
    message: `${JSON.stringify(kind)} is no kind of guest in ${folder}/`,
    value: kind,
    fix: like === undefined ? `known kinds: ${words.join(', ') || 'none'}` : `did you mean ${JSON.stringify(like)}?`,
  };
}
