# shellcheck shell=bash
# What people see while a run goes on, on standard error; the result goes to standard output.

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
}

# The width of the widest path that will be shown, in `path_width`.
measure_paths() {
  local id
  path_width=16
  for id in "$@"; do
    ((${#path_of[$id]} <= path_width || ${#path_of[$id]} > 40)) || path_width=${#path_of[$id]}
  done
}

# progress_step NUMBER OF PATH WHAT AFTER
progress_step() {
  progress '[%*d/%d] %-*s  %-40s %s\n' "${#2}" "$1" "$2" "$path_width" "$3" "$4" "$5"
}

# The last lines of what a tool said.
show_said() {
  [[ -s $said && ! -v said_flag[quiet] ]] || return 0
  grep -av '^phoenix-end:' -- "$said" | tail -n 4 | sed 's/^/        /' >&2
}
