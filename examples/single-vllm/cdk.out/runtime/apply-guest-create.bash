# shellcheck shell=bash
# Making a guest, and clearing away one that was only begun. The journal knows of it before Proxmox does.

apply_guest_create() {
  case $doing in
    create | clone)
      journal_intent "$1"
      patiently pct "$doing" "${arguments[@]}"
      ;;
    record) journal guest "${arguments[@]}" ;;
    free) free_volumes "${arguments[@]}" ;;
    unlock) patiently pct unlock "${arguments[0]}" ;;
    clear) clear_half_made "${arguments[@]}" ;;
  esac
}

# Disks of a guest of ours whose config was never written, or is gone already.
free_volumes() {
  local volume
  for volume in "$@"; do
    patiently pvesm free "$volume"
  done
}

# clear_half_made VMID [LOCKED …]: the locks that the dead task left, then the guest with every disk that carries its number.
clear_half_made() {
  local vmid=$1 locked
  shift
  keep_before "/etc/pve/lxc/$vmid.conf"
  for locked in "$@"; do
    patiently pct unlock "$locked"
  done
  patiently pct destroy "$vmid" --destroy-unreferenced-disks 1
}
