# shellcheck shell=bash
# The run: what is to be done, each step by a worker of its own. The engine says which step may begin; this starts workers and waits for them.

verb_apply() {
  ((EUID == 0)) || [[ -n ${PHOENIX_ROOT-} ]] || usage applier/not-root "$verb has to run as root" '' '' 'run it as root'
  let_ask
  until detached run_apply; do ask_for_approval "$?"; done
  exit 0
}

run_apply() {
  local begun=$EPOCHREALTIME
  trap : HUP PIPE               # losing the terminal does not stop a run
  trap 'interrupted=1' INT TERM # being asked to stop ends it after the steps at work
  printf -v run '%(%Y%m%d-%H%M%S)T-%04x' -1 "$RANDOM"
  open_lock
  start_engine || exit 1
  take_lock
  trap 'leave_end "$?"; clear_private_files' EXIT
  ask_into note_work work || refuse_run "${problems[@]}"
  ((${#stops[@]} == 0)) || refuse_run "${stops[@]}"
  approval_is_there
  ask remember || refuse_run "${problems[@]}"
  ((todo == 0)) || run_steps
  show_summary "$begun"
}

# ---- What the engine found

stops=() todo=0 path_width=16

note_work() {
  case $1 in
    about) app=$2 host=$3 ;;
    skipped) progress 'skipped: stack %s belongs to host %s\n' "$2" "$3" ;;
    stop) stops=("${@:2}") ;;
    unapproved) unapproved=("${@:2}") ;;
    private) private_folder=$2 ;;
    work) todo=$2 path_width=$4 ;;
  esac
}

# ---- The steps

declare -A step_of=() # process of a worker → its step
interrupted=0 halted=0
tick_seconds=${PHOENIX_TICK:-30} # after which a step is said to be still at work; PHOENIX_TICK is for tests

run_steps() {
  local hands=${said_flag[jobs]-4}
  open_log
  while :; do
    ((!interrupted && !halted)) || ask interrupt || stop_run "$trouble"
    ask_into start_worker begin "$((hands - ${#step_of[@]}))" "$run_folder" || stop_run "$trouble"
    ((${#step_of[@]} > 0)) || break
    wait_for_worker
  done
  ((!halted)) || end_halted
  ask compact || progress 'the journal was not compacted: %s\n' "$trouble"
}

start_worker() {
  work_on "${@:2}" &
  step_of[$!]=$2
}

# Until a worker has ended, or somebody has asked us to stop. What takes long is told of now and then.
wait_for_worker() {
  local ended='' status=0 tick=''
  find_ended_worker || {
    sleep "$tick_seconds" 7>&- 8>&- 9<&- &
    tick=$!
    wait -n -p ended "${!step_of[@]}" "$tick" 2>/dev/null || status=$?
    kill "$tick" 2>/dev/null
  }
  case ${ended-} in
    '') ;;
    "$tick") ask_into tell_of_waiting at-work "$tick_seconds" || : ;;
    *)
      ((status != worker_halts)) || halted=1
      ask_into tell_of_lost_step ended "${step_of[$ended]}" || stop_run "$trouble"
      unset "step_of[$ended]"
      ;;
  esac
}

# One that `wait -n` would not tell of any more: bash forgets a worker that was killed while another one came to its end.
find_ended_worker() {
  for ended in "${!step_of[@]}"; do
    kill -0 "$ended" 2>/dev/null && continue
    wait "$ended" 2>/dev/null || status=$?
    return 0
  done
  ended=''
  return 1
}

tell_of_lost_step() {
  progress_step "$2" "$3" "$4" "$5" "FAILED: $6"
}

tell_of_waiting() {
  progress '        %-*s  %-40s at work for %d s%s\n' "$path_width" "$2" "$3" "$4" "${5:+: $5}"
}

# ---- How it ended

unheard=0

show_summary() {
  local seconds
  since "$1"
  ask_into print_summary summary "$seconds" || stop_run "$trouble"
  exit "$((unheard ? 1 : code))"
}

print_summary() {
  code=$2
  tell '%s' "$3"
}

# tell FORMAT WORD …, as printf, of the lines that say how it went. Who reads through a pipe and stopped reading wants no more; a full disk makes
# the run no success.
tell() {
  local text
  harmless "$@"
  printf '%s' "$text" 2>/dev/null || [[ ! -f /dev/stdout && ! -c /dev/stdout ]] || {
    unheard=1
    complain applier/unheard 'the result could not be written' '' '' 'look at where standard output goes' >/dev/null
  }
  keep_told "$text"
}

# refuse_run CODE MESSAGE VALUE PATH WAY_OUT …, as complain
refuse_run() {
  local at code=2
  complain "$@"
  printf 'Nothing was changed.\n' >&2
  for ((at = 1; at <= $#; at += 5)); do [[ ${!at} == usage/* ]] || code=1; done
  exit "$code"
}

# The run cannot go on; what was done stays done, and the next run finds it. In a worker it ends the worker, and then the run.
stop_run() {
  complain applier/stopped "$1" '' '' 'mend that and run apply again, it goes on where it was'
  printf 'The run ends here.\n' >&2
  [[ -v worker ]] || exit 1
  ask halted "$1" || :
  exit "$worker_halts"
}

# In the run, of whose workers one had to do so. What it said stands on standard error already.
end_halted() {
  [[ ! -v said_flag[json] ]] || ask_into repeat_as_json halted || :
  exit 1
}

repeat_as_json() {
  local why words=()
  for why in "${@:2}"; do words+=(applier/stopped "$why" '' '' 'mend that and run apply again, it goes on where it was'); done
  complain "${words[@]}" 2>/dev/null
}
