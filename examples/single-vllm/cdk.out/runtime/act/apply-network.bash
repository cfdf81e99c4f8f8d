# shellcheck shell=bash
# The host's own network. Written, checked, brought into force, and taken back if the router is not reached any more.

# Longer than a reload with DHCP takes, and short enough to wait for before a console is fetched. PHOENIX_GUARD (seconds) is for tests.
guard_seconds=${PHOENIX_GUARD:-180}

apply_network() {
  case $doing in
    settle) settle_network ;;
    apply) change_network "$1" ;;
    reload) reload_network ;;
  esac
}

change_network() {
  local answered=0 ports lost
  ports=$(guest_ports)
  if router_answers "${field[before]}"; then answered=1; fi
  ask network stage "$1" || fail_network "$trouble" || return
  start_guard || fail_network 'the watch that would take the change back did not start' || return
  ask network write "$1" || take_back "$trouble" || return
  tool ifreload -a -s
  ((code == 0)) || take_back 'ifreload does not understand the new /etc/network/interfaces' || return
  reload_network
  if [[ -n ${field[after]} ]] && ! host_is_reached "$answered"; then
    take_back "the host did not reach its router ${field[after]} after the change"
    return
  fi
  if mv -T -- "$guard_folder/pending" "$guard_folder/confirmed" 2>/dev/null; then
    rm -rf -- "$guard_folder"
    lost=$(comm -23 <(printf '%s\n' "$ports") <(guest_ports))
    [[ -z $lost ]] || fail_step "the change is in force, and these ports of guests are no longer on their bridges: ${lost//$'\n'/ }"
  else
    take_back 'bringing the change into force took too long'
  fi
}

# Ports of running guests as BRIDGE/PORT. Proxmox's build of ifupdown2 leaves them where they are, others do not.
guest_ports() {
  local port net=${PHOENIX_ROOT-}/sys/class/net
  for port in "$net"/*/brif/{tap,veth,fwpr}*; do
    [[ ! -e $port ]] || printf '%s\n' "${port#"$net/"}"
  done | sed 's|/brif/|/|' | sort
}

# Another ifreload may be at work: that of the web interface, or of a service.
reload_network() {
  local deadline=$((SECONDS + ${PHOENIX_PATIENCE:-60})) mark
  while :; do
    mark=$(stat -c %s -- "$said" 2>/dev/null || printf 0)
    tool timeout --foreground -k 5 120 ifreload -a
    tail -c "+$((mark + 1))" -- "$said" | grep -q 'Another instance' && ((SECONDS < deadline)) || return 0
    pause 2
  done
}

# The watch keeps running when this shell, its terminal or its connection goes.
start_guard() {
  local tries
  cp -- "$library/act/network-guard.bash" "$guard_folder/watch.bash" || return
  tool setsid -f bash "$guard_folder/watch.bash" "$guard_seconds"
  for ((tries = 0; tries < 100; tries += 1)); do
    ! guard_lives || return 0
    sleep 0.05
  done
  return 1
}

# ---- Is the host reached?

# With a router that never answered, the route alone has to do.
host_is_reached() {
  local tries
  for ((tries = 0; tries < 15; tries += 1)); do
    route_router=''
    ask_into note_route network route || :
    if [[ $route_router == "${field[after]}" ]] && { (($1 == 0)) || router_answers "$route_router"; }; then
      return 0
    fi
    pause 1
  done
  return 1
}

route_router=''

note_route() {
  route_router=$2
}

# Some routers do not answer pings; none hides its hardware address.
router_answers() {
  local router=$1
  [[ -n $router ]] || return 1
  [[ $router != fe80:* ]] || router+="%${field[device]}"
  tool ping -n -c 1 -W 1 "$router"
  ((code != 0)) || return 0
  ((processes += 1))
  ip neigh show to "$1" 2>>"$said" 7>&- 8>&- 9<&- | grep -Eq '(REACHABLE|PERMANENT)$'
}

# ---- Taking back

# How a change is taken back that nobody can take back here: the next run tries once more, as long as the folder is there.
by_hand() {
  printf %s "run apply again, or put ${guard_folder#"${PHOENIX_ROOT-}"}/former back as /etc/network/interfaces, run ifreload -a and remove that folder"
}

# take_back WHY: always fails the step, after the former file is in force again.
take_back() {
  local why=$1
  : >"$guard_folder/hurry"
  wait_for_guard
  case $guard_end in
    restored)
      why+='; the former file is in force again'
      if [[ -n ${field[before]} ]] && ! router_answers "${field[before]}"; then
        why+=", and its router ${field[before]} does not answer"
      fi
      ;;
    overtaken) why+='; somebody wrote /etc/network/interfaces meanwhile, and it stays as it is' ;;
    *) why+="; taking it back FAILED: $(by_hand)" ;;
  esac
  [[ ${guard_end:-failed} == failed ]] || rm -rf -- "$guard_folder"
  fail_step "$why"
}

# Ends when the change is taken back or confirmed; does the work itself where the watch is gone.
wait_for_guard() {
  local deadline=$((SECONDS + guard_seconds))
  while guard_lives && ! guard_has_ended && ((SECONDS < deadline)); do
    sleep "${PHOENIX_PAUSE:-1}"
  done
  guard_has_ended || guard_lives || {
    mv -T -- "$guard_folder/restoring" "$guard_folder/pending" 2>/dev/null || :
    guard_restore >>"$said" 2>&1 7>&- 8>&- 9<&- || :
    guard_has_ended || :
  }
}

fail_network() {
  rm -rf -- "$guard_folder"
  fail_step "$1"
}

# A run ended in the midst of a change: what it did not confirm is taken back, and tried again where that failed.
settle_network() {
  mv -T -- "$guard_folder/failed" "$guard_folder/pending" 2>/dev/null || :
  guard_end=''
  if [[ -e $guard_folder/pending || -e $guard_folder/restoring ]]; then
    : >"$guard_folder/hurry"
    wait_for_guard
    [[ -n $guard_end && $guard_end != failed ]] || fail_step "an earlier change of the network cannot be taken back: $(by_hand)" || return
  fi
  ! guard_has_ended || progress 'an earlier change of the network was not confirmed and is %s\n' "${settled[$guard_end]}"
  rm -rf -- "$guard_folder"
}

declare -A settled=([restored]='taken back' [overtaken]='not in the file any more: somebody wrote it since')
