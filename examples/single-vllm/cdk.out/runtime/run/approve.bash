# shellcheck shell=bash
# What would get more than it has now is shown, and done only when somebody has said yes to it: by an option, or to the question here.
#
# The run is behind its terminal and cannot read from it. So it ends before anything is changed and leaves word of what it has shown; the process in
# front asks, and a run that is told the answer looks at the host anew.

needs_approval=76 # exit code of such a run
unapproved=()     # how many privileges, a mark that tells their table from another one, the table, and the same as JSON where that is wanted

# Makes the place for the word, if there is somebody to ask. Who wants JSON, or reads standard error elsewhere, is not asked.
let_ask() {
  [[ ! -t 0 || ! -t 2 || -v said_flag[json] ]] || exec {shown}<> <(:)
}

# In the run.
approval_is_there() {
  if ((${#unapproved[@]} > 0)); then
    printf '%s\n' "${unapproved[2]}" >&2
    broader_json=${unapproved[3]-}
    [[ -v shown ]] || refuse_unapproved "${unapproved[0]}"
    printf '%s %s\n' "${unapproved[@]:0:2}" >&"$shown"
    exit "$needs_approval"
  fi
  [[ ! -v shown ]] || exec {shown}>&-
}

# In front: ask_for_approval STATUS, which ended a run. Returns only with a yes.
ask_for_approval() {
  local number mark word=''
  (($1 == needs_approval)) || exit "$1"
  trap - INT TERM
  read -r number mark <&"$shown"
  printf '%s. Go on? [y/N] ' "$(privileges_get_broader "$number")" >&2
  read -r word || printf '\n' >&2
  [[ $word == [yY] || $word == [yY][eE][sS] ]] || refuse_unapproved "$number"
  flags+=(approved "$mark")
}

refuse_unapproved() {
  refuse_run applier/unapproved "$(privileges_get_broader "$1"), and nobody approved that" '' '' 'apply with --approve-privileges, or --yes'
}

privileges_get_broader() {
  if (($1 == 1)); then printf '1 privilege gets broader'; else printf '%d privileges get broader' "$1"; fi
}
