# shellcheck shell=bash
# What no runbook asks for: guests are let go or destroyed, files are put back.

apply_guest_orphan() {
  case $doing in
    unmark)
      keep_before "${field[path]}"
      patiently "$(guest_tool)" set "${arguments[0]}" --digest "${field[digest]}" "${arguments[@]:1}"
      ;;
    forget) forget_guest "${arguments[0]}" ;;
  esac
}

# The disks that are meant are written down first: only they may be freed by a later run, should this one be killed.
apply_guest_destroy() {
  local vmid=${arguments[0]}
  case $doing in
    stop) stop_guest "$vmid" ;;
    destroy)
      keep_before "${field[path]}"
      ask destroying "$vmid" || stop_run "cannot write the journal: $trouble"
      patiently "$(guest_tool)" destroy "$vmid"
      ;;
    resume)
      patiently "$(guest_tool)" unlock "$vmid"
      patiently "$(guest_tool)" destroy "$vmid"
      ;;
    free) free_volumes "${arguments[@]}" ;;
    forget) forget_guest "$vmid" ;;
  esac
}

forget_guest() {
  ask forget "$1" || stop_run "cannot write the journal: $trouble"
}

apply_restore() {
  keep_before "${field[path]}"
  ask restore "$1" "${field[digest]-}" || fail_step "$trouble" || return
  if [[ ${field[type]-} == lxc && ${field[running]} == 1 ]]; then
    ask restart "${field[vmid]}" || fail_step "$trouble"
  fi
}
