import type { Ledger } from './ledger.js';
import type { Monolith } from './read-monolith.js';
import { decimalOf, integerOf, sizeOf } from './values.js';

/** What no construct of this release is for, and what only the old system's own scripts read. */
export function setAside(monolith: Monolith, ledger: Ledger): void {
  const arc = monolith.section('zfs')?.member('arc_max_gb');
  ledger.set(
    arc,
    integerOf(arc) === undefined && decimalOf(arc) === undefined ? 'suspicious' : 'kept aside',
    `limit of the cache of ZFS${sizeOf(arc, 'GiB') === undefined ? '' : `, ${sizeOf(arc, 'GiB')}`}: no construct sets it`,
  );
  ledger.setAll(monolith.section('nfs'), 'kept aside', 'exports of NFS: no construct makes them yet');
  ledger.setAll(monolith.section('samba'), 'kept aside', 'shares of Samba: no construct makes them yet');
  ledger.setAll(monolith.section('users'), 'kept aside', 'users of the host: no construct makes them yet');
  ledger.setAll(monolith.section('docker'), 'kept aside', 'images of Portainer: no construct runs it yet');
  const tokens =
    monolith
      .section('core_paths')
      ?.members()
      .filter(({ key }) => key.endsWith('_token_file')) ?? [];
  for (const entry of tokens) {
    ledger.set(entry, 'dropped', 'a file with a secret, which belongs into the vault');
    ledger.todo(`put the token of \`${entry.path}\` into the vault if something still needs it`, entry);
  }
  for (const name of ['docker_images_path']) {
    ledger.set(monolith.section('core_paths')?.member(name), 'dropped', 'images are fetched from registries');
  }
  for (const name of [
    'lxc_config_file',
    'lxc_config_schema_file',
    'vm_config_file',
    'vm_config_schema_file',
    'hypervisor_marker_dir',
    'hypervisor_marker',
  ]) {
    ledger.set(monolith.section('core_paths')?.member(name), 'dropped', 'a path of the old system');
  }
  for (const name of ['rollback_on_failure', 'debug_mode']) {
    ledger.set(
      monolith.section('behavior')?.member(name),
      'dropped',
      'a switch of the old system; there is none that skips validation',
    );
  }
  for (const name of ['version', 'author', '$schema']) {
    ledger.set(monolith.section(name), 'dropped', 'says something of the old file itself');
  }
  for (const list of monolith.section('tests')?.members() ?? []) {
    ledger.setAll(list, 'kept aside', 'tests of the host are scripts of the old system');
  }
}
