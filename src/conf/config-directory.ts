import { isAbsolute, join, relative, sep } from 'node:path';
import type { IConstruct } from 'constructs';
import { collectProblems, PhoenixError } from '../base/errors.js';
import type { App } from '../core/app.js';
import { scopeFor } from '../core/scope.js';
import type { RestartPolicy } from '../core/stack.js';
import { Stack } from '../core/stack.js';
import type { PveNode } from '../host/pve-node.js';
import { propsOf } from '../model/read-props.js';
import { type GuestKind, guestKinds } from './guest-kind.js';
import { loadGuests } from './guests.js';
import { hostOf, loadHost } from './host-file.js';
import { listFiles } from './listing.js';
import { LoadContext } from './load-context.js';
import { loadProfiles } from './profiles.js';
import { declareProgram } from './program-names.js';
import { inOrder, type ReadFiles, readFiles } from './read-files.js';
import type { ConfigSection } from './section.js';
import { sections as ownSections } from './sections/all.js';
import { declareScripts } from './sections/software.js';

export interface ConfigDirectoryOptions {
  /**
   * Name of the stack that the guests are put into, where the scope is an App.
   * @default 'guests'
   */
  readonly stack?: string;
  /**
   * When the applier may restart guests of that stack, where the scope is an App.
   * @default 'never'
   */
  readonly restart?: RestartPolicy;
  /**
   * Further sections of `host.json`, loaded after the library's own.
   * @default - none
   */
  readonly sections?: readonly ConfigSection[];
  /**
   * Further kinds of guests.
   * @default - none
   */
  readonly kinds?: readonly GuestKind[];
}

/**
 * A folder of JSON and YAML files that describe a host and its guests: the same constructs as a program makes, with the same keys.
 *
 * ```
 * conf.d/host.json                      the machine, its pools, datasets, storages, networks, driver
 * conf.d/defaults/lxc_base.json         lowest layer of all containers
 * conf.d/defaults/profile_gpu.json      values that several containers share
 * conf.d/lxc/950_qwen.json              one file a guest; VMID and id are in the name
 * ```
 */
export class ConfigDirectory {
  /**
   * Loads a folder. With an App, `host.json` describes the machine; with a Stack, the machine is the stack's.
   *
   * `folder` is from the root of the app on. Throws a PhoenixError with everything that is wrong with all files.
   */
  static load(scope: App | Stack, folder: string, options: ConfigDirectoryOptions = {}): ConfigDirectory {
    scopeFor(scope, 'conf');
    // what is no text names no folder
    return new ConfigDirectory(scope, String(folder), propsOf(options));
  }

  /** The machine. */
  readonly host: PveNode;
  /** The stack of the guests. */
  readonly stack: Stack;
  private readonly guests: ReadonlyMap<string, IConstruct>;

  private constructor(scope: App | Stack, folder: string, options: ConfigDirectoryOptions) {
    const root = rootOf(scope);
    const path = isAbsolute(folder) ? folder : join(root, folder);
    const place = { path, name: relative(root, path).split(sep).join('/') };
    const sections = [...ownSections, ...(options.sections ?? [])];
    const files = readFiles(
      listFiles(
        place,
        sections.map(({ key }) => key),
      ),
    );
    this.host = this.machine(scope, files, place.name);
    this.stack = Stack.isStack(scope)
      ? scope
      : new Stack(scope, options.stack ?? 'guests', { host: this.host, restart: options.restart ?? 'never' });
    const context = new LoadContext(this.host, place);
    context.problems.push(...files.problems);
    declareProgram(this.host.node.root, context);
    declareScripts(context);
    context.declare('peer', this.host.node.id, this.host);
    loadHost(files, sections, Stack.isStack(scope), context);
    const layers = loadProfiles(files, this.stack, context);
    const kinds = [...guestKinds, ...(options.kinds ?? [])];
    this.guests = loadGuests(files.guests, kinds, layers, this.stack, context);
    if (context.problems.length > 0) {
      throw new PhoenixError(inOrder(context.problems));
    }
  }

  /** The guest of a file, by its id `qwen` or by folder and VMID `lxc/950`. Throws `conf/dangling`. */
  guest(name: string): IConstruct {
    const found = this.guests.get(name);
    if (found === undefined) {
      throw new PhoenixError({
        code: 'conf/dangling',
        message: `no file describes a guest ${JSON.stringify(name)}`,
        value: name,
        fix: `known: ${[...this.guests.keys()].join(', ') || 'none'}`,
      });
    }
    return found;
  }

  /** Without a machine nothing else can be made: what is wrong with it comes with what is wrong with the texts. */
  private machine(scope: App | Stack, files: ReadFiles, folder: string): PveNode {
    let host: PveNode | undefined;
    const actions = files.isHostWhole
      ? [
          () => {
            host = hostOf(scope, files.host, folder);
          },
        ]
      : [];
    const problems = collectProblems(actions);
    if (host === undefined) {
      throw new PhoenixError(inOrder([...files.problems, ...problems]));
    }
    return host;
  }
}

/** The folder that paths are from. A stack of somebody else's root has none, and its paths are from here on. */
function rootOf(scope: App | Stack): string {
  const { root } = scope.node;
  return 'root' in root && typeof root.root === 'string' ? root.root : process.cwd();
}
