import type { IConstruct } from 'constructs';
import { PhoenixError, type Problem } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import type { Stack } from '../core/stack.js';
import { rememberPlace } from '../core/written-in.js';
import { readLayer } from '../model/layer.js';
import { type Frame, frameTable, splitFrame } from './frame.js';
import { type GuestKind, laterKinds, templateKinds } from './guest-kind.js';
import { connectGuest, tellGuest } from './guest-links.js';
import { withWordsOf } from './kind-words.js';
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
  const made: MadeGuest[] = [];
  for (const guest of afterTheirTemplates(files, context)) {
    const found = new GuestMaker(guest, kinds, layers, stack, context).make();
    for (const name of namesOf(guest)) {
      context.declare('peer', name, found?.construct);
    }
    if (found !== undefined) {
      made.push(found);
    }
  }
  for (const { construct, frame, file } of made) {
    connectGuest(construct, frame, file, context);
  }
  return new Map(made.flatMap(({ guest, construct }) => namesOf(guest).map((name) => [name, construct] as const)));
}

interface MadeGuest {
  readonly guest: GuestFile;
  readonly file: SourceFile;
  readonly frame: Frame;
  readonly construct: IConstruct;
}

/** How files may call a guest. */
function namesOf({ folder, vmid, id }: GuestFile): readonly string[] {
  return [id, `${folder}/${vmid}`];
}

/** Makes one guest of its file. */
class GuestMaker {
  constructor(
    private readonly guest: GuestFile,
    private readonly kinds: readonly GuestKind[],
    private readonly layers: LoadedLayers,
    private readonly stack: Stack,
    private readonly context: LoadContext,
  ) {}

  make(): MadeGuest | undefined {
    const { file, vmid, id } = this.guest;
    const kind = file === undefined ? undefined : this.kind(file);
    if (file === undefined || kind === undefined) {
      this.declareAsTemplate(undefined);
      return undefined;
    }
    this.checkVmid(file);
    const root = { file, keys: [] };
    const split = splitFrame(file.value);
    const frame: Frame = this.context.attempt(root, () => readLayer(frameTable, split.frame, file.name)) ?? {};
    const profiles = this.profiles(file);
    const construct = this.context.attempt(root, () =>
      withWordsOf(kind, this.kinds, () => {
        this.refuseTakenId(id, file);
        return kind.make(this.stack, id, { ...resolved(kind.fields, split.own, root, this.context), vmid, profiles });
      }),
    );
    if (kind.referredAs !== undefined) {
      this.declareAsTemplate(construct, kind.referredAs);
    }
    if (construct === undefined) {
      return undefined;
    }
    rememberPlace(
      construct,
      (keys, part) => place(file, profiles, keys, part),
      (keys) => (file.has(keys) ? file.place(keys) : undefined),
    );
    tellGuest(construct, frame, file, this.context);
    return { guest: this.guest, file, frame, construct };
  }

  private refuseTakenId(id: string, file: SourceFile): void {
    const taken = this.stack.node.tryFindChild(id);
    if (taken !== undefined) {
      throw new PhoenixError({
        code: 'conf/name-twice',
        message: `the program has a ${taken.node.path} already, and ${file.name} describes one`,
        value: id,
        fix: 'keep one of them, or rename one',
      });
    }
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
  if (typeof kind === 'string' && laterKinds.includes(kind)) {
    return {
      code: 'conf/not-yet',
      message: `nothing in this release makes guests of kind ${JSON.stringify(kind)}`,
      value: kind,
      fix: `use one of ${words.join(', ')}, or register a kind of your own: ConfigDirectory.load(app, folder, { kinds })`,
    };
  }
  const like = typeof kind === 'string' ? nearest(kind, words) : undefined;
  return {
    code: 'conf/kind',
    message: `${JSON.stringify(kind)} is no kind of guest in ${folder}/`,
    value: kind,
    fix: like === undefined ? `known kinds: ${words.join(', ') || 'none'}` : `did you mean ${JSON.stringify(like)}?`,
  };
}
