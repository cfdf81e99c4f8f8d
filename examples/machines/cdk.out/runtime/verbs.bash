# shellcheck shell=bash
# The verbs that only look: the engine prints, and its exit code is ours.

verb_plan() {
  let_engine_print plan
}

verb_verify() {
  let_engine_print verify
}

verb_status() {
  let_engine_print status
}

let_engine_print() {
  {
    send_everything && record ask "$1"
  } | perl "$library/engine.pl"
}
