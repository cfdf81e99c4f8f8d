# shellcheck shell=bash
# The verbs that only look: the engine prints, and its exit code is ours. And those that act, but not what the program says.

verb_plan() {
  let_engine_print plan
}

verb_verify() {
  let_engine_print verify
}

verb_status() {
  if [[ -v said_flag[follow] ]]; then follow_run; else let_engine_print status; fi
}

# Of the host alone: no runbook is read, so that there need be none.
verb_facts() {
  {
    send_flags && record ask facts
  } | perl "$library/engine.pl"
}

verb_drift() {
  if [[ -v said_flag[repair] ]]; then verb_apply; else let_engine_print plan; fi
}

verb_orphan() {
  verb_apply
}

# What cannot be taken back is shown first, and done only when somebody has said yes to it.
verb_destroy() {
  do_if_told
}

verb_restore() {
  do_if_told
}

do_if_told() {
  if [[ -v said_flag[yes] ]]; then
    verb_apply
  else
    let_engine_print plan
  fi
}

let_engine_print() {
  {
    send_everything && record ask "$1"
  } | perl "$library/engine.pl"
}
