import type { Impact } from '../model/step.js';
import type { VmSpec } from './spec.js';

/** What decides whether a running machine takes a device at once. */
export type Hotplugging = Pick<VmSpec, 'hotplug' | 'ostype'>;

/**
 * Keys that a running machine takes at once, whatever it lets plug in: those of `vmconfig_hotplug_pending` of qemu-server, the same ones in every
 * release from 8.3.12 (PVE 8.4) to 9.1.15 (9.2). Keys with numbers stand without them.
 */
const live: ReadonlySet<string> = new Set(
  [
    'name description tags onboot startup protection hookscript shares migrate_downtime migrate_speed vmstatestorage',
    'cpulimit cpuunits',
    // told to the guest at its next start; the drive is made anew then
    'cicustom cipassword citype ciuser ciupgrade sshkeys nameserver searchdomain ipconfig',
  ].flatMap((line) => line.split(' ')),
);

/** What has to be let plugged in for a key to be taken at once. */
const plugged: Readonly<Record<string, string>> = {
  net: 'network',
  usb: 'usb',
  tablet: 'usb',
  scsi: 'disk',
  virtio: 'disk',
  vcpus: 'cpu',
  memory: 'memory',
};

/** What Proxmox lets plug in unless the machine says otherwise. */
const pluggedByDefault: readonly string[] = ['network', 'disk', 'usb'];

/** Keys whose value decides: the device for ballooning comes and goes with a start, and so do the slots for processors and memory. */
const byValue: Readonly<Record<string, (value: string) => boolean>> = {
  balloon: (value) => value !== '0',
  hotplug: (value) => !/cpu|memory/.test(value),
};

/** Keys of disks' options that take a restart; what bounds their speed does not. */
const restartOptions = /(^|,)(aio|cache|discard|iothread|product|queues|ro|ssd|vendor)=/;

/** Systems that notice a USB device while they run. */
const noticesUsb = /^(l26|win(8|10|11))$/;

/**
 * What changing or removing `key` costs a running machine. Devices that cannot be plugged in, and everything that the machine is built from, take
 * a restart. Where it depends on the value that is there, the applier says it better.
 */
export function vmImpactOf(key: string, { hotplug, ostype }: Hotplugging, value = ''): Impact {
  const name = key.replace(/\d+$/, '');
  const needs = plugged[name];
  if (needs === undefined) {
    return (byValue[name]?.(value) ?? live.has(name)) ? 'live' : 'restart';
  }
  const isFixedOption = needs === 'disk' && restartOptions.test(`,${value}`);
  const isUnnoticed = name === 'usb' && !noticesUsb.test(ostype ?? 'other');
  return (hotplug ?? pluggedByDefault).includes(needs) && !isFixedOption && !isUnnoticed ? 'live' : 'restart';
}
