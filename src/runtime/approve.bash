# shellcheck shell=bash
# What would get more than it has now is shown, and done only when somebody has said yes to it: by an option, or to the question here.

unapproved=0 table=''

# Asks whoever sits at the terminal, or refuses the run. Nothing was changed yet. After a yes the host is looked at once more.
ask_for_approval() {
  printf '%s\n' "$table" >&2
  is_approved || refuse_run "$(privileges_get_broader), and nobody approved that: apply with --approve-privileges, or --yes"
  ask approve || refuse_run "$trouble"
  unapproved=0
  ask_into note_work work || refuse_run "$trouble"
  [[ -z $stop ]] || refuse_run "$stop"
}

privileges_get_broader() {
  if ((unapproved == 1)); then printf '1 privilege gets broader'; else printf '%d privileges get broader' "$unapproved"; fi
}

# Only a whole yes from a terminal is one; whoever wants JSON or reads standard error elsewhere is not asked.
is_approved() {
  local word=''
  [[ -t 0 && -t 2 && ! -v said_flag[json] ]] || return 1
  trap 'printf "\n" >&2; refuse_run "interrupted"' INT TERM
  printf '%s. Go on? [y/N] ' "$(privileges_get_broader)" >&2
  read -r word || printf '\n' >&2
  trap 'interrupted=1' INT TERM
  [[ $word == [yY] || $word == [yY][eE][sS] ]]
}
