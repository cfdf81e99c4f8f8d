import type { Impact } from '../model/step.js';

/** Keys that a running machine takes at once, whatever it lets plug in. Keys with numbers stand without them. */
const live: ReadonlySet<string> = new Set(
  [
    'name description tags onboot startup protection hookscript shares migrate_downtime migrate_speed vmstatestorage',
    'cpulimit cpuunits balloon hotplug agent',
    // told to the guest at its next start; the drive is made anew then
    'cicustom citype ciuser ciupgrade sshkeys nameserver searchdomain ipconfig',
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

/** Keys of disks' options that take a restart; what bounds their speed does not. */
const restartOptions = /(^|,)(aio|cache|discard|iothread|product|queues|ro|ssd|vendor)=/;

/**
 * What changing or removing `key` costs a running machine. Devices that cannot be plugged in, and everything that the
 * machine is built from, take a restart.
 */
export function vmImpactOf(key: string, hotplug: readonly string[] = pluggedByDefault, value = ''): Impact {
  const name = key.replace(/\d+$/, '');
  const needs = plugged[name];
  if (needs === undefined) {
    return live.has(name) ? 'live' : 'restart';
  }
  const isFixedOption = needs === 'disk' && restartOptions.test(`,${value}`);
  return hotplug.includes(needs) && !isFixedOption ? 'live' : 'restart';
}
