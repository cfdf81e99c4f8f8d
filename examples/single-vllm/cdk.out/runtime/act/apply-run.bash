# shellcheck shell=bash
# The open kind: commands behind probes, in order. The probes say whether they helped.

apply_run() {
  local at=0 number
  journal_intent "$1" # so that a run which is killed meanwhile is not asked for leave once more
  while ((at < ${#arguments[@]})); do
    number=${arguments[at]}
    tool "${arguments[@]:at+1:number}"
    ((code == 0)) || fail_step "\`${arguments[*]:at+1:number}\` ended with exit $code" || return
    ((at += number + 1))
  done
}
