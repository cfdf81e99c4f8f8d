# shellcheck shell=bash
# Entries of storage.cfg.

apply_storage() {
  local laid=() tool_input=''
  if [[ -n ${field[secrets]-} ]]; then
    # shellcheck disable=SC2086 # names of options, which hold no blanks
    ask_into note_laid lay "$1" ${field[secrets]} || fail_step "$trouble" || return
  fi
  keep_before /etc/pve/storage.cfg
  patiently pvesm "$doing" "${arguments[@]}" "${laid[@]}"
  note_left "$1" /etc/pve/storage.cfg
}

note_laid() {
  tool_input=$2 laid=("${@:3}")
}
