# shellcheck shell=bash
# Files and scripts inside a guest: streamed, with an empty environment, and believed only when the other end has said so.

apply_guest_file() {
  local vmid=${field[vmid]} archive
  archive=$(private_file archive) || fail_step "no place for a private file" || return
  sums=()
  if ! ask_into note_sent archive "$1" "$archive"; then
    fail_step "$trouble"
    return
  fi
  wait_for_shell "$vmid" || return
  inside "$vmid" tar -x --numeric-owner -C / <"$archive"
  rm -f -- "$archive"
  ((code == 0)) || fail_step "the files did not arrive in guest $vmid (tar: exit $code)" || return
  verify_files "$vmid" || return
  journal_applied "$1"
}

note_sent() {
  [[ $1 != sum ]] || sums+=("$3")
}

# What lies in the guest now is what was sent.
verify_files() {
  local lines line at=0
  inside_says "$1" sha256sum -- "${arguments[@]}"
  mapfile -t lines <"$heard"
  rm -f -- "$heard"
  for line in "${lines[@]}"; do
    line=${line#\\}
    if [[ ${line%% *} != "${sums[at]-}" ]]; then
      fail_step "${arguments[at]-a file} in guest $1 is not what was sent"
      return
    fi
    ((at += 1))
  done
  ((at == ${#sums[@]})) || fail_step "guest $1 did not show all files (sha256sum: exit $code)"
}

# The script runs in a bash of its own, so that nothing in it can read the rest of what we send; the outer one says how it ended.
apply_guest_run() {
  local vmid=${field[vmid]} nonce script
  script=$(private_file script) || fail_step "no place for a private file" || return
  ask script "$1" "$script" || fail_step "$trouble" || return
  wait_for_shell "$vmid" || return
  printf -v nonce '%08x%04x%04x%04x' "$$" "$RANDOM" "$RANDOM" "$RANDOM"
  ask_into note_stamp stamp "$1" || fail_step "$trouble" || return
  send_script "$nonce" "$script" | inside_for "${field[timeout]}" "$vmid" /bin/bash -s
  rm -f -- "$script"
  case $(grep -ao -- "phoenix-end:$nonce:[[:print:]]*" "$said" | tail -n 1) in
    "phoenix-end:$nonce:0") journal_applied "$1" ;;
    "phoenix-end:$nonce:"*) fail_step "the script ended with exit $(grep -ao -- "phoenix-end:$nonce:[[:print:]]*" "$said" | tail -n 1 | sed 's/.*://')" ;;
    *) fail_step "the script did not come to its end within ${field[timeout]} s, or the connection to guest $vmid broke" ;;
  esac
}

note_stamp() {
  stamp=$2 stamp_place=$3
}

# send_script NONCE FILE. A script of a run that was killed may still be at work in there; it holds the lock as long as it does. Who comes to its end leaves the stamp.
send_script() {
  printf 'export HOME=/root USER=root LANG=C.UTF-8; umask 022; cd /\n'
  printf 'if command -v flock && : 9>>/run/phoenix-cdk.lock; then exec 9>>/run/phoenix-cdk.lock; flock 9; fi >/dev/null\n'
  printf "/bin/bash /dev/fd/3 3<<'phoenix-script-%s' </dev/null 9>&-\n" "$1"
  cat -- "$2"
  printf '\nphoenix-script-%s\ncode=$?\n' "$1"
  # shellcheck disable=SC2016 # for the shell in there
  printf 'if [ "$code" = 0 ]; then mkdir -p %s && echo %s >%s || code="0, and left no stamp"; fi\n' "${stamp_place%/*}" "$stamp" "$stamp_place"
  printf "printf '%%s%%s\\n' 'phoenix-end:%s:' \"\$code\"\n" "$1"
}

# A guest that was just started takes a moment until commands can run in it.
wait_for_shell() {
  local deadline=$((SECONDS + 60))
  while :; do
    inside "$1" true </dev/null
    ((code != 0)) || return 0
    if ((SECONDS >= deadline)); then
      fail_step "no command can be run in guest $1"
      return
    fi
    pause 1
  done
}

# inside VMID COMMAND …: without a word of our environment. `pct exec` would hand it all over.
inside() {
  local vmid=$1
  shift
  ((processes += 1))
  { lxc-attach -n "$vmid" --clear-env -- "$@"; } >>"$said" 2>&1 7>&- 8>&- 9<&-
  code=$?
}

inside_for() {
  local seconds=$1 vmid=$2
  shift 2
  ((processes += 1))
  { timeout --foreground --signal=TERM --kill-after=10 "$seconds" lxc-attach -n "$vmid" --clear-env -- "$@"; } >>"$said" 2>&1 7>&- 8>&- 9<&-
}

# What it prints goes to the file `heard`.
inside_says() {
  local vmid=$1
  shift
  ((processes += 1))
  heard=$(private_file heard) || heard=$run_folder/heard-$worker
  lxc-attach -n "$vmid" --clear-env -- "$@" >"$heard" 2>>"$said" </dev/null 7>&- 8>&- 9<&-
  code=$?
}

# A file of this worker that only root can read, in memory: private_file NAME. It goes when the run ends.
private_file() {
  local base=${PHOENIX_ROOT-}/run/phoenix
  mkdir -p -- "$base/$run" && chmod 0700 -- "$base" "$base/$run" && printf '%s/%s-%s' "$base/$run" "$1" "$worker"
}

clear_private_files() {
  local folder=${PHOENIX_ROOT-}/run/phoenix/$run
  [[ ! -d $folder ]] || perl "$library/secrets/clear-private.pl" "$folder"
}
