import { collectProblems, type Problem } from '../base/errors.js';
import { doubleNumbers } from '../guest/key-numbers.js';
import { configKeys, lastKeys } from './conf-keys.js';
import type { LxcSpec } from './spec.js';

type Rule = (spec: LxcSpec, path: string) => readonly Problem[];

/** What Proxmox or the kernel would refuse of a container whose keys are each right by themselves. */
export function specProblems(spec: LxcSpec, path: string): Problem[] {
  return rules.flatMap((rule) => rule(spec, path));
}

const rules: readonly Rule[] = [
  neverStarted,
  doubleKeys,
  doubleMounts,
  tooMany,
  doubleCards,
  doubleDevices,
  envNames,
  doubleFiles,
  filesBelowFiles,
  unprivilegedFeatures,
  unprivilegedQuotas,
  overridesProblems,
];

function neverStarted({ started, files, scripts, services }: LxcSpec, path: string): Problem[] {
  const isWithout = files.length + scripts.length + services.length === 0;
  return started || isWithout
    ? []
    : [
        {
          code: 'lxc/not-started',
          message: `${path} has files, scripts or services inside, but is never started`,
          path,
          fix: 'say `started: true`, or leave out what has to be done inside',
        },
      ];
}

function doubleKeys({ binds, volumes, devices, nic, nics }: LxcSpec, path: string): Problem[] {
  const numbered = {
    mp: [...binds, ...volumes],
    dev: devices,
    net: nic === undefined ? nics : [nic, ...nics],
  };
  return Object.entries(numbered).flatMap(([stem, entries]) =>
    doubleNumbers(entries.map(({ number }) => number)).map((number) => ({
      code: 'lxc/number-twice',
      message: `${path} has two keys ${stem}${number}`,
      path,
      value: number,
      fix: 'give one of them another `number`, or leave it out',
    })),
  );
}

function doubleMounts({ binds, volumes }: LxcSpec, path: string): Problem[] {
  return doubles([...binds, ...volumes].map(({ target }) => target)).map((target) => ({
    code: 'lxc/mount-twice',
    message: `${target} is mounted twice`,
    path,
    value: target,
    fix: 'keep one of the mounts',
  }));
}

const mostOfAKind = 256;

function tooMany({ binds, volumes, devices }: LxcSpec, path: string): Problem[] {
  const counts = { mounts: binds.length + volumes.length, devices: devices.length };
  return Object.entries(counts)
    .filter(([, number]) => number > mostOfAKind)
    .map(([what, number]) => ({
      code: 'lxc/too-many',
      message: `${path} has ${number} ${what}, Proxmox takes ${mostOfAKind}`,
      path,
      value: number,
      fix: `give it fewer ${what}`,
    }));
}

function doubleCards(spec: LxcSpec, path: string): Problem[] {
  return hasCardTwice(spec)
    ? [
        {
          code: 'gpu/named-twice',
          message: `${path} names a card twice: ${spec.gpus.join(', ')}`,
          path,
          value: [...spec.gpus],
          fix: 'name each card once',
        },
      ]
    : [];
}

/** A card that is named twice brings its files twice, which is said once. */
function doubleDevices(spec: LxcSpec, path: string): Problem[] {
  const files = hasCardTwice(spec) ? [] : doubles(spec.devices.map((device) => device.path));
  return files.map((device) => ({
    code: 'lxc/device-twice',
    message: `${path} is given ${device} twice`,
    path,
    value: device,
    fix: 'keep one of them; cards bring their device files along',
  }));
}

function envNames({ env }: LxcSpec, path: string): Problem[] {
  return Object.keys(env)
    .filter((name) => !/^\w+$/.test(name))
    .map((name) => ({
      code: 'lxc/env-name',
      message: `${JSON.stringify(name)} is no name of an environment variable`,
      path,
      value: name,
      fix: 'use letters, digits and `_`',
    }));
}

function doubleFiles({ files }: LxcSpec, path: string): Problem[] {
  return doubles(files.map(({ target }) => target)).map((target) => ({
    code: 'lxc/file-twice',
    message: `${target} is given twice`,
    path,
    value: target,
    fix: 'keep one of the files',
  }));
}

function filesBelowFiles({ files, services }: LxcSpec, path: string): Problem[] {
  const targets = [...files, ...services.flatMap((service) => service.files)].map(({ target }) => target);
  return [...new Set(targets)].flatMap((target) => {
    const below = targets.find((other) => other.startsWith(`${target}/`));
    return below === undefined
      ? []
      : [
          {
            code: 'lxc/file-below',
            message: `${target} is a file, and ${below} would lie in it`,
            path,
            value: target,
            fix: 'give one of them another path: what holds files is a folder',
          },
        ];
  });
}

function unprivilegedFeatures({ unprivileged, features }: LxcSpec, path: string): Problem[] {
  return unprivileged || (features.keyctl !== true && features.mknod !== true)
    ? []
    : [
        {
          code: 'lxc/feature',
          message: 'keyctl and mknod are features of unprivileged containers',
          path,
          fix: 'leave the features out, or make the container unprivileged',
        },
      ];
}

/** Proxmox keeps the key, and refuses the start. An adopted container is as people have it. */
function unprivilegedQuotas({ unprivileged, source, rootfs, binds, volumes }: LxcSpec, path: string): Problem[] {
  const mounts = [{ ...rootfs, target: '/' }, ...binds, ...volumes].filter(({ quota }) => quota === true);
  return !unprivileged || source.from === 'adopted'
    ? []
    : mounts.map(({ target }) => ({
        code: 'lxc/quota',
        message: `${path} is unprivileged, and does not start with quotas on ${target}`,
        path,
        value: target,
        fix: 'leave out `quota`, or make the container privileged',
      }));
}

/** What overrides make of the config, tried here so that every check may read it. */
function overridesProblems(spec: LxcSpec, path: string): Problem[] {
  const problems =
    spec.overrides.length === 0 ? [] : collectProblems([() => void configKeys(spec), () => void lastKeys(spec)]);
  return problems.map((problem) => ({ ...problem, path }));
}

function hasCardTwice({ gpus }: LxcSpec): boolean {
  return new Set(gpus).size < gpus.length;
}

/** Each that is there more than once, once. */
function doubles(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text, index) => texts.indexOf(text) !== index))];
}
