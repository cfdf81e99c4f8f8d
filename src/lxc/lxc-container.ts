import type { Construct } from 'constructs';
import type { Problem } from '../base/errors.js';
import { LxcGuest } from './lxc-guest.js';
import type { LxcContainerProps } from './props.js';

/**
 * A container.
 *
 * @see https://pve.proxmox.com/pve-docs/chapter-pct.html
 */
export class LxcContainer extends LxcGuest {
  readonly isTemplate = false;

  /**
   * Throws `config/*` and `scope/other-host` with everything that is wrong with the props.
   *
   * `others` is for subclasses: problems with props of their own, thrown together with those found here.
   */
  constructor(scope: Construct, id: string, props: LxcContainerProps, others: readonly Problem[] = []) {
    super(scope, id, props, others);
  }
}
