# shellcheck shell=bash
# The watch over a change of the host's network: it is taken back unless somebody says in time that the host is still reached.
#
# Runs detached, so that it outlives the applier and the connection that the applier was started over. Its folder holds the file before and
# after the change (`former`, `new`), `written` from the moment that the new one is put in place, and one token. Who renames `pending` decides:
# the applier to `confirmed`, the watch to `restoring`. How that ended is left for the next run to tell of: `restored`, `failed`, or `overtaken` by
# somebody who wrote the file since.

guard_folder=${PHOENIX_ROOT-}/var/lib/phoenix/.network-guard

# guard_watch SECONDS. It counts its sleeps: a clock that is put back meanwhile would keep the host cut off for as long.
guard_watch() {
  local left=$(($1 * 2))
  trap '' HUP INT TERM PIPE
  printf '%s\n' "$$" >"$guard_folder/pid"
  while ((left-- > 0)) && [[ -e $guard_folder/pending && ! -e $guard_folder/hurry ]]; do
    sleep 0.5
  done
  guard_restore
}

guard_file=${PHOENIX_ROOT-}/etc/network/interfaces

# Takes the change back and leaves word of how that ended; fails if the change was confirmed, or is being taken back by somebody else.
guard_restore() {
  local end=restored
  mv -T -- "$guard_folder/pending" "$guard_folder/restoring" 2>/dev/null || return 1
  if [[ -e $guard_folder/written ]]; then
    if ! guard_holds former && ! guard_holds new; then
      end=overtaken # by somebody who knows more
    elif ! guard_put_back || ! guard_reload; then
      end=failed
      rm -f -- "$guard_file.tmp.phoenix"
    fi
  fi
  mv -T -- "$guard_folder/restoring" "$guard_folder/$end"
}

guard_holds() {
  cmp -s -- "$guard_folder/$1" "$guard_file"
}

guard_put_back() {
  local temporary=$guard_file.tmp.phoenix
  guard_holds former && return 0
  cp -- "$guard_folder/former" "$temporary" &&
    chmod --reference="$guard_file" -- "$temporary" &&
    chown --reference="$guard_file" -- "$temporary" &&
    sync -- "$temporary" &&
    mv -T -- "$temporary" "$guard_file"
}

# The reload that is taken back may still be at work, and there is only one at a time.
guard_reload() {
  local tries
  for ((tries = 0; tries < 5; tries += 1)); do
    ! ifreload -a || return 0
    sleep "${PHOENIX_PAUSE:-5}"
  done
  return 1
}

# The word in `guard_end`; fails as long as there is none.
guard_has_ended() {
  for guard_end in restored overtaken failed; do
    [[ ! -e $guard_folder/$guard_end ]] || return 0
  done
  guard_end=''
  return 1
}

# Whether the watch of this folder is at work.
guard_lives() {
  local pid
  [[ -r $guard_folder/pid ]] && pid=$(<"$guard_folder/pid") && [[ -n $pid && -r /proc/$pid/cmdline ]] &&
    grep -qa 'watch\.bash' "/proc/$pid/cmdline"
}

[[ ${BASH_SOURCE[0]} != "$0" ]] || guard_watch "$1"
