/**
 * The programs that tests start, and the Debian package each comes from. `npm test` installs what is missing where it
 * may (root on a machine with apt-get); elsewhere the tests that need it are skipped, or fail where CI is set.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export const debianPackageOf = {
  bash: 'bash',
  'cloud-init': 'cloud-init',
  flock: 'util-linux',
  git: 'git',
  gpg: 'gpg',
  'gpg-agent': 'gpg-agent',
  mawk: 'mawk',
  pass: 'pass',
  perl: 'perl',
  promtool: 'prometheus',
  shellcheck: 'shellcheck',
  ssh: 'openssh-client',
  sshd: 'openssh-server',
  'systemd-analyze': 'systemd',
} as const;

export type Tool = keyof typeof debianPackageOf;

/** True when the program is on the PATH. */
export function hasTool(tool: Tool): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => isExecutable(join(folder, tool)));
}

/** Installs what is missing, once, quietly. Returns what is still missing. */
export function installMissingTools(): readonly Tool[] {
  const missing = missingTools();
  if (missing.length === 0 || process.getuid?.() !== 0 || !isExecutable('/usr/bin/apt-get')) return missing;
  const packages = [...new Set(missing.map((tool) => debianPackageOf[tool]))];
  console.error(`installing for the tests: ${packages.join(' ')}`);
  keepFromRunning(missing);
  // What a machine already knows may be enough; only then ask the mirrors.
  if (!aptGet('install', '--no-install-recommends', ...packages)) {
    aptGet('update');
    aptGet('install', '--no-install-recommends', ...packages);
  }
  return missingTools();
}

function missingTools(): readonly Tool[] {
  return (Object.keys(debianPackageOf) as Tool[]).filter((tool) => !hasTool(tool));
}

/** The tests want the checks of these programs, not their services. */
function keepFromRunning(tools: readonly Tool[]): void {
  if (tools.includes('cloud-init')) {
    // At the next start of this machine it would set the machine up anew.
    mkdirSync('/etc/cloud', { recursive: true });
    writeFileSync('/etc/cloud/cloud-init.disabled', '');
  }
  if (tools.includes('promtool') && !existsSync('/etc/systemd/system/prometheus.service')) {
    mkdirSync('/etc/systemd/system', { recursive: true });
    symlinkSync('/dev/null', '/etc/systemd/system/prometheus.service');
  }
  if (tools.includes('sshd')) {
    // The tests start one of their own; the machine shall have no door that it had not before.
    mkdirSync('/etc/ssh', { recursive: true });
    writeFileSync('/etc/ssh/sshd_not_to_be_run', '');
  }
}

function aptGet(...words: readonly string[]): boolean {
  // Somebody else may be installing at this moment.
  const result = spawnSync('apt-get', ['-qq', '-y', '-o', 'DPkg::Lock::Timeout=120', ...words], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  return result.status === 0;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
