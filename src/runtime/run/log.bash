# shellcheck shell=bash
# The log of a run: a JSON line for each thing that happened, and what the tools said, a file for each step.

# log NAME VALUE …
log() {
  ask log "$@" || stop_run "cannot write the log: $trouble"
}

# Prepares the folder of this run; below it each step has a file of what the tools said.
open_log() {
  run_folder=${PHOENIX_ROOT-}/var/lib/phoenix/$app/runs/$run
  log event begin app "$app" host "$host" verb "$verb"
  mkdir -p -- "$run_folder" || stop_run "cannot make $run_folder"
}

# Where tools write for this step. In a run that decrypted something that is a private file first, since they may say what they were given.
said_file() {
  public_said=$run_folder/${1//\//_}.log
  said=$public_said
  [[ ! -v private_folder ]] || said=$private_folder/said-$worker
}

publish_said() {
  [[ $said != "$public_said" ]] || return 0
  ask said "$said" "$public_said" || reason="$reason (what was said is lost: $trouble)"
  said=$public_said
}
