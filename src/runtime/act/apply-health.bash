# shellcheck shell=bash
# An endpoint that has to answer, asked again until it does or its tries are used up. It is asked from here and not by the engine, which other steps
# need meanwhile; Health.pm, by which `verify` asks, says what curl is told and what its answer means.

# Its arguments: URL, status, tries, and the pause between them in seconds.
ask_endpoint() {
  local url=${arguments[0]} status=${arguments[1]} tries=${arguments[2]} interval=${arguments[3]}
  local condition='' begun=$EPOCHREALTIME is='' text='' seconds try
  local -a command=()
  result=failed
  ask_into note_endpoint endpoint "$url" "$status" || fail_step "$trouble" || return
  for ((try = 1; try <= tries; try += 1)); do
    ask_once || fail_step "$trouble" || return
    if [[ $is == answers ]]; then
      result=done
      return
    fi
    wait_because "$condition: $text (try $try of $tries)"
    ((try == tries)) || pause "$interval"
  done
  since "$begun"
  fail_step "not ready after $seconds s and $tries tries: $condition ($text)"
}

note_endpoint() {
  condition=$2 command=("${@:3}")
}

# One try. What came of it is left in `is` and `text`.
ask_once() {
  local heard
  ((processes += 1))
  heard=$("${command[@]}" 2>&1 </dev/null 7>&- 8>&- 9<&- | tr -d '\0')
  code=$?
  ask_into note_heard heard "$status" "$code" "$heard"
}

note_heard() {
  is=$2 text=$3
}
