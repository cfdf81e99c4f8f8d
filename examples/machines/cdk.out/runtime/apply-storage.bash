# shellcheck shell=bash
# Entries of storage.cfg.

apply_storage() {
  keep_before /etc/pve/storage.cfg
  patiently pvesm "$doing" "${arguments[@]}"
}
