import type { Construct } from 'constructs';
import { LxcGuest } from './lxc-guest.js';
import type { LxcContainerProps } from './props.js';

/**
 * A container.
 *
 * @see https://pve.proxmox.com/pve-docs/chapter-pct.html
 */
export class LxcContainer extends LxcGuest {
  readonly isTemplate = false;

  /** Throws `config/*` and `scope/other-host` with everything that is wrong with the props. */
  constructor(scope: Construct, id: string, props: LxcContainerProps) {
    super(scope, id, props);
  }
}
