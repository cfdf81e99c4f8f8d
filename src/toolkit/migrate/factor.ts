import { isPlainObject } from '../../base/plain-object.js';
import { compareText } from '../../base/stable.js';
import type { ConfGuest, ConfProfile, ConfTree } from './conf-tree.js';
import type { MigratedContainer } from './containers.js';
import type { Value, Values } from './values.js';

/** Layers and guests with what they share said once. */
export type Factored = Pick<ConfTree, 'bases' | 'profiles' | 'guests'>;

/** Keys that say how a guest is; the others say which it is, or are small and plain where they stand. */
const sharable = [
  'network',
  'unprivileged',
  'cores',
  'memory',
  'rootfs',
  'features',
  'onboot',
  'startup',
  'disk',
  'cloudInit',
];

/**
 * Takes out what guests share.
 *
 * The base has what all containers say and most of them say alike. Profiles are named after what their guests do, and only made for what
 * two of them share.
 */
export function factored(
  containers: readonly MigratedContainer[],
  machines: readonly ConfGuest[],
  everywhere: Values,
): Factored {
  const base = { ...mostCommon(containers.map(shared)), ...everywhere };
  const groups = groupsOf(containers);
  const profiles = groups.flatMap((group) => profileOf(group, base));
  const lowest = machines.length > 1 ? common(machines.map(shared)) : {};
  return {
    bases: { ...(containers.length > 0 ? { lxc: base } : {}), ...(isEmpty(lowest) ? {} : { vm: lowest }) },
    profiles,
    guests: [
      ...containers.map((guest) => slim(guest, base, profiles, groups)),
      ...machines.map((guest) => ({ ...guest, values: without(guest.values, lowest) })),
    ],
  };
}

/** Guests that do the same. */
interface Group {
  readonly name: string;
  /** Other keys of the profile's file, and what they stand for. */
  readonly frame: Values;
  readonly brings: Values;
  readonly guests: readonly MigratedContainer[];
  /** Whether the profile means something though it holds no values of its own. */
  readonly isKind: boolean;
}

const dockerBrings = { features: { nesting: true, keyctl: true } };

function groupsOf(containers: readonly MigratedContainer[]): readonly Group[] {
  const running = containers.filter(({ values }) => values['onboot'] === true);
  const withCards = running.filter(({ values }) => values['gpus'] !== undefined);
  const inherited = containers.filter(({ docker }) => docker === 'inherited');
  const own = containers.filter(({ docker }) => docker === 'installed');
  return [
    { name: 'docker-engine', frame: { kind: 'docker' }, brings: dockerBrings, guests: own, isKind: true },
    {
      name: 'docker',
      frame: { kind: 'docker', install: false },
      brings: dockerBrings,
      guests: inherited,
      isKind: true,
    },
    {
      name: 'service',
      frame: { profiles: ['docker'] },
      brings: dockerBrings,
      guests: inherited.filter((guest) => running.includes(guest) && !withCards.includes(guest)),
      isKind: false,
    },
    { name: 'inference', frame: {}, brings: {}, guests: withCards, isKind: false },
  ];
}

function profileOf({ name, frame, brings, guests, isKind }: Group, base: Values): ConfProfile[] {
  if (isKind) {
    return guests.length === 0 ? [] : [{ folder: 'lxc', name, values: frame }];
  }
  const values = without(common(guests.map(shared)), merged(base, brings));
  return guests.length < 2 || isEmpty(values) ? [] : [{ folder: 'lxc', name, values: { ...frame, ...values } }];
}

/** The guest without what its layers say. */
function slim(
  guest: MigratedContainer,
  base: Values,
  profiles: readonly ConfProfile[],
  groups: readonly Group[],
): ConfGuest {
  const own = groups.filter((group) => group.guests.includes(guest));
  const named = own.flatMap((group) =>
    profiles.filter(({ name }) => name === group.name).map((profile) => ({ group, profile })),
  );
  const below = named.reduce((layer, { group, profile }) => merged(layer, merged(group.brings, shared(profile))), base);
  const names = named.filter(({ profile }) => !named.some((other) => namesBelow(other.profile).includes(profile.name)));
  const { folder, vmid, id } = guest;
  const { kind, ...rest } = without(guest.values, below);
  return {
    folder,
    vmid,
    id,
    values: {
      ...(kind === undefined ? {} : { kind }),
      ...(names.length === 0 ? {} : { profiles: names.map(({ profile }) => profile.name) }),
      ...rest,
    },
  };
}

function namesBelow({ values }: ConfProfile): readonly Value[] {
  return Array.isArray(values['profiles']) ? values['profiles'] : [];
}

function shared({ values }: { readonly values: Values }): Values {
  return Object.fromEntries(Object.entries(values).filter(([key]) => sharable.includes(key)));
}

/** Of every value that all have, the one that most of them have; of several, the first in the order of texts. */
function mostCommon(all: readonly Values[]): Values {
  return combined(all, (values) => {
    const counts = new Map<string, number>();
    for (const value of values) {
      const text = JSON.stringify(value);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    const [first] = [...counts].sort(([a, one], [b, other]) => other - one || compareText(a, b));
    return first !== undefined && first[1] > 1 ? (JSON.parse(first[0]) as Value) : undefined;
  });
}

/** What all say alike. */
function common(all: readonly Values[]): Values {
  return combined(all, ([first, ...others]) => (others.every((other) => isSame(other, first)) ? first : undefined));
}

function combined(all: readonly Values[], choose: (values: readonly Value[]) => Value | undefined): Values {
  const [first = {}, ...others] = all;
  const result: Record<string, Value> = {};
  for (const key of Object.keys(first)) {
    const values = [first, ...others].flatMap((one) => one[key] ?? []);
    const everybody = values.length === all.length;
    const value =
      everybody && values.every(isValues) ? combined(values, choose) : everybody ? choose(values) : undefined;
    if (value !== undefined && !(isValues(value) && isEmpty(value))) {
      result[key] = value;
    }
  }
  return result;
}

/** Values that the layer below says already are left out. */
function without(values: Values, below: Values): Values {
  const result: Record<string, Value> = {};
  for (const [key, value] of Object.entries(values)) {
    const other = below[key];
    if (isValues(value) && other !== undefined && isValues(other)) {
      const rest = without(value, other);
      if (!isEmpty(rest)) {
        result[key] = rest;
      }
    } else if (!isSame(value, other)) {
      result[key] = value;
    }
  }
  return result;
}

function merged(below: Values, above: Values): Values {
  const result: Record<string, Value> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const other = result[key];
    result[key] = isValues(value) && other !== undefined && isValues(other) ? merged(other, value) : value;
  }
  return result;
}

function isSame(a: Value | undefined, b: Value | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isValues(value: Value): value is Values {
  return isPlainObject(value);
}

function isEmpty(values: Values): boolean {
  return Object.keys(values).length === 0;
}
