import { Construct, type IConstruct } from 'constructs';
import * as z from 'zod';
import { PhoenixError } from '../base/errors.js';
import { isPlainObject } from '../base/plain-object.js';
import { choice, custom, defaulted, flag, required } from '../model/fields.js';
import { table } from '../model/layer.js';
import { readProps } from '../model/read-props.js';
import { enclosingHost, Host } from './host.js';
import { scopeFor } from './scope.js';

const marker = Symbol.for('phoenix-cdk.Stack');

/**
 * The lowest layer of every guest in a stack. Open: a domain adds its keys by augmenting this interface, as `lxc/lxc-guest.ts` does.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the domains
export interface StackDefaults {}

/**
 * When guests may be restarted, or stopped for as long as a change takes:
 * - `never`: those alone that `--allow-restart PATH` names
 * - `when-needed`: those with a change of the program that comes into force no other way
 * - `allowed`: also where no change asks for it and a restart puts something right, such as a limit in force that is not the config's
 */
export type RestartPolicy = 'never' | 'when-needed' | 'allowed';

export interface StackProps {
  /** The machine that everything in the stack exists on. */
  readonly host: Host;
  /**
   * When the applier may restart guests of this stack: `never` without `--allow-restart`, `when-needed` for changes that need it, or `allowed` also
   * to put right what nothing else would.
   * @default 'never'
   */
  readonly restart?: RestartPolicy;
  /**
   * Values for guests of this stack that no profile and no guest gives.
   * @default - only the built-in defaults
   */
  readonly defaults?: StackDefaults;
  /**
   * Whether everything in the stack is safe from the applier's hands: nothing of it is destroyed or replaced, whatever a `removalPolicy` or an
   * option of the command line says. It is changed like everything else.
   * @default false
   */
  readonly protect?: boolean;
}

/** A part of the program that is applied together: a folder in the assembly and a filter for the applier, on one host. */
export class Stack extends Construct {
  static isStack(construct: unknown): construct is Stack {
    return typeof construct === 'object' && construct !== null && marker in construct;
  }

  readonly host: Host;
  readonly restart: RestartPolicy;
  readonly defaults: StackDefaults;
  readonly protect: boolean;

  /** Throws `config/*` with everything that is wrong with the props, and `stack/name` if the name would not do as a folder and a word of the command line. */
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scopeFor(scope, id), id);
    Object.defineProperty(this, marker, { value: true });
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) {
      throw new PhoenixError({
        code: 'stack/name',
        message: `${JSON.stringify(id)} is no name for a stack`,
        path: this.node.path,
        value: id,
        fix: 'use letters, digits, `.`, `_` and `-`, beginning with a letter or digit',
      });
    }
    const spec = readProps(stackTable, props, this.node.path);
    this.host = spec.host;
    this.restart = spec.restart;
    this.defaults = spec.defaults ?? {};
    this.protect = spec.protect;
  }

  /** Has other stacks done before this one, on the same host or on others: `phoenix apply` lets a host wait for another one. */
  addDependency(...stacks: readonly Stack[]): void {
    this.node.addDependency(...stacks);
  }
}

/** What the defaults hold is read by the guests that they are for. */
const stackTable = table('Stack', {
  host: required(
    custom('The machine that everything in the stack exists on.', 'a PveNode', () => z.custom<Host>(Host.isHost)),
  ),
  restart: defaulted(choice('When guests may be restarted.', ['never', 'when-needed', 'allowed']), 'never'),
  defaults: custom('Values for guests that no profile and no guest gives.', 'an object with props of guests', () =>
    z.custom<StackDefaults>(isPlainObject),
  ),
  protect: defaulted(flag('Whether nothing in the stack is ever destroyed or replaced.'), false),
});

/** Where the steps of a resource go: a stack, or the implicit stack of its host. */
export interface StackHome {
  readonly name: string;
  readonly host: Host;
  readonly restart: RestartPolicy;
  readonly protect: boolean;
  /** The stack itself; undefined for what is scoped to a host. */
  readonly stack: Stack | undefined;
}

/** Throws `scope/no-host` for a construct that lies in no stack and below no host. */
export function homeOf(construct: IConstruct): StackHome {
  for (let here: IConstruct | undefined = construct; here !== undefined; here = here.node.scope) {
    if (Stack.isStack(here)) {
      return { name: here.node.id, host: here.host, restart: here.restart, protect: here.protect, stack: here };
    }
  }
  const host = enclosingHost(construct);
  if (host === undefined) {
    throw new PhoenixError({
      code: 'scope/no-host',
      message: `${construct.node.path} belongs to no host`,
      path: construct.node.path,
      fix: 'make it in a Stack, or below a PveNode',
    });
  }
  return { name: `host-${host.hostName}`, host, restart: 'never', protect: false, stack: undefined };
}
