import type { Values } from './values.js';

/** A config directory as plain data: what is written as files or as a program. */
export interface ConfTree {
  /** Name of the app, the mark of ownership on the host. */
  readonly app: string;
  /** What is in `host.json`: the machine and its sections. */
  readonly host: Values;
  /** Lowest layers, by folder of the guests that they are for. */
  readonly bases: Readonly<Partial<Record<GuestFolder, Values>>>;
  readonly profiles: readonly ConfProfile[];
  readonly guests: readonly ConfGuest[];
  /** Other files of the directory, by path in it: scripts, contents. */
  readonly files: Readonly<Record<string, string>>;
}

export type GuestFolder = 'lxc' | 'vm';

export interface ConfProfile {
  readonly folder: GuestFolder;
  readonly name: string;
  /** With `kind` and `profiles`, as the file has them. */
  readonly values: Values;
}

export interface ConfGuest {
  readonly folder: GuestFolder;
  readonly vmid: number;
  readonly id: string;
  /** With `kind`, `profiles`, `startAfter` and `allowFrom`, as the file has them. */
  readonly values: Values;
}
