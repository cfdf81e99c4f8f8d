import { firewallPropsOfLine } from '../firewall/explain-line.js';

/** Props that a key of a machine's config comes from, by the key without its number. */
const props: Readonly<Record<string, readonly string[]>> = {
  affinity: ['affinity'],
  acpi: ['acpi'],
  agent: ['agent'],
  'allow-ksm': ['allowKsm'],
  'amd-sev': ['amdSev'],
  arch: ['arch'],
  args: ['args'],
  audio: ['audio'],
  autostart: ['autostart'],
  balloon: ['balloon'],
  bios: ['bios'],
  boot: ['boot', 'disk', 'cdroms'],
  cicustom: ['cloudInit'],
  citype: ['cloudInit.type'],
  ciupgrade: ['cloudInit.upgrade'],
  ciuser: ['cloudInit.user'],
  cores: ['cores'],
  cpu: ['cpu'],
  cpulimit: ['cpulimit'],
  cpuunits: ['cpuunits'],
  efidisk: ['efi'],
  freeze: ['freeze'],
  hookscript: ['hookscript'],
  hostpci: ['gpus', 'hostPci'],
  hotplug: ['hotplug'],
  hugepages: ['hugepages'],
  ide: ['cdroms', 'disk', 'disks', 'cloudInit.key'],
  'intel-tdx': ['intelTdx'],
  ipconfig: ['network', 'address', 'nics'],
  ivshmem: ['ivshmem'],
  keephugepages: ['keepHugepages'],
  keyboard: ['keyboard'],
  kvm: ['kvm'],
  localtime: ['localtime'],
  machine: ['machine'],
  memory: ['memory'],
  migrate_downtime: ['migrateDowntime'],
  migrate_speed: ['migrateSpeed'],
  name: ['hostname'],
  nameserver: ['nameservers', 'network'],
  net: ['network', 'mac', 'nic', 'nics', 'firewall'],
  numa: ['numa', 'numaNodes'],
  onboot: ['onboot'],
  ostype: ['ostype'],
  parallel: ['parallel'],
  protection: ['protection'],
  reboot: ['reboot'],
  rng: ['rng'],
  sata: ['disk', 'disks', 'cdroms'],
  scsi: ['disk', 'disks', 'image', 'cloneFrom'],
  scsihw: ['scsiController'],
  searchdomain: ['searchDomain'],
  serial: ['serial'],
  shares: ['shares'],
  smbios: ['smbios'],
  sockets: ['sockets'],
  spice_enhancements: ['spice'],
  sshkeys: ['cloudInit.sshKeys'],
  startdate: ['startDate'],
  startup: ['startup'],
  tablet: ['tablet'],
  tags: ['tags'],
  tdf: ['tdf'],
  tpmstate: ['tpm'],
  usb: ['usb'],
  vcpus: ['vcpus'],
  vga: ['vga'],
  virtio: ['disk', 'disks'],
  virtiofs: ['virtiofs'],
  vmstatestorage: ['vmStateStorage'],
  watchdog: ['watchdog'],
};

/** Props that a line of one of a machine's files comes from: its config, its firewall, its documents for cloud-init. */
export function propsOfLine(file: string, line: string): readonly string[] {
  if (file.endsWith('.fw')) {
    return firewallPropsOfLine(line);
  }
  if (!file.endsWith('/config.conf')) {
    return ['cloudInit'];
  }
  const [, key = ''] = /^([a-z][a-z_-]*?)\d*:/.exec(line) ?? [];
  return Object.hasOwn(props, key) ? (props[key] ?? []) : [];
}
