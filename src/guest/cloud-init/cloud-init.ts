import { isDeepStrictEqual } from 'node:util';
import { PhoenixError, type Problem } from '../../base/errors.js';
import { isPlainObject } from '../../base/plain-object.js';
import type { Field, Fields } from '../../model/fields.js';
import type { Layer } from '../../model/merge.js';
import type { CloudInitPackage } from './packages-schema.js';
import type { CloudInitDocuments, CloudInitFile, CloudInitUser } from './props.js';
import { type CloudInitCommand, cloudInitFields } from './schema.js';

/** What constructs put into a machine by cloud-init: a service its files, a tool its packages. */
export class CloudInit {
  private readonly contributions: { by: string; documents: CloudInitDocuments }[] = [];

  /**
   * Adds to the machine's documents, above what its layers say. `by` names the contributor in messages: two of them that say different
   * things of one key, user, file or mount point are an error (`cloud-init/conflict`) that names both.
   */
  add(by: string, documents: CloudInitDocuments): void {
    this.contributions.push({ by, documents });
  }

  /** Installs packages at the first boot. */
  addPackages(...packages: readonly CloudInitPackage[]): void {
    this.add('addPackages', { userData: { packages } });
  }

  /** Puts a file into the machine. */
  addFile(file: CloudInitFile): void {
    this.add('addFile', { userData: { writeFiles: [file] } });
  }

  /** Makes a user. */
  addUser(user: CloudInitUser): void {
    this.add('addUser', { userData: { users: [user] } });
  }

  /** Runs commands at the end of the first boot, after those that were given before. */
  addCommands(...commands: readonly CloudInitCommand[]): void {
    this.add('addCommands', { userData: { runcmd: commands } });
  }

  /** The contributions as layers, the first lowest. Throws `config/*` and `cloud-init/conflict`. */
  layers(path: string, read: (name: string, props: object, path: string) => Layer): Layer[] {
    const layers = this.contributions.map(({ by, documents }) => read(by, { cloudInit: documents }, path));
    const problems = layers.flatMap((above, index) =>
      layers.slice(0, index).flatMap((below) => {
        const [a, b] = [below.values['cloudInit'], above.values['cloudInit']];
        return isPlainObject(a) && isPlainObject(b)
          ? clashes(cloudInitFields, a, b, 'cloudInit').map((key) => conflict(key, below.name, above.name, path))
          : [];
      }),
    );
    if (problems.length > 0) {
      throw new PhoenixError(problems);
    }
    return layers;
  }
}

function conflict(key: string, first: string, second: string, path: string): Problem {
  return {
    code: 'cloud-init/conflict',
    message: `${first} and ${second} say different things of \`${key}\``,
    path,
    value: key,
    fix: 'let one of them say it, or both the same',
  };
}

/** Keys that two records give different values, where the values do not add to each other. */
function clashes(
  fields: Fields,
  below: Readonly<Record<string, unknown>>,
  above: Readonly<Record<string, unknown>>,
  at: string,
): string[] {
  return Object.keys(above).flatMap((key) =>
    key in below ? clashesOf(fields[key], below[key], above[key], `${at}.${key}`) : [],
  );
}

function clashesOf(field: Field | undefined, below: unknown, above: unknown, at: string): string[] {
  const rule = field?.merge ?? 'last';
  if (rule === 'fields' && isPlainObject(below) && isPlainObject(above)) {
    return field?.fields === undefined
      ? Object.keys(above).flatMap((key) =>
          key in below ? clashesOf(field?.item, below[key], above[key], `${at}.${key}`) : [],
        )
      : clashes(field.fields, below, above, at);
  }
  if (Array.isArray(below) && Array.isArray(above) && rule !== 'last') {
    return typeof rule === 'object' ? clashesByKey(rule.by, field?.item, below, above, at) : [];
  }
  return isDeepStrictEqual(below, above) ? [] : [at];
}

function clashesByKey(
  by: string,
  item: Field | undefined,
  below: readonly unknown[],
  above: readonly unknown[],
  at: string,
): string[] {
  const keyOf = (value: unknown) => (isPlainObject(value) ? value[by] : undefined);
  return above.flatMap((value) => {
    const same = below.find((it) => keyOf(it) === keyOf(value));
    return same === undefined ? [] : clashesOf(item, same, value, `${at}.${keyOf(value)}`);
  });
}
