# shellcheck shell=bash
# Looking on at a run from another terminal: all that it tells is kept beside its log, in <run>.txt.

lock_file=${PHOENIX_ROOT-}/run/phoenix.lock # only root can read it, see Lock.pm

# Shows what the run at work tells until it ends, and ends as it does. Without one, says how the last one ended.
follow_run() {
  local run='' process='' app=''
  [[ ! -e $lock_file || -r $lock_file ]] || {
    complain applier/not-root 'only root can look on at runs' '' '' 'run it as root'
    exit 1
  }
  if run_is_at_work && read_owner; then
    printf 'run %s\n' "$run" >&2
    tail -n +1 -F --pid="$process" -- "$(runs_folder)/$run.txt" 2>/dev/null
    [[ -e $(runs_folder)/$run.txt ]] || printf '%s\n' "$(ending)" >&2 # it told nothing there
    exit_as_it_did
  fi
  if [[ -r $lock_file ]] && read_owner; then
    printf 'No run is at work. The last one was %s: %s\n' "$run" "$(ending)"
  else
    printf 'No run is at work.\n'
  fi
}

run_is_at_work() {
  [[ -r $lock_file ]] && ! flock -s -n -- "$lock_file" true
}

read_owner() {
  local line
  IFS= read -r line <"$lock_file"
  [[ $line =~ ^run\ ([^\ ]+),\ process\ ([0-9]+),\ app\ ([^\ ]+)$ ]] || return
  run=${BASH_REMATCH[1]} process=${BASH_REMATCH[2]} app=${BASH_REMATCH[3]}
}

runs_folder() {
  printf '%s/var/lib/phoenix/%s/runs' "${PHOENIX_ROOT-}" "$app"
}

# The exit code that the run wrote down last; nothing if it was killed. What did nothing has no log, and has left it in the lock (leave_end).
exit_of_run() {
  local code lines
  code=$(sed -n '$s/.*"event":"end","exit":\([0-9]*\).*/\1/p' -- "$(runs_folder)/$run.jsonl" 2>/dev/null)
  if [[ -z $code ]]; then
    mapfile -t lines 2>/dev/null <"$lock_file"
    [[ ${lines[0]-} != "run $run, "* || ! ${lines[1]-} =~ ^exit\ ([0-9]+)$ ]] || code=${BASH_REMATCH[1]}
  fi
  printf '%s' "$code"
}

ending() {
  local code
  code=$(exit_of_run)
  case $code in
    '') printf 'it was killed; apply goes on where it was' ;;
    0) printf 'all was done, or nothing was to be done' ;;
    *) printf 'it ended with exit %d' "$code" ;;
  esac
}

exit_as_it_did() {
  local code
  code=$(exit_of_run)
  [[ -n $code ]] || {
    complain applier/killed 'the run was killed' '' '' 'run apply again, it goes on where it was'
    exit 1
  }
  exit "$code"
}
