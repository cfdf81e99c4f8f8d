# shellcheck shell=bash
# One run at a time on a host (Lock.pm). The lock lies on descriptor 7, which the run, its engine and its workers share: it is free when the last of
# them is gone, so that what a killed run left at work is not begun a second time beside it. No tool gets it (`7>&-`).

open_lock() {
  local folder=${lock_file%/*} status=0
  [[ -d $folder ]] || mkdir -p -- "$folder"
  umask 077
  { exec 7<>"$lock_file"; } 2>/dev/null || status=$?
  umask 022
  ((status == 0)) || refuse_run applier/failed "cannot open the lock ${lock_file#"${PHOENIX_ROOT-}"}" '' '' 'look at who else owns that file'
}

# leave_end EXIT: behind the line that says whose run it is, for who looks on. A run that finds nothing to do has no log.
leave_end() {
  printf 'exit %d\n' "$1" >&7
}

# Steps of a run that was killed are waited for: what they do is looked at once they are over.
take_lock() {
  local told='' deadline=$((SECONDS + ${PHOENIX_PATIENCE:-120}))
  until ask lock "$run" 7; do
    if [[ ${problems[0]} != applier/left-at-work ]] || ((interrupted || SECONDS >= deadline)); then refuse_run "${problems[@]}"; fi
    [[ -n $told ]] || progress 'waiting: %s\n' "$trouble"
    told=1
    pause 1
  done
}
