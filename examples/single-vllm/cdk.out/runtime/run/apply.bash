# shellcheck shell=bash
# The run: what is to be done, each step by a worker of its own. The engine says which step may begin; this starts workers and waits for them.

verb_apply() {
  ((EUID == 0)) || [[ -n ${PHOENIX_ROOT-} ]] || usage 'apply has to run as root'
  let_ask
  until detached run_apply; do ask_for_approval "$?"; done
  exit 0
}

run_apply() {
  local begun=$EPOCHREALTIME
  trap : HUP PIPE               # losing the terminal does not stop a run
  trap 'interrupted=1' INT TERM # being asked to stop ends it after the steps at work
  printf -v run '%(%Y%m%d-%H%M%S)T-%04x' -1 "$RANDOM"
  start_engine || exit 1
  ask lock "$run" || refuse_run "$trouble"
  trap clear_private_files EXIT
  ask_into note_work work || refuse_run "$trouble"
  [[ -z $stop ]] || refuse_run "$stop"
  approval_is_there
  ask remember || refuse_run "$trouble"
  ((todo == 0)) || run_steps
  show_summary "$begun"
}

# ---- What the engine found

stop='' todo=0 path_width=16

note_work() {
  case $1 in
    about) app=$2 host=$3 ;;
    skipped) progress 'skipped: stack %s belongs to host %s\n' "$2" "$3" ;;
    stop) stop=$2 ;;
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
  ((!halted)) || exit 1
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
    sleep "$tick_seconds" 8>&- 9<&- &
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
    printf 'error: the result could not be written\n' >&2
  }
  keep_told "$text"
}

refuse_run() {
  local text
  harmless 'error: %s\nNothing was changed.\n' "${1#usage: }"
  printf '%s' "$text" >&2
  [[ ! -v said_flag[json] ]] || ask_into print_refusal refusal "${1#usage: }"
  [[ $1 != usage:* ]] || exit 2
  exit 1
}

print_refusal() {
  tell '%s\n' "$2"
}

# The run cannot go on; what was done stays done, and the next run finds it. In a worker it ends the worker, and then the run.
stop_run() {
  local text
  harmless 'error: %s\nThe run ends here; run apply again when that is mended.\n' "$1"
  printf '%s' "$text" >&2
  [[ -v worker ]] || exit 1
  exit "$worker_halts"
}
