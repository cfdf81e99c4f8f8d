import type { Problem } from '../base/errors.js';
import { blankSeparated } from './lxc-lint.js';

/** The environment of init, which Proxmox keeps as lines of its own before all others. */
export const environmentKey = 'lxc.environment.runtime';

/** What is wrong with a raw line, if anything. */
export function rawLineProblems(key: string, value: string, path: string): Problem[] {
  const name = key.replace(/^lxc\./, '');
  if (
    !key.startsWith('lxc.') ||
    !(kept.has(name) || keptFamilies.some((family) => name.startsWith(family) && name.length > family.length))
  ) {
    return [
      {
        code: 'lxc/raw-key',
        message: `Proxmox does not keep ${key} in a container's config`,
        path,
        value: key,
        fix: 'use one of the keys of LXC that Proxmox knows; see `man lxc.container.conf` and pve-container',
      },
    ];
  }
  if (/[\n\r\0]/.test(value) || value.trim() === '' || value !== value.trim()) {
    return [
      {
        code: 'lxc/raw-value',
        message: `the value of ${key} has to be one line of text without blanks at its ends`,
        path,
        value,
        fix: 'add one line for each value',
      },
    ];
  }
  if (blankSeparated.has(key) && value.includes(',')) {
    return [
      {
        code: 'lxc/raw-value',
        message: `${key} is separated by blanks; with commas the container cannot start`,
        path,
        value,
        fix: `write ${value.replaceAll(',', ' ')}`,
      },
    ];
  }
  return [];
}

/** Keys of LXC that Proxmox keeps in a container's config; it drops any other at its next write. */
const kept = new Set(
  [
    'apparmor.profile apparmor.allow_incomplete apparmor.allow_nesting apparmor.raw selinux.context include arch uts.name',
    'signal.halt signal.reboot signal.stop init.cmd init.cwd init.uid init.gid init.groups pty.max console.logfile console.path',
    'tty.max devtty.dir hook.autodev autodev kmsg mount.fstab mount.entry mount.auto rootfs.mount cap.drop cap.keep',
    'seccomp.profile seccomp.notify.proxy seccomp.notify.cookie idmap hook.pre-start hook.pre-mount hook.mount hook.start',
    'hook.stop hook.post-stop hook.clone hook.destroy hook.version log.level log.file start.auto start.delay start.order',
    'group environment environment.runtime environment.hooks sysctl.fs.mqueue sysctl.kernel.msgmax sysctl.kernel.msgmnb',
    'sysctl.kernel.msgmni sysctl.kernel.sem sysctl.kernel.shmall sysctl.kernel.shmmax sysctl.kernel.shmmni sysctl.kernel.shm_rmid_forced',
  ].flatMap((line) => line.split(' ')),
);
const keptFamilies = ['cgroup2.', 'prlimit.', 'net.'];
