import type { Place } from '../core/resource.js';

/** The owner's line in a guest's description. App and VMID make it ours; the path is a label. */
export function ownerLine(place: Place, vmid: number): string {
  return `phoenix-cdk app=${place.app} path=${place.path} vmid=${vmid}`;
}

/** What a guest is on its host, whatever the program calls it. */
export function guestIdentity(vmid: number): string {
  return `guest/${vmid}`;
}
