# shellcheck shell=bash
# The log of a run: a JSON line for each thing that happened, and what the tools said, a file for each step.

# log NAME VALUE …
log() {
  ask log "$@" || stop_run "cannot write the log: $trouble"
}

# Prepares the folder of this run; below it each step has a file of what the tools said.
open_log() {
  run_folder=${PHOENIX_ROOT-}/var/lib/phoenix/$app/runs/$run
  log event begin app "$app" host "$host" verb apply
  mkdir -p -- "$run_folder" || stop_run "cannot make $run_folder"
}

said_file() {
  said=$run_folder/${1//\//_}.log
}
