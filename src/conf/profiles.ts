import { Construct } from 'constructs';
import type { Stack } from '../core/stack.js';
import { GpuProfile, gpuProfileTable } from '../gpu/gpu-profile.js';
import { DockerProfile, dockerTable } from '../lxc/docker-profile.js';
import { Profile } from '../lxc/profile.js';
import { lxcSharedTable } from '../lxc/schema.js';
import type { Fields } from '../model/fields.js';
import type { Layer } from '../model/merge.js';
import { vmSharedTable } from '../vm/schema.js';
import { VmProfile } from '../vm/vm-profile.js';
import type { LoadContext } from './load-context.js';
import type { ReadFiles } from './read-files.js';
import { resolved } from './resolve.js';
import type { SourceFile } from './source-file.js';

/** A profile: a layer. */
export interface LayerSource {
  readonly layer: Layer;
}

/** A layer that a file is, and the names of those that it stands upon. */
export interface LayerFile {
  readonly source: LayerSource;
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
  // no file of a guest can have this name
  const scope = new Construct(stack, 'defaults of files');
  const bases = new Map<string, LayerFile>();
  const profiles = new Map<string, LayerFile | undefined>();
  for (const { folder, file } of files.defaults) {
    const made = layerOf(file, folder, 'base', scope, context);
    if (made !== undefined) {
      bases.set(folder, made);
    }
  }
  for (const { folder, profile, file } of files.profiles) {
    profiles.set(`${folder} ${profile}`, layerOf(file, folder, profile, scope, context));
  }
  return { bases, profiles };
}

/** A kind of profile: the keys that files of it may have, and what it makes of them. */
interface ProfileKind {
  readonly doc: string;
  readonly fields: Fields;
  readonly make: (scope: Construct, id: string, props: object) => LayerSource;
}

/** By folder of the guests: values as they stand, or a profile that the library brings, with its own few keys. */
export const profileKinds: Readonly<Record<string, Readonly<Record<string, ProfileKind>>>> = {
  lxc: {
    profile: {
      doc: 'Values as they stand',
      fields: lxcSharedTable.fields,
      make: (scope, id, props) => new Profile(scope, id, props),
    },
    docker: {
      doc: 'What a container needs to run Docker',
      fields: dockerTable.fields,
      make: (scope, id, props) => new DockerProfile(scope, id, props),
    },
    gpu: {
      doc: 'How containers use cards',
      fields: gpuProfileTable.fields,
      make: (scope, id, props) => new GpuProfile(scope, id, props),
    },
  },
  vm: {
    profile: {
      doc: 'Values as they stand',
      fields: vmSharedTable.fields,
      make: (scope, id, props) => new VmProfile(scope, id, props),
    },
  },
};

function layerOf(
  file: SourceFile,
  folder: string,
  id: string,
  scope: Construct,
  context: LoadContext,
): LayerFile | undefined {
  const { $schema: _, kind: word = 'profile', profiles: below = [], ...values } = file.value;
  const root = { file, keys: [] };
  const known = profileKinds[folder] ?? {};
  const kind = Object.hasOwn(known, String(word)) ? known[String(word)] : undefined;
  if (kind === undefined) {
    context.problems.push(file.problem(unknownKind(word, Object.keys(known)), ['kind']));
    return undefined;
  }
  const source = context.attempt(root, () =>
    kind.make(scope, `${folder} ${id}`, resolved(kind.fields, values, root, context)),
  );
  return source === undefined
    ? undefined
    : { source: named(source, id, file), file, below: names(below, file, context) };
}

/** The layer under the name that files use, which tells where its values are written. */
function named({ layer }: LayerSource, id: string, file: SourceFile): LayerSource {
  const name = id === 'base' ? 'base' : `profile ${id}`;
  return { layer: { ...layer, name, written: (keys) => (file.has(keys) ? file.place(keys) : undefined) } };
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

function unknownKind(
  kind: unknown,
  known: readonly string[],
): { code: string; message: string; value: unknown; fix: string } {
  return {
    code: 'conf/kind',
    message: `${JSON.stringify(kind)} is no kind of profile`,
    value: kind,
    fix: `known kinds: ${known.join(', ')}`,
  };
}
