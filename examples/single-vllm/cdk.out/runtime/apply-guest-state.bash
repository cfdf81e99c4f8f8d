# shellcheck shell=bash
# Starting and stopping guests, and making templates of them. No state is proven by an exit code: each wait is on the state itself.

apply_guest_state() {
  local vmid=${arguments[0]}
  case $doing in
    start)
      patiently pct start "$vmid"
      settle_after_start "$vmid" && forget_restart "$vmid"
      ;;
    stop) stop_guest "$vmid" ;;
    reboot)
      patiently pct reboot "$vmid" --timeout "${field[timeout]}"
      ((code == 0)) || return 0
      wait_for_state "$vmid" 1 "${field[timeout]}" && forget_restart "$vmid"
      ;;
  esac
}

apply_guest_template() {
  local vmid=${arguments[0]}
  case $doing in
    stop) stop_guest "$vmid" ;;
    strip) patiently pct set "$vmid" --digest "${field[digest]}" "${arguments[@]:1}" ;;
    seal)
      journal_intent "$1"
      patiently pct template "$vmid"
      seal_if_template "$1" "$vmid"
      ;;
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
  patiently pct shutdown "$vmid" --timeout "${field[timeout]}"
  wait_for_state "$vmid" 0 5 && return
  patiently pct stop "$vmid"
  wait_for_state "$vmid" 0 30
}

# wait_for_state VMID 1|0 SECONDS
wait_for_state() {
  local deadline=$((SECONDS + $3))
  while :; do
    is_running=''
    ask_into note_running running "$1" lxc
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
