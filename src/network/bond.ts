import type { Construct } from 'constructs';
import { PhoenixError, type Problem } from '../base/errors.js';
import type { bondModes } from '../base/proxmox-words.js';
import type { InterfaceOption } from '../format/interfaces-file.js';
import type { Assert, PropsMatch } from '../model/equality.js';
import type { LayerOf, SpecOf } from '../model/fields.js';
import { readProps } from '../model/read-props.js';
import { HostInterface } from './host-interface.js';
import type { InterfaceProps } from './interface-props.js';
import { addressProblems, interfaceSpec, nameProblems } from './interface-spec.js';
import type { InterfaceSpec } from './plan.js';
import { bondTable, type hashPolicies } from './schema.js';

export interface BondProps extends InterfaceProps {
  /**
   * Name of the bond: `bond0`, `bond1` ...
   * @default - the construct's id
   */
  readonly name?: string;
  /** Cards that the bond is made of. */
  readonly slaves: readonly string[];
  /**
   * How packets are spread over the cards. `802.3ad` needs a switch that speaks LACP, `balance-rr`, `balance-xor` and `broadcast` one
   * that has the ports grouped.
   */
  readonly mode: (typeof bondModes)[number];
  /**
   * Milliseconds between two looks at the links, up to 255.
   * @default 100
   */
  readonly miimon?: number;
  /**
   * How often the other end is asked for LACP packets: every 30 seconds, or each second. Of mode `802.3ad`.
   * @default - the kernel's: slow
   */
  readonly lacpRate?: 'slow' | 'fast';
  /**
   * What decides over which card a packet goes. Of modes `802.3ad` and `balance-xor`.
   * @default - the kernel's: layer2
   */
  readonly xmitHashPolicy?: (typeof hashPolicies)[number];
  /**
   * Card that is used as long as it works. Of mode `active-backup`.
   * @default - none
   */
  readonly primary?: string;
}

export type BondPropsMatchTable = Assert<PropsMatch<BondProps, LayerOf<(typeof bondTable)['fields']>>>;

/** Several cards that work as one interface. */
export class Bond extends HostInterface {
  /** Throws `config/*` and `network/*` with everything that is wrong with the props. */
  constructor(scope: Construct, id: string, props: BondProps) {
    super(scope, id, (path) => read(path, id, props));
  }
}

type BondValues = SpecOf<(typeof bondTable)['fields']>;

function read(path: string, id: string, props: BondProps): InterfaceSpec {
  const values = readProps(bondTable, props, path);
  const name = values.name ?? id;
  const problems = [
    ...nameProblems(path, name, /^bond\d+$/, 'bond and a number, which Proxmox knows bonds by'),
    ...addressProblems(path, values),
    ...bondProblems(path, values),
  ];
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  return interfaceSpec(values, { kind: 'bond', name, over: values.slaves, options: bondOptions(values) });
}

function bondOptions(values: BondValues): InterfaceOption[] {
  const { slaves, mode, miimon, lacpRate, xmitHashPolicy, primary } = values;
  const given: readonly (readonly [string, string | undefined])[] = [
    ['bond-slaves', slaves.join(' ')],
    ['bond-miimon', miimon === undefined ? undefined : String(miimon)],
    ['bond-mode', mode],
    ['bond-xmit-hash-policy', xmitHashPolicy],
    ['bond-primary', primary],
    ['bond-lacp-rate', lacpRate],
  ];
  return given.flatMap(([option, value]) => (value === undefined ? [] : [[option, value] as const]));
}

/** Options that only some modes have, which Proxmox would drop without a word. */
const modesOf: Readonly<Record<'lacpRate' | 'xmitHashPolicy' | 'primary', readonly string[]>> = {
  lacpRate: ['802.3ad'],
  xmitHashPolicy: ['802.3ad', 'balance-xor'],
  primary: ['active-backup'],
};

function bondProblems(path: string, values: BondValues): Problem[] {
  const { slaves, mode, primary } = values;
  const problems = slaves.flatMap((slave) =>
    nameProblems(path, slave, /^\w+$/, 'names of cards as slaves, such as eno1'),
  );
  const twice = slaves.filter((slave, index) => slaves.indexOf(slave) !== index);
  if (slaves.length === 0 || twice.length > 0) {
    problems.push({
      code: 'network/slaves',
      message: slaves.length === 0 ? 'a bond needs a card' : `${twice.join(', ')} stands twice among the slaves`,
      path,
      fix: 'name each card of the bond once',
    });
  }
  for (const [key, modes] of Object.entries(modesOf)) {
    if (values[key as keyof typeof modesOf] !== undefined && !modes.includes(mode)) {
      problems.push({
        code: 'network/bond-option',
        message: `\`${key}\` means nothing to a bond of mode ${mode}`,
        path,
        value: mode,
        fix: `leave out \`${key}\`, or use mode ${modes.join(' or ')}`,
      });
    }
  }
  if (primary !== undefined && !slaves.includes(primary)) {
    problems.push({
      code: 'network/primary',
      message: `the primary card ${primary} is none of the slaves`,
      path,
      value: primary,
      fix: `use one of ${slaves.join(', ')}`,
    });
  }
  return problems;
}
