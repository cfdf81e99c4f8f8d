# shellcheck shell=bash
# Making a guest, and clearing away one that was only begun. The journal knows of it before Proxmox does.

apply_guest_create() {
  case $doing in
    create | clone)
      journal_intent "$1"
      patiently "$(guest_tool)" "$doing" "${arguments[@]}"
      ;;
    adopt)
      keep_before "${field[path]}"
      ask adopting "${arguments[0]}" "${field[guid]}" || stop_run "cannot write the journal: $trouble"
      patiently "$(guest_tool)" set "${arguments[0]}" --digest "${field[digest]}" --description "${arguments[1]}"
      ;;
    stop) stop_guest "${arguments[0]}" ;;
    destroy) make_way "$1" "${arguments[0]}" ;;
    forget) forget_guest "${arguments[0]}" ;;
    take) ask adopted "$1" || stop_run "cannot write the journal: $trouble" ;;
    record) journal guest "${arguments[@]}" ;;
    unname) give_back_names "${arguments[@]}" ;;
    free) free_volumes "${arguments[@]}" ;;
    unlock) patiently "$(guest_tool)" unlock "${arguments[0]}" ;;
    clear) clear_half_made "${arguments[@]}" ;;
  esac
}

# make_way STEP VMID: what comes in its place is begun with this, so that a run which is killed here is ended by the next one.
make_way() {
  keep_before "${field[path]}"
  keep_before "${field[firewall]}"
  journal_intent "$1"
  ask destroying "$2" || stop_run "cannot write the journal: $trouble"
  patiently "$(guest_tool)" destroy "$2"
}

# give_back_names IS WAS …: of a template that was only begun. It has no clones yet: with any, the snapshot would not go.
give_back_names() {
  while (($# > 0)); do
    if zfs list -H -t snapshot -- "$1@__base__" >/dev/null 2>&1 7>&- 8>&- 9<&-; then
      tool zfs destroy "$1@__base__"
    fi
    tool zfs rename "$1" "$2"
    shift 2
  done
}

# Disks of a guest of ours whose config was never written, or is gone already.
free_volumes() {
  local volume
  for volume in "$@"; do
    patiently pvesm free "$volume"
  done
}

# clear_half_made VMID [LOCKED …]: the locks that the dead task left, then the guest with the disks that its config names. What else carries its number
# is judged by itself, once the guest is gone.
clear_half_made() {
  local vmid=$1 locked
  shift
  keep_before "${field[path]}"
  for locked in "$@"; do
    patiently "$(guest_tool)" unlock "$locked"
  done
  patiently "$(guest_tool)" destroy "$vmid"
}
