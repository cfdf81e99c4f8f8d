/** A folder of the host on a ZFS dataset, fit to be mounted into a guest. */
export interface MountSource {
  /** Path on the host. */
  readonly path: string;
  /** Identity of the resource that makes the folder. */
  readonly identity: string;
  /** The dataset that has to be mounted, and where, before the path means anything. */
  readonly dataset: string;
  readonly mountpoint: string;
}
