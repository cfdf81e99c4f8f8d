# shellcheck shell=bash
# What people see while a run goes on, on standard error; the result goes to standard output. A copy of both is kept for `status --follow`.

# Seconds since a moment of EPOCHREALTIME, with one digit, in `seconds`.
since() {
  local now=${EPOCHREALTIME/[.,]/} then=${1/[.,]/}
  local tenths=$(((now - then + 50000) / 100000))
  seconds=$((tenths / 10)).$((tenths % 10))
}

# progress FORMAT WORD …, as printf
progress() {
  # shellcheck disable=SC2059 # the formats are our own
  [[ -v said_flag[quiet] ]] || printf "$@" >&2
  keep_told "$@"
}

keep_told() {
  # shellcheck disable=SC2059
  [[ ! -v run_folder ]] || printf "$@" >>"$run_folder.txt"
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
