# shellcheck shell=bash
# The config of a guest. One call at a time; the engine looks at the file again before it says what the next one is.

apply_guest_config() {
  local vmid=${field[vmid]}
  keep_before "${field[path]}"
  case $doing in
    stop) stop_guest "$vmid" ;; # its `guest-state` step starts it again
    set) patiently "$(guest_tool)" set "$vmid" --digest "${field[digest]}" "${arguments[@]}" ;;
    revert) patiently "$(guest_tool)" set "$vmid" --revert "${arguments[0]}" ;;
    allocate)
      journal_intent "$1"
      patiently "$(guest_tool)" set "$vmid" --digest "${field[digest]}" "--${arguments[0]}" "${arguments[1]}"
      ;;
    resize) patiently "$(guest_tool)" resize "$vmid" "${arguments[0]}" "${arguments[1]}" ;;
    options) patiently "$(guest_tool)" set "$vmid" --digest "${field[digest]}" "--${arguments[0]}" "${arguments[1]}" ;;
    raw) edit_raw_lines "$vmid" ;;
  esac
}

# Proxmox has no command for raw lines: the engine edits the file under the lock that pct takes, and no tool runs meanwhile.
edit_raw_lines() {
  ask raw "$1" "${field[path]}" "${field[digest]}" "${arguments[0]}" || {
    fail_step "$trouble"
    return
  }
  if [[ ${field[running]} == 1 ]]; then
    ask restart "$1" || fail_step "$trouble"
  fi
}

guest_tool() {
  if [[ ${field[type]} == qemu ]]; then printf qm; else printf pct; fi
}
