# shellcheck shell=bash
# Pools and datasets. Never with -f, never with -p: what is there already or has no parent is a reason to stop.

apply_zfs_pool() {
  journal_intent "$1"
  tool zpool create "${arguments[@]}"
}

apply_zfs_dataset() {
  case $doing in
    create) tool zfs create "${arguments[@]}" ;;
    set) tool zfs set "${arguments[@]}" ;;
    mount) tool zfs mount "${arguments[@]}" ;;
  esac
}
