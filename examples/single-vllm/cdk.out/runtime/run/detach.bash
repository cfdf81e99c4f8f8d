# shellcheck shell=bash
# A run outlives the terminal and the connection that it was started from.

# detached FUNCTION: runs it in a process group of its own, which no hang-up of a terminal reaches, and returns its exit code. This process only
# waits; what it is told to do, it passes on.
detached() {
  local runner='' early='' status
  trap 'pass_on INT' INT
  trap 'pass_on TERM' TERM
  set -m
  "$1" &
  runner=$!
  set +m
  [[ -z $early ]] || pass_on "$early"
  while :; do
    { wait "$runner"; } 2>/dev/null # bash has its own word about what was killed
    status=$?
    kill -0 "$runner" 2>/dev/null || break
  done
  ((status <= 128)) || complain applier/killed 'the run was killed' '' '' 'run apply again, it goes on where it was'
  return "$status"
}

# pass_on SIGNAL: to the run, or once there is one.
pass_on() {
  if [[ -n $runner ]]; then kill -"$1" "$runner" 2>/dev/null; else early=$1; fi
}
