import type { Duration, Size } from '../base/units.js';
import type { Referable } from './reference.js';

/**
 * What a public prop is as plain data: sizes are bytes, constructs the values that stand for them.
 *
 * Only for assertions that hand-written props and field tables say the same.
 */
export type PlainProp<T> = T extends Size | `${number}${'KiB' | 'MiB' | 'GiB' | 'TiB'}` | Duration
  ? number
  : T extends string | number | boolean
    ? T
    : T extends Referable
      ? Reference
      : T extends readonly (infer U)[]
        ? readonly PlainProp<U>[]
        : T extends object
          ? { readonly [K in keyof T]: PlainProp<T[K]> }
          : T;

/** Stands for whatever a construct is in plain data; fits every field that takes references. */
export type Reference = string & number & object;

/** `true` if props and layer have the same keys and each prop, as plain data, is a legal value of the layer. */
export type PropsMatch<Props, Layer> = [Exclude<keyof Props, keyof Layer>, Exclude<keyof Layer, keyof Props>] extends [
  never,
  never,
]
  ? { readonly [K in keyof Props]: PlainProp<Props[K]> } extends Layer
    ? true
    : {
        readonly [K in keyof Props & keyof Layer as PlainProp<Props[K]> extends Layer[K] ? never : K]: [
          PlainProp<Props[K]>,
          Layer[K],
        ];
      }
  : {
      readonly missingInTable: Exclude<keyof Props, keyof Layer>;
      readonly missingInProps: Exclude<keyof Layer, keyof Props>;
    };

/** Compiles only for `true`; anything else shows up in the error. */
export type Assert<T extends true> = T;
