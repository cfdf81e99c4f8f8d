# shellcheck shell=bash
# One step, in a process of its own with its own conversation with the engine: looked at right before and right after.

worker_halts=75 # exit code of a worker after which no step may begin

# work_on STEP KIND PATH TITLE TO FROM: the last two are where to talk with the engine.
work_on() {
  local id=$1 kind=$2 began=$EPOCHREALTIME seconds number of
  local result=failed reason='' acted=0 flag=''
  worker=$BASHPID
  trap : HUP INT PIPE TERM # a run that is asked to stop ends after this step
  trap - EXIT
  exec 8>"$5" 9<"$6"
  said_file "$id"
  bring_about "$id"
  publish_said
  since "$began"
  ask_into note_number outcome id "$id" result "$result" reason "$reason" acted "$acted" flag "$flag" seconds "$seconds" processes "$processes" || stop_run "$trouble"
  case $result in
    done) progress_step "$number" "$of" "$3" "$4" "$seconds s" ;;
    held) progress_step "$number" "$of" "$3" "$4" "held back: $reason" ;;
    *) tell_failure "$number" "$of" "$3" "$4" ;;
  esac
}

note_number() {
  number=$2 of=$3
}

tell_failure() {
  progress_step "$1" "$2" "$3" "$4" "FAILED after $seconds s"
  progress '        %s\n' "$reason"
  show_said
  progress '        again   applier apply --from %q\n' "$3"
}

# Looks and acts until the step is as it should be. An act that is called for a second time in a row did not help, whatever its exit code was; nor did
# one that was done twice, with others in between that cleared away what it left.
bring_about() {
  local id=$1 former='' act round deadline=$((SECONDS + ${PHOENIX_PATIENCE:-120}))
  local -A times=()
  for ((round = 0; round < 60; round += 1)); do
    look_at "$id"
    case $verdict in
      satisfied | note)
        result=done
        if [[ $kind == health ]]; then ask_endpoint; else journal_applied "$id"; fi
        return
        ;;
      held)
        if ((acted)); then journal_applied "$id"; fi
        result=held
        return
        ;;
      change | create) ;;
      *) return ;;
    esac
    if [[ $doing == wait ]]; then
      ((SECONDS < deadline)) || return
      wait_because "$reason"
      pause 3
      ((round -= 1))
      continue
    fi
    act="$doing ${arguments[*]@Q}"
    if [[ $act == "$former" ]] || ((${times[$act]-0} == 2)); then
      reason="it was done and did not help: ${changes[*]:-$doing}"
      # Nothing is left of it, so that whatever appears there later is not ours.
      [[ $doing != create && $doing != clone ]] || journal gone "$id"
      return
    fi
    former=$act acted=1
    times[$act]=$((${times[$act]-0} + 1))
    "apply_${kind//-/_}" "$id" || return
  done
  reason="it does not come to rest: ${changes[*]}"
}

# ---- Looking

declare -A field=()
declare -a arguments=() changes=()

look_at() {
  field=() arguments=() changes=() verdict=unknown doing='' flag=''
  ask_into note_look check "$1" "$((acted && code == 0))" || reason=$trouble
}

note_look() {
  case $1 in
    verdict)
      verdict=$2 doing=$4 flag=$5
      [[ -z $3 ]] || reason=$3
      ;;
    arguments) arguments=("${@:2}") ;;
    field) field[$2]=$3 ;;
    change) changes+=("$2") ;;
  esac
}

# What this step waits for, in case it takes long.
wait_because() {
  ask waiting "$1" || :
}
