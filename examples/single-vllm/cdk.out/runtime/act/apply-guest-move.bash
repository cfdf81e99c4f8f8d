# shellcheck shell=bash
# Moving a guest's disk to another storage. The old disk is never deleted on the way.

apply_guest_move() {
  local vmid=${field[vmid]}
  keep_before "${field[path]}"
  case $doing in
    stop) # its `guest-state` step starts it again
      if [[ ${field[type]} == qemu ]]; then shut_down_machine "$vmid"; else stop_guest "$vmid"; fi
      ;;
    unlock) patiently pct unlock "$vmid" ;;
    free) free_volumes "${arguments[@]}" ;;
    move) move_volume "$1" "${arguments[@]}" ;;
    settle) ask_into note_moved moved "$1" || fail_step "$trouble" ;;
  esac
}

# move_volume STEP VMID KEY STORAGE VOLUME: the volume as it is now is what the next run compares with, if this one is killed.
move_volume() {
  [[ ${field[begun]-$run} == "$run" ]] || note_unnamed_volumes "$1"
  ask intent "$1" "$5" || stop_run "cannot write the journal: $trouble"
  case ${field[type]} in
    qemu) patiently qm disk move "$2" "$3" "$4" --digest "${field[digest]}" ;;
    *) patiently pct move-volume "$2" "$3" "$4" --digest "${field[digest]}" ;;
  esac
}

note_moved() {
  reason=$2
}
