import type { Problem } from '../base/errors.js';
import { configTexts } from '../guest/config-texts.js';
import type { VmValues } from './schema.js';
import type { VmSpec, VmVolume } from './spec.js';

type DiskValues = Partial<VmValues['disks'][number]>;

/** What disks come to: those of the machine's own, and those of the template that it is cloned from. */
export interface DiskParts {
  readonly path: string;
  readonly values: VmValues;
  readonly template: VmSpec | undefined;
  readonly scsiController: string | undefined;
}

/** The volumes of a machine, the disk that it boots from first, and what is wrong with them. */
export function volumesOf(parts: DiskParts): { volumes: VmVolume[]; problems: Problem[] } {
  const { values, template, path } = parts;
  const problems: Problem[] = [];
  const volumes = new Map<string, VmVolume>();
  const inherited = new Map(template?.volumes.map((volume) => [volume.key, volume]));
  for (const disk of ownDisks(parts)) {
    const volume = volumeOf(disk, inherited.get(disk.key), parts);
    if (volume === undefined) {
      problems.push(incomplete(disk.key, path));
    } else {
      problems.push(...optionProblems(volume, parts.scsiController, path), ...twice(volumes, disk.key, path));
      volumes.set(disk.key, volume);
    }
  }
  for (const volume of firmwareVolumes(values)) {
    volumes.set(volume.key, { ...volume, cloned: inherited.has(volume.key) });
  }
  for (const [key, volume] of inherited) {
    // what is told to cloud-init is the machine's own to say
    if (!volumes.has(key) && volume.filled !== 'cloudinit') {
      volumes.set(key, { ...volume, filled: undefined, cloned: true });
    }
  }
  const drive = cloudInitDrive(values, [...volumes.values()][0]?.storage);
  if (values.cloudInit !== undefined && drive === undefined) {
    problems.push(incomplete('cloudInit', path));
  } else if (drive !== undefined) {
    problems.push(...twice(volumes, drive.key, path));
    volumes.set(drive.key, { ...drive, cloned: inherited.get(drive.key)?.filled === 'cloudinit' });
  }
  const cdroms = values.cdroms.flatMap(({ key }) => twice(volumes, key, path));
  // Machines boot from the first one.
  const bootsFrom = ({ key }: VmVolume) => Number(key === bootDiskKey(parts));
  const inOrder = [...volumes.values()].sort((one, other) => bootsFrom(other) - bootsFrom(one));
  return { volumes: inOrder, problems: [...problems, ...cdroms, ...imageProblems(values, path)] };
}

/** Key of the disk that the machine boots from; undefined if it has none. */
export function bootDiskKey({ values, template }: DiskParts): string | undefined {
  const inherited = template?.volumes.find(({ key, filled }) => isDisk(key) && filled !== 'cloudinit');
  return values.disk === undefined ? inherited?.key : (values.disk.key ?? inherited?.key ?? 'scsi0');
}

function ownDisks(parts: DiskParts): (DiskValues & { readonly key: string })[] {
  const { disk, disks, image } = parts.values;
  const key = bootDiskKey(parts);
  return disk === undefined || key === undefined
    ? [...disks]
    : [{ ...disk, key, ...(image === undefined ? {} : { image }) }, ...disks];
}

function volumeOf(
  disk: DiskValues & { readonly key: string },
  inherited: VmVolume | undefined,
  { scsiController, values }: DiskParts,
): VmVolume | undefined {
  const storage = disk.storage ?? inherited?.storage;
  const bytes = disk.size ?? inherited?.bytes;
  if (storage === undefined || bytes === undefined) {
    return undefined;
  }
  const canHaveThread = takesThread(disk.key, scsiController) && values.from !== 'adopted';
  return {
    key: disk.key,
    storage,
    bytes,
    options: { ...(canHaveThread ? { iothread: '1' } : {}), ...inherited?.options, ...optionsOf(disk) },
    filled: disk.image === undefined || inherited !== undefined ? undefined : { import: disk.image },
    cloned: inherited !== undefined,
  };
}

function optionsOf(disk: DiskValues): Record<string, string> {
  return configTexts({
    aio: disk.aio,
    backup: disk.backup,
    cache: disk.cache,
    detect_zeroes: disk.detectZeroes,
    discard: disk.discard === undefined ? undefined : disk.discard ? 'on' : 'ignore',
    format: disk.format,
    iothread: disk.iothread,
    model: disk.model,
    product: disk.product,
    queues: disk.queues,
    replicate: disk.replicate,
    rerror: disk.readErrors,
    ro: disk.readOnly,
    scsiblock: disk.scsiblock,
    serial: disk.serial,
    shared: disk.shared,
    snapshot: disk.snapshot,
    ssd: disk.ssd,
    vendor: disk.vendor,
    werror: disk.writeErrors,
    wwn: disk.wwn,
    ...limitsOf(disk.limits ?? {}),
  });
}

/** `mbpsRdMax` is Proxmox's `mbps_rd_max`. */
function limitsOf(limits: NonNullable<DiskValues['limits']>): Record<string, number | undefined> {
  return Object.fromEntries(
    Object.entries(limits).map(([key, value]) => [key.replace(/[A-Z]/g, (it) => `_${it.toLowerCase()}`), value]),
  );
}

function firmwareVolumes({ efi, tpm }: VmValues): Omit<VmVolume, 'cloned'>[] {
  const volumes: Omit<VmVolume, 'cloned'>[] = [];
  if (efi !== undefined) {
    const { storage, type, preEnrolledKeys, msCert, format } = efi;
    const options = configTexts({ efitype: type, 'pre-enrolled-keys': preEnrolledKeys, 'ms-cert': msCert, format });
    volumes.push({ key: 'efidisk0', storage, bytes: 0, options, filled: undefined });
  }
  if (tpm !== undefined) {
    const { storage, version, format } = tpm;
    volumes.push({ key: 'tpmstate0', storage, bytes: 0, options: configTexts({ version, format }), filled: undefined });
  }
  return volumes;
}

function cloudInitDrive(
  { cloudInit }: VmValues,
  storageOfDisk: string | undefined,
): Omit<VmVolume, 'cloned'> | undefined {
  const storage = cloudInit?.storage ?? storageOfDisk;
  return cloudInit === undefined || storage === undefined
    ? undefined
    : {
        key: cloudInit.key,
        storage,
        bytes: 0,
        options: configTexts({ format: cloudInit.format }),
        filled: 'cloudinit',
      };
}

/** Whether QEMU gives disks of that key a thread of their own. */
function takesThread(key: string, scsiController: string | undefined): boolean {
  return key.startsWith('virtio') || (key.startsWith('scsi') && scsiController === 'virtio-scsi-single');
}

function isDisk(key: string): boolean {
  return /^(scsi|virtio|sata|ide)\d+$/.test(key);
}

/** Which options disks of only some keys have. */
const optionKeys: Readonly<Record<string, RegExp>> = {
  model: /^ide/,
  product: /^scsi/,
  queues: /^scsi/,
  ro: /^(scsi|virtio)/,
  scsiblock: /^scsi/,
  ssd: /^(scsi|sata|ide)/,
  vendor: /^scsi/,
};

function optionProblems({ key, options }: VmVolume, scsiController: string | undefined, path: string): Problem[] {
  const problems: Problem[] = Object.entries(optionKeys)
    .filter(([option, keys]) => options[option] !== undefined && !keys.test(key))
    .map(([option, keys]) => ({
      code: 'vm/disk-option',
      message: `${key} of ${path} cannot have the option ${option}`,
      path,
      value: option,
      fix: `leave it out, or use a key of ${keys.source.replace(/[\^()]/g, '').replaceAll('|', ', ')}`,
    }));
  if (options['iothread'] === '1' && !takesThread(key, scsiController)) {
    problems.push({
      code: 'vm/disk-option',
      message: `${key} of ${path} cannot have a thread of its own`,
      path,
      value: 'iothread',
      fix: "use scsiController: 'virtio-scsi-single' with a scsi disk, or a virtio disk",
    });
  }
  return problems;
}

function imageProblems({ image, disk }: VmValues, path: string): Problem[] {
  return image === undefined || disk !== undefined
    ? []
    : [
        {
          code: 'vm/image-without-disk',
          message: `${path} has an image, and no disk to put it on`,
          path,
          value: image,
          fix: 'give `disk` with storage and size',
        },
      ];
}

function incomplete(key: string, path: string): Problem {
  return {
    code: 'vm/disk-incomplete',
    message: `no layer says ${key === 'cloudInit' ? 'on which storage the drive for cloud-init lies' : `storage and size of ${key}`} of ${path}`,
    path,
    value: key,
    fix: key === 'cloudInit' ? 'give `cloudInit.storage`' : 'give `storage` and `size`',
  };
}

function twice(volumes: ReadonlyMap<string, VmVolume>, key: string, path: string): Problem[] {
  return volumes.has(key)
    ? [
        {
          code: 'vm/key-twice',
          message: `two disks of ${path} are ${key}`,
          path,
          value: key,
          fix: 'give one of them another `key`; the disk that it boots from is scsi0 and the drive for cloud-init ide2 unless they say otherwise',
        },
      ]
    : [];
}
