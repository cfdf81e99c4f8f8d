# shellcheck shell=bash
# Starting and stopping guests, and making templates of them. No state is proven by an exit code: each wait is on the state itself.

apply_guest_state() {
  local vmid=${arguments[0]}
  case $doing in
    start) start_guest "$vmid" ;;
    stop) stop_guest "$vmid" ;;
    reboot)
      if [[ ${field[type]} == qemu ]]; then restart_machine "$vmid"; else reboot_container "$vmid"; fi
      ;;
  esac
}

start_guest() {
  patiently "$(guest_tool)" start "$1"
  settle_after_start "$1" && forget_restart "$1"
}

reboot_container() {
  patiently pct reboot "$1" --timeout "${field[timeout]}"
  ((code == 0)) || return 0
  wait_for_state "$1" 1 "${field[timeout]}" && forget_restart "$1"
}

# Down and up again, in a process of its own: what waits in the config comes into force with that, not with a reboot from inside.
restart_machine() {
  shut_down_machine "$1" || return
  start_guest "$1"
}

# Nobody pulls its plug for a restart: a machine that does not listen would lose what it had not written yet.
shut_down_machine() {
  patiently qm shutdown "$1" --timeout "${field[timeout]}"
  wait_for_state "$1" 0 5 || fail_step "machine $1 did not shut down within ${field[timeout]} s; it goes on running"
}

apply_guest_template() {
  local vmid=${arguments[0]}
  case $doing in
    stop) stop_guest "$vmid" ;;
    strip) patiently "$(guest_tool)" set "$vmid" --digest "${field[digest]}" "${arguments[@]:1}" ;;
    seal)
      journal_intent "$1"
      patiently "$(guest_tool)" template "$vmid"
      seal_if_template "$1" "$vmid"
      ;;
    unname) give_back_names "${arguments[@]}" ;;
    finish) patiently qm template "$vmid" --disk "${arguments[1]}" ;;
    remember) journal sealed "${arguments[@]}" ;;
  esac
}

# Written down only after looking: the file says `template: 1`, or the next look finds out why not.
seal_if_template() {
  local digest=${field[digest]}
  look_at "$1"
  [[ $doing != remember ]] || journal sealed "$2" "$digest"
}

# Asks it to shut down, waits, and pulls the plug only when the time is up.
stop_guest() {
  local vmid=$1
  patiently "$(guest_tool)" shutdown "$vmid" --timeout "${field[timeout]}"
  wait_for_state "$vmid" 0 5 && return
  patiently "$(guest_tool)" stop "$vmid"
  wait_for_state "$vmid" 0 30
}

# wait_for_state VMID 1|0 SECONDS
wait_for_state() {
  local deadline=$((SECONDS + $3))
  while :; do
    is_running=''
    ask_into note_running running "$1" "${field[type]}"
    [[ $is_running != "$2" ]] || return 0
    ((SECONDS < deadline)) || return 1
    pause 0.5
  done
}

note_running() {
  is_running=$2
}

# After a start that failed the guest may seem to run for a moment; one that is on its way up needs more of them.
settle_after_start() {
  if ((code == 0)); then
    wait_for_state "$1" 1 30
  else
    pause 2
  fi
}

forget_restart() {
  journal restarted "$1"
}
