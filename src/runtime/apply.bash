# shellcheck shell=bash
# The run: what is to be done, one step after the other, each looked at right before and right after.

declare -a todo=() left=() run_notes=()
declare -A count=([done]=0 [failed]=0 [skipped]=0 [created]=0 [changed]=0 [adopted]=0 [orphaned]=0 [destroyed]=0 [restored]=0 [stopped]=0)
interrupted=0
declare -A kind_of=() stack_of=() path_of=() title_of=() was=() needs_of=() outcome=()
declare -A field=()
declare -a arguments=() changes=()

verb_apply() {
  local begun=$EPOCHREALTIME
  ((EUID == 0)) || [[ -n ${PHOENIX_ROOT-} ]] || usage 'apply has to run as root'
  trap : HUP PIPE                # losing the terminal does not stop a run
  trap 'interrupted=1' INT TERM # being asked to stop ends it after the step
  printf -v run '%(%Y%m%d-%H%M%S)T-%04x' -1 "$RANDOM"
  start_engine || exit 1
  ask lock "$run" || refuse_run "$trouble"
  trap clear_private_files EXIT
  ask_into note_work work || refuse_run "$trouble"
  [[ -z $stop ]] || refuse_run "$stop"
  while ((unapproved)); do ask_for_approval; done
  ask remember || refuse_run "$trouble"
  if ((${#todo[@]} == 0 && ${#left[@]} == 0)); then
    if [[ -v said_flag[json] ]]; then show_json "$begun"; else show_nothing_to_do "$begun"; fi
    ((!unheard))
    exit
  fi
  ((${#todo[@]} == 0)) || run_steps
  if [[ -v said_flag[json] ]]; then show_json "$begun"; else show_summary "$begun"; fi
  ((count[failed] == 0 && count[refused] == 0 && count[stopped] == 0 && count[blocked] == 0 && !unheard))
  exit
}

# ---- What the engine found

stop=''

note_work() {
  case $1 in
    count) count[$2]=$3 ;;
    about) app=$2 host=$3 ;;
    skipped) progress 'skipped: stack %s belongs to host %s\n' "$2" "$3" ;;
    stop) stop=$2 ;;
    unapproved) unapproved=$2 table=$3 ;;
    note) run_notes+=("$2: $3") ;;
    private) private_said=$2/said ;;
    todo)
      todo+=("$2")
      note_step "${@:2}"
      needs_of[$2]=${*:8}
      ;;
    left)
      left+=("$2")
      note_step "${@:2}"
      outcome[$2]=$7
      why_left[$2]=$8
      [[ -z $9 ]] || flag_of[$2]=$9
      ;;
  esac
}

declare -A why_left=() why_of=() flag_of=()

note_step() {
  kind_of[$1]=$2 stack_of[$1]=$3 path_of[$1]=$4 title_of[$1]=$5 was[$1]=$6
}

# ---- The steps

run_steps() {
  local id number=0 of=${#todo[@]}
  open_log
  measure_paths "${todo[@]}"
  for id in "${todo[@]}"; do
    if ((interrupted)); then
      outcome[$id]=stopped
      ((count[stopped] += 1))
      continue
    fi
    ((number += 1))
    run_step "$id" "$number" "$of"
  done
  log event end failed "${count[failed]}" skipped "${count[skipped]}"
  ask compact || progress 'the journal was not compacted: %s\n' "$trouble"
}

run_step() {
  local id=$1 began=$EPOCHREALTIME seconds blocker
  local path=${path_of[$id]} title=${title_of[$id]}
  if find_blocker "$id"; then
    outcome[$id]=skipped
    ((count[skipped] += 1))
    behind[$blocker]="${behind[$blocker]-}${behind[$blocker]:+, }$path ($title)"
    log event step step "$id" stack "${stack_of[$id]}" path "$path" outcome skipped because "$blocker"
    return
  fi
  said_file "$id"
  reason='' acted=0
  bring_about "$id"
  publish_said
  outcome[$id]=$result why_of[$id]=$reason
  since "$began"
  log event step step "$id" stack "${stack_of[$id]}" path "$path" outcome "$result" seconds "$seconds" reason "$reason"
  case $result in
    done)
      ((count[done] += 1))
      ((!acted)) || count_act "${was[$id]}"
      progress_step "$2" "$3" "$path" "$title" "$seconds s"
      ;;
    held)
      progress_step "$2" "$3" "$path" "$title" "held back: $reason"
      ((count[held] += 1))
      ;;
    failed)
      ((count[failed] += 1))
      progress_step "$2" "$3" "$path" "$title" "FAILED after $seconds s"
      progress '        %s\n' "$reason"
      show_said
      progress '        again   applier apply --only %q\n' "$path"
      ;;
  esac
}

count_act() {
  case $1 in
    change) ((count[changed] += 1)) ;;
    adopted | orphaned | destroyed | restored) ((count[$1] += 1)) ;;
    *) ((count[created] += 1)) ;;
  esac
}

declare -A behind=()

# The need of a step that will not be met, or the first cause of it, in `blocker`.
find_blocker() {
  local need
  for need in ${needs_of[$1]}; do
    case ${outcome[$need]-} in
      '' | done) ;;
      skipped)
        find_blocker "$need"
        return 0
        ;;
      *)
        blocker=$need
        return 0
        ;;
    esac
  done
  return 1
}

# Looks and acts until the step is as it should be. An act that is called for a second time in a row did not help, whatever its exit code was.
bring_about() {
  local id=$1 former='' act round deadline=$((SECONDS + ${PHOENIX_PATIENCE:-120}))
  result=failed
  for ((round = 0; round < 60; round += 1)); do
    look_at "$id"
    case $verdict in
      satisfied | note)
        result=done
        if [[ ${kind_of[$id]} == health ]]; then ask_endpoint "$id"; else journal_applied "$id"; fi
        return
        ;;
      held)
        if ((acted)); then journal_applied "$id"; fi
        result=held flag_of[$id]=$flag
        return
        ;;
      change | create) ;;
      *) return ;;
    esac
    if [[ $doing == wait ]]; then
      ((SECONDS < deadline)) || return
      pause 3
      ((round -= 1))
      continue
    fi
    act="$doing ${arguments[*]@Q}"
    if [[ $act == "$former" ]]; then
      reason="it was done and did not help: ${changes[*]:-$doing}"
      # Nothing is left of it, so that whatever appears there later is not ours.
      [[ $doing != create && $doing != clone ]] || journal gone "$id"
      return
    fi
    former=$act acted=1
    "apply_${kind_of[$id]//-/_}" "$id" || return
  done
  reason="it does not come to rest: ${changes[*]}"
}

look_at() {
  field=() arguments=() changes=() verdict=unknown doing='' flag=''
  ask_into note_look check "$1" || reason=$trouble
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

ask_endpoint() {
  ask_into note_endpoint health "$1" || {
    result=failed
    reason=$trouble
  }
}

note_endpoint() {
  [[ $2 == 1 ]] || {
    result=failed
    reason=$3
  }
}

# ---- How it ended

unheard=0

# tell FORMAT WORD …, as printf, of the line that says how it went. Who reads through a pipe and stopped reading wants no more; a full disk
# makes the run no success.
tell() {
  # shellcheck disable=SC2059 # the formats are our own
  printf "$@" 2>/dev/null || [[ ! -f /dev/stdout && ! -c /dev/stdout ]] || {
    unheard=1
    printf 'error: the result could not be written\n' >&2
  }
}

show_nothing_to_do() {
  local seconds
  since "$1"
  tell 'Nothing to do: %d steps in place, %d guests, 0 pending · %s s (%d processes, no Proxmox command)\n' \
    "${count[satisfied]}" "${count[guests]}" "$seconds" "${count[processes]}"
  show_notes
}

show_summary() {
  local seconds id act acts=''
  since "$1"
  ask_into note_sum_of_processes sum || :
  for act in adopted orphaned destroyed restored; do
    ((!count[$act])) || acts+="${count[$act]} $act, "
  done
  tell 'Applied: %s%d created, %d changed, %d failed, %d in place · %s s (%d processes)\n' \
    "$acts" "${count[created]}" "${count[changed]}" "${count[failed]}" "${count[satisfied]}" "$seconds" "$((processes + count[processes]))"
  ((count[stopped] == 0)) || printf 'Interrupted: %d steps were not begun\n' "${count[stopped]}"
  for id in "${left[@]}"; do
    [[ ${was[$id]} == blocked ]] || printf '%-9s %s  %s  %s\n' "${was[$id]^}:" "${path_of[$id]}" "${title_of[$id]}" "${why_left[$id]}"
  done
  ((count[blocked] == 0)) || printf 'Blocked: %d steps wait for what is held back or refused\n' "${count[blocked]}"
  for id in "${!behind[@]}"; do
    printf 'Not run because of %s (%s): %s\n' "${path_of[$id]}" "${title_of[$id]}" "${behind[$id]}"
  done
  if ((${#flag_of[@]})); then
    printf 'Held back (need a flag):'
    printf '%s\n' "${flag_of[@]}" | sort -u | while IFS= read -r flag; do printf ' %s' "$flag"; done
    printf '\n'
  fi
  show_notes
  [[ ! -v run_folder ]] || printf 'Log %s.jsonl\n' "${run_folder#"${PHOENIX_ROOT-}"}"
}

# The result as JSON, made by the engine: counts, and each step that was not in place.
show_json() {
  local seconds id words=()
  since "$1"
  ask_into note_sum_of_processes sum || :
  for id in "${todo[@]}" "${left[@]}"; do
    words+=("$id" "${outcome[$id]-}" "${why_of[$id]-${why_left[$id]-}}" "${flag_of[$id]-}")
  done
  ask_into show_answer result "$seconds" "$((processes + count[processes]))" "${words[@]}"
}

show_answer() {
  tell '%s\n' "$2"
}

note_sum_of_processes() {
  count[processes]=$2
}

show_notes() {
  local note
  for note in "${run_notes[@]}"; do
    printf 'note: %s\n' "$note"
  done
}

refuse_run() {
  printf 'error: %s\nNothing was changed.\n' "${1#usage: }" >&2
  [[ ! -v said_flag[json] ]] || ask_into show_answer refusal "${1#usage: }"
  [[ $1 != usage:* ]] || exit 2
  exit 1
}

# The run cannot go on; what was done stays done, and the next run finds it.
stop_run() {
  printf 'error: %s\nThe run ends here; run apply again when that is mended.\n' "$1" >&2
  exit 1
}
