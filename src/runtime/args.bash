# shellcheck shell=bash
# The command line: a verb, then options. Leaves the verb in `verb` and tells the engine the rest by `send_flags`.

verb=plan
declare -a flags=()
declare -A said_flag=()

# Options by what follows them: nothing, or a value.
declare -A option_takes=(
  [--json]=nothing [--fail]=nothing [--quiet]=nothing [--no-color]=nothing [--allow-version]=nothing [--allow-firewall]=nothing
  [--stack]=value [--only]=value [--allow-restart]=value [--allow-create-pool]=value [--allow-network]=value
)

# Options of the plans for this applier. Accepted, they would be believed to do something.
declare -A not_yet=([--deep]=1 [--jobs]=1 [--allow-replace]=1)

read_arguments() {
  if (($# > 0)) && [[ $1 != -* ]]; then
    verb=$1
    shift
  fi
  [[ -v verbs[$verb] ]] || usage "there is no verb \`$verb\`"
  while (($# > 0)); do
    local name=$1 value=1
    shift
    [[ ! -v not_yet[${name%%=*}] ]] || usage "${name%%=*} is not there yet"
    case $name in
      -h | --help)
        verb=help
        continue
        ;;
      --*=*)
        value=${name#*=}
        name=${name%%=*}
        [[ ${option_takes[$name]-} == value ]] || usage "$name takes no value"
        ;;
      *)
        [[ -v option_takes[$name] ]] || usage "there is no option $name"
        if [[ ${option_takes[$name]} == value ]]; then
          (($# > 0)) || usage "$name needs a value"
          value=$1
          shift
        fi
        ;;
    esac
    said_flag[${name#--}]=$value
    flags+=("${name#--}" "$value")
  done
}

send_flags() {
  local at
  for ((at = 0; at < ${#flags[@]}; at += 2)); do
    record flag "${flags[at]}" "${flags[at + 1]}"
  done
  if [[ -t 1 && ! -v said_flag[no-color] && ! -v NO_COLOR ]]; then
    record flag color 1
  fi
}

usage() {
  printf 'error: %s\n\n%s\n' "$1" "$(verb_help)" >&2
  exit 2
}

verb_help() {
  cat <<'TEXT'
applier VERB [OPTIONS]

  plan      what would be done on this host; changes nothing at all
  apply     do it
  verify    is everything as it should be, and do the endpoints answer?
  status    the guests of this app on this host

  --stack S             only this stack (may be repeated)
  --only PATH           only this construct, step or resource, and what it needs (may be repeated)
  --json                result as JSON on standard output
  --fail                plan: exit 3 when there are differences
  --allow-restart PATH[,PATH]   let changes of these constructs restart guests
  --allow-create-pool NAME      let this pool be made, on blank disks only
  --allow-firewall              let changes of firewalls be made that may cut off whoever is connected
  --allow-network IF[,IF]       let these interfaces be changed, although the host is reached by them
  --allow-version       go on although the stacks were made for another release of Proxmox VE
  --quiet               no progress
  --no-color

Exit: 0 done or nothing to do, 1 failed, 2 wrong usage, 3 differences (with --fail).
TEXT
}
