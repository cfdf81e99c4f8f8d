import type { IConstruct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { type ExplainedValue, explainValue, givenKeys, type Layered } from '../model/explain.js';
import type { ArtifactLine, Explanation } from '../model/report.js';
import type { Described } from './resource.js';
import { ownPlaces } from './written-in.js';

/** What somebody asks to have explained: a resource, one of its values, or a line of an artifact. */
export type ExplainRequest =
  | { readonly subject: string; readonly key?: string }
  | { readonly artifact: string; readonly line: number };

/** Says where values come from. Throws `explain/*` for what nobody knows. */
export function explain(described: readonly Described[], request: ExplainRequest): Explanation {
  if ('artifact' in request) {
    return explainLine(described, request.artifact, request.line);
  }
  const entry = entryOf(described, request.subject);
  const parts = layeredOf(entry.resource);
  const values =
    request.key === undefined
      ? parts.flatMap((part) => givenKeys(part).flatMap((key) => explainValue(part, [key]) ?? []))
      : [explainKey(parts, request.key, entry.path)];
  return { path: entry.path, identity: entry.identity, type: entry.resource.constructor.name, values };
}

/** What a resource calls itself, the words that people use for it, or its construct path. */
function entryOf(described: readonly Described[], subject: string): Described {
  const found =
    described.find(({ path, identity }) => path === subject || identity === subject) ??
    described.find(({ identity }) => identity === `guest/${subject.replace(/^(lxc|vm)\//, '')}`) ??
    onlyOne(described.filter(({ path }) => path.endsWith(`/${subject}`)));
  if (found === undefined) {
    const like = nearestName(described, subject);
    throw new PhoenixError({
      code: 'explain/unknown',
      message: `the program has no ${JSON.stringify(subject)}`,
      value: subject,
      fix:
        like === undefined
          ? 'give a VMID, an identity such as storage/local, or a construct path'
          : `did you mean ${like}?`,
    });
  }
  return found;
}

/** By what people call a thing: a word alone may be the end of a path or a VMID, and is answered by the whole of it. */
function nearestName(described: readonly Described[], subject: string): string | undefined {
  // paths last: where an identity ends alike, the path is meant
  const names = [...described.map(({ identity }) => identity), ...described.map(({ path }) => path)];
  const word = subject.replace(/^(lxc|vm)\//, '');
  if (word.includes('/')) {
    return nearest(word, names);
  }
  const ends = new Map(names.map((name) => [name.slice(name.lastIndexOf('/') + 1), name]));
  const like = nearest(word, [...names, ...ends.keys()]);
  return like === undefined ? undefined : (ends.get(like) ?? like);
}

function onlyOne<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined;
}

/** The layers of a resource; the highest of them is the construct's own, which may be written in a file. */
function layeredOf(resource: Described['resource']): readonly Layered[] {
  const written = ownPlaces(resource as IConstruct);
  return resource.layered().map(({ fields, layers }) => ({
    fields,
    layers: layers.map((layer) =>
      layer.name === resource.node.path && written !== undefined ? { ...layer, written } : layer,
    ),
  }));
}

function explainKey(parts: readonly Layered[], key: string, path: string): ExplainedValue {
  for (const part of parts) {
    const found = explainValue(part, key.split('.'));
    if (found !== undefined) {
      return found;
    }
  }
  const known = parts.flatMap(({ fields }) => Object.keys(fields));
  const like = nearest(key, known);
  throw new PhoenixError({
    code: 'explain/no-key',
    message:
      known.length === 0 ? `the values of ${path} come from no layers` : `${path} has no key ${JSON.stringify(key)}`,
    path,
    value: key,
    fix: like === undefined ? 'leave out the key to see what there is' : `did you mean ${like}?`,
  });
}

/** `stacks/ai/root/etc/pve/firewall/950.fw`, or the end of it, and a line of it. */
function explainLine(described: readonly Described[], artifact: string, line: number): Explanation {
  const all = described.flatMap((entry) =>
    entry.outcome.files.map((file) => ({ entry, file, place: `stacks/${entry.home.name}/${file.path}` })),
  );
  const found =
    all.find(({ place }) => artifact === place || artifact.endsWith(`/${place}`)) ??
    onlyOne(all.filter(({ place }) => place.endsWith(`/${artifact}`)));
  if (found === undefined) {
    const like = nearest(
      artifact,
      all.map(({ place }) => place),
    );
    throw new PhoenixError({
      code: 'explain/unknown-artifact',
      message: `no construct makes ${artifact}`,
      value: artifact,
      fix: like === undefined ? 'name a file below stacks/ of the assembly' : `did you mean ${like}?`,
    });
  }
  const { entry, file, place } = found;
  const lines = file.text.split('\n');
  const text = lines[line - 1];
  if (text === undefined || line > lines.length) {
    throw new PhoenixError({
      code: 'explain/no-line',
      message: `${place} has ${lines.length} lines, not ${line}`,
      value: line,
      fix: 'give a line of the file',
    });
  }
  const parts = layeredOf(entry.resource);
  const reasons = entry.resource.reasonsOfLine(file.path, text);
  const props = reasons.length > 0 ? [] : entry.resource.propsOfLine(file.path, text);
  const values = props.flatMap((key) => parts.flatMap((part) => explainValue(part, key.split('.')) ?? []));
  const artifactLine: ArtifactLine = { file: place, line, text };
  return {
    path: entry.path,
    identity: entry.identity,
    type: entry.resource.constructor.name,
    artifact: artifactLine,
    ...(reasons.length === 0 ? {} : { reasons }),
    values: values.filter(({ chain }) => chain.length > 0),
  };
}
