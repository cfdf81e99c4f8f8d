import type { Stack } from '../core/stack.js';
import { GpuProfile } from '../gpu/gpu-profile.js';
import { DockerProfile } from '../lxc/docker-profile.js';
import { Profile } from '../lxc/profile.js';
import type { LxcLayerSource } from '../lxc/roles.js';
import { lxcSharedTable } from '../lxc/schema.js';
import type { Layer } from '../model/merge.js';
import type { LoadContext } from './load-context.js';
import type { ReadFiles } from './read-files.js';
import { resolved } from './resolve.js';
import type { SourceFile } from './source-file.js';

/** A layer that a file is, and the names of those that it stands upon. */
export interface LayerFile {
  readonly source: LxcLayerSource;
  readonly file: SourceFile;
  readonly below: readonly string[];
}

/** Layers by folder of the guests that they are for. */
export interface LoadedLayers {
  readonly bases: ReadonlyMap<string, LayerFile>;
  /** By folder and name, `lxc gpu`; undefined for one that could not be made. */
  readonly profiles: ReadonlyMap<string, LayerFile | undefined>;
}

/** Makes the layers of `defaults/`, whose values may refer to what the host has. */
export function loadProfiles(files: ReadFiles, stack: Stack, context: LoadContext): LoadedLayers {
  const bases = new Map<string, LayerFile>();
  const profiles = new Map<string, LayerFile | undefined>();
  for (const { folder, file } of files.defaults) {
    const made = layerOf(file, `${folder} base`, stack, context);
    if (made !== undefined) {
      bases.set(folder, made);
    }
  }
  for (const { folder, profile, file } of files.profiles) {
    profiles.set(`${folder} ${profile}`, layerOf(file, profile, stack, context));
  }
  return { bases, profiles };
}

/** Kinds of profiles: values as they stand, or a profile that the library brings, with its own few keys. */
const makers: Readonly<Record<string, (stack: Stack, id: string, props: object) => LxcLayerSource>> = {
  profile: (stack, id, props) => new Profile(stack, id, props),
  docker: (stack, id, props) => new DockerProfile(stack, id, props),
  gpu: (stack, id, props) => new GpuProfile(stack, id, props),
};

function layerOf(file: SourceFile, id: string, stack: Stack, context: LoadContext): LayerFile | undefined {
  const { $schema: _, kind = 'profile', profiles: below = [], ...values } = file.value;
  const root = { file, keys: [] };
  const make = makers[String(kind)];
  if (make === undefined) {
    context.problems.push(file.problem(unknownKind(kind), ['kind']));
    return undefined;
  }
  const source = context.attempt(root, () => make(stack, id, resolved(lxcSharedTable.fields, values, root, context)));
  return source === undefined
    ? undefined
    : { source: withFile(source, file), file, below: names(below, file, context) };
}

/** The layer tells where its values are written. */
function withFile(source: LxcLayerSource, file: SourceFile): LxcLayerSource {
  const layer: Layer = { ...source.layer, written: (keys) => (file.has(keys) ? file.place(keys) : undefined) };
  return { layer };
}

/** A list of names; anything else is a problem. */
export function names(value: unknown, file: SourceFile, context: LoadContext): readonly string[] {
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) {
    return value;
  }
  context.problems.push(
    file.problem(
      {
        code: 'config/wrong-value',
        message: `\`profiles\` is ${JSON.stringify(value)}, expected a list of names`,
        fix: '`profiles`: names of files in defaults, without `profile_` and the ending',
      },
      ['profiles'],
    ),
  );
  return [];
}

function unknownKind(kind: unknown): { code: string; message: string; value: unknown; fix: string } {
  return {
    code: 'conf/kind',
    message: `${JSON.stringify(kind)} is no kind of profile`,
    value: kind,
    fix: `known kinds: ${Object.keys(makers).join(', ')}`,
  };
}
