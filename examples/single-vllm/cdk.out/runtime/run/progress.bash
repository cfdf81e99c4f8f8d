# shellcheck shell=bash
# What people see while a run goes on, on standard error; the result goes to standard output. A copy of both is kept for `status --follow`.

# Seconds since a moment of EPOCHREALTIME, with one digit, in `seconds`; none if the clock was put back meanwhile.
since() {
  local now=${EPOCHREALTIME/[.,]/} then=${1/[.,]/}
  local tenths=$((now < then ? 0 : (now - then + 50000) / 100000))
  seconds=$((tenths / 10)).$((tenths % 10))
}

# complain CODE MESSAGE VALUE PATH WAY_OUT …: what is wrong, on standard error, and with --json as JSON, too (Problem.pm). A worker leaves the JSON to
# its run.
complain() {
  local json=${said_flag[json]-}
  [[ ! -v worker ]] || json=''
  perl -I "$library/base" -MProblem -e 'Problem::show_words(@ARGV)' -- "$json" "${broader_json-}" "$@"
}

# progress FORMAT WORD …, as printf
progress() {
  local text
  harmless "$@"
  [[ -v said_flag[quiet] ]] || printf '%s' "$text" >&2
  keep_told "$text"
}

keep_told() {
  [[ ! -v run_folder ]] || printf '%s' "$1" >>"$run_folder.txt"
}

# harmless FORMAT WORD …, as printf, leaves in `text` what of it may be shown: see Terminal.pm.
harmless() {
  # shellcheck disable=SC2059 # the formats are our own
  printf -v text "$@"
  text=${text//[$'\x01'-$'\x08'$'\x0b'-$'\x1f\x7f']/?}
  text=${text//$'\xc2'[$'\x80'-$'\x9f']/?}
}

# progress_step NUMBER OF PATH WHAT AFTER
progress_step() {
  progress '[%*d/%d] %-*s  %-40s %s\n' "${#2}" "$1" "$2" "$path_width" "$3" "$4" "$5"
}

# The last lines of what a tool said.
show_said() {
  local line
  [[ -s $said ]] || return 0
  while IFS= read -r line; do
    progress '        %s\n' "$line"
  done < <(grep -av '^phoenix-end:' -- "$said" | tail -n 4)
}
