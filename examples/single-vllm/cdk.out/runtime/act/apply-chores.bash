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
    sweep) remove_files "${arguments[@]}" ;;
    forget) forget_guest "$vmid" ;;
  esac
}

remove_files() {
  local file
  for file in "$@"; do
    keep_before "$file"
    ask remove unlink "$file" || fail_step "$trouble" || return
  done
}

# A thing that is no guest. Nothing is written down before: it is known by what the journal has of it, or not at all.
apply_removal() {
  [[ -z ${field[file]-} ]] || keep_before "${field[file]}"
  case $doing in
    run)
      patiently "${arguments[@]}"
      [[ -z ${field[file]-} ]] || note_left "$1" "${field[file]}"
      ;;
    unlink | rmdir) ask remove "$doing" "${arguments[@]}" || fail_step "$trouble" ;;
    write) apply_firewall_entries "$1" ;;
    forget) journal gone "${arguments[0]}" ;;
  esac
}

apply_record_orphan() {
  case $doing in
    write) apply_firewall_entries "$1" ;;
    forget) journal gone "${arguments[0]}" ;;
  esac
}

apply_journal_orphan() {
  ask gone "${arguments[@]}" || stop_run "cannot write the journal: $trouble"
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
