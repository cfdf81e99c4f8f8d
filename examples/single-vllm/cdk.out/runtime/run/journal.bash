# shellcheck shell=bash
# What has to be on the disk before or after an act. The engine keeps the journal; it answers when the record is synced.

# Before a guest or a volume is made: a run that is killed after this knows that it was us.
journal_intent() {
  ask intent "$1" || stop_run "cannot write the journal: $trouble"
}

journal_applied() {
  ask applied "$1" || stop_run "cannot write the journal: $trouble"
}

journal() {
  ask journal "$@" || stop_run "cannot write the journal: $trouble"
}

# note_left STEP FILE: how the tool of this step left the file, so that `restore` knows whether others have written it since.
note_left() {
  ask left "$@" || stop_run "cannot write the log: $trouble"
}

# A copy of files as they are now, once a run.
keep_before() {
  ask before "$@" || stop_run "cannot keep a copy: $trouble"
}
