# shellcheck shell=bash
# The config of a guest. One call at a time; the engine looks at the file again before it says what the next one is.

apply_guest_config() {
  local vmid=${field[vmid]}
  keep_before "${field[path]}"
  case $doing in
    set) set_keys "$vmid" ;;
    free) free_volumes "${arguments[@]}" ;;
    revert) patiently "$(guest_tool)" set "$vmid" --revert "${arguments[0]}" ;;
    allocate)
      [[ ${field[begun]-$run} == "$run" ]] || note_unnamed_volumes "$1"
      journal_intent "$1"
      patiently "$(guest_tool)" set "$vmid" --digest "${field[digest]}" "--${arguments[0]}" "${arguments[1]}"
      ((code == 0)) || note_unnamed_volumes "$1"
      ;;
    resize) patiently "$(guest_tool)" resize "$vmid" "${arguments[0]}" "${arguments[1]}" ;;
    options) patiently "$(guest_tool)" set "$vmid" --digest "${field[digest]}" "--${arguments[0]}" "${arguments[1]}" ;;
    raw) edit_raw_lines "$vmid" ;;
  esac
}

# note_unnamed_volumes STEP: what a call that was killed or failed has left on a storage that shows its volumes to Proxmox alone. It may be
# somebody's, too: it is told and stays.
note_unnamed_volumes() {
  local volume list
  [[ -n ${field[unseen]-} ]] || return 0
  ((processes += 1))
  list=$(timeout --foreground -k 5 60 pvesm list "${field[unseen]}" --vmid "${field[vmid]}" 2>>"$said" </dev/null 7>&- 8>&- 9<&-) || :
  while read -r volume _; do
    if [[ $volume != *:* ]] || grep -qF -- "$volume" "${PHOENIX_ROOT-}${field[path]}"; then continue; fi
    ask note "$1" "$volume carries the number of guest ${field[vmid]} and is not in its config, left by a call that was ended, it seems; it stays: \`pvesm free $volume\` if nobody needs it" || :
  done <<<"$list"
}

# Keys for ssh are the one value that qm wants in a file, and as they are instead of escaped.
set_keys() {
  local at words=("${arguments[@]}") keys=''
  for ((at = 0; at < ${#words[@]}; at += 2)); do
    [[ ${words[at]} == --sshkeys ]] || continue
    keys=$(private_file ssh-keys) || fail_step 'no place for a private file' || return
    (umask 077 && printf '%b\n' "$(sed -E 's/\\/\\\\/g; s/%([0-9A-Fa-f]{2})/\\x\1/g' <<<"${words[at + 1]}")" >"$keys")
    words[at + 1]=$keys
  done
  patiently "$(guest_tool)" set "$1" --digest "${field[digest]}" "${words[@]}"
  [[ -z $keys ]] || rm -f -- "$keys"
}

# Proxmox has no command for raw lines: the engine edits the file under the lock that pct takes, and no tool runs meanwhile.
# That they wait for a restart is written down before: no file says it afterwards.
edit_raw_lines() {
  if [[ ${field[waits]} == 1 ]]; then
    ask restart "$1" || {
      fail_step "$trouble"
      return
    }
  fi
  ask raw "$1" "${field[path]}" "${field[digest]}" "${arguments[0]}" || fail_step "$trouble"
}

guest_tool() {
  if [[ ${field[type]} == qemu ]]; then printf qm; else printf pct; fi
}
