import type { Construct } from 'constructs';
import { LxcGuest } from './lxc-guest.js';
import type { LxcContainerProps } from './props.js';
import { type CloneSource, cloneSource } from './roles.js';

/** Props of a template. It never starts with its host and waits for nobody. */
export type LxcTemplateProps = Omit<LxcContainerProps, 'onboot' | 'startup' | 'started' | 'startAfter' | 'protection'>;

/**
 * A container that is set up once and then only cloned.
 *
 * Clones share the disk as it was; everything else they get from their own layers. A template is final: a changed one takes a new VMID or a
 * rebuild, and never touches the clones that are there. While it is made it may have cards and mounts; afterwards it holds none.
 */
export class LxcTemplate extends LxcGuest implements CloneSource {
  readonly isTemplate = true;

  /** Throws `config/*` and `scope/other-host` with everything that is wrong with the props. */
  constructor(scope: Construct, id: string, props: LxcTemplateProps) {
    super(scope, id, props);
    Object.defineProperty(this, cloneSource, { value: true });
  }
}
