# shellcheck shell=bash
# The watch over a change of the host's network: it is taken back unless somebody says in time that the host is still reached.
#
# Runs detached, so that it outlives the applier and the connection that the applier was started over. Its folder holds the file before and
# after the change (`former`, `new`), `written` from the moment that the new one is put in place, and one token. Who renames `pending` decides:
# the applier to `confirmed`, the watch to `restoring`. `restored` is left for the next run to tell of.

guard_folder=${PHOENIX_ROOT-}/var/lib/phoenix/.network-guard

# guard_watch SECONDS
guard_watch() {
  local deadline=$((SECONDS + $1))
  trap '' HUP INT TERM PIPE
  printf '%s\n' "$$" >"$guard_folder/pid"
  while ((SECONDS < deadline)) && [[ -e $guard_folder/pending && ! -e $guard_folder/hurry ]]; do
    sleep "${PHOENIX_PAUSE:-1}"
  done
  guard_restore
}

# Puts the former file back and brings it into force; fails if the change was confirmed, or is being taken back by somebody else.
guard_restore() {
  mv -T -- "$guard_folder/pending" "$guard_folder/restoring" 2>/dev/null || return 1
  if [[ -e $guard_folder/written ]]; then
    guard_put_back && ifreload -a
  fi
  mv -T -- "$guard_folder/restoring" "$guard_folder/restored"
}

# A file that is neither the former nor ours was changed by somebody who knows more.
guard_put_back() {
  local file=${PHOENIX_ROOT-}/etc/network/interfaces
  cmp -s -- "$guard_folder/former" "$file" && return 0
  cmp -s -- "$guard_folder/new" "$file" || return 1
  cp -- "$guard_folder/former" "$file.tmp.phoenix" &&
    chmod --reference="$file" -- "$file.tmp.phoenix" &&
    chown --reference="$file" -- "$file.tmp.phoenix" &&
    sync -- "$file.tmp.phoenix" &&
    mv -T -- "$file.tmp.phoenix" "$file"
}

# Whether the watch of this folder is at work.
guard_lives() {
  local pid
  [[ -r $guard_folder/pid ]] && pid=$(<"$guard_folder/pid") && [[ -n $pid && -r /proc/$pid/cmdline ]] &&
    grep -qa 'watch\.bash' "/proc/$pid/cmdline"
}

[[ ${BASH_SOURCE[0]} != "$0" ]] || guard_watch "$1"
