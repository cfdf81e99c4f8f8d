# shellcheck shell=bash
# The command line: a verb, then options. Leaves the verb in `verb` and tells the engine the rest by `send_flags`.

verb=plan
declare -a flags=() operands=()
declare -A said_flag=()

# Options by what follows them: nothing, or a value.
declare -A option_takes=(
  [--json]=nothing [--fail]=nothing [--yes]=nothing [--quiet]=nothing [--no-color]=nothing [--allow-version]=nothing [--allow-firewall]=nothing
  [--all]=nothing [--prune]=nothing [--repair]=nothing [--approve-privileges]=nothing [--follow]=nothing [--deep]=nothing [--jobs]=value
  [--stack]=value [--only]=value [--skip]=value [--from]=value [--otlp]=value [--allow-restart]=value [--allow-create-pool]=value [--allow-network]=value
  [--adopt]=value [--rebuild]=value [--allow-replace]=value [--allow-move]=value [--wait]=value
  [--color]=nothing [--signature]=value # by whoever starts us: its terminal shows colours; what it found out about the assembly's signature
)

# Options that only some verbs take.
declare -A option_of=(
  [--yes]='apply drift destroy restore' [--approve-privileges]='plan apply drift' [--all]='orphan' [--prune]='plan apply' [--repair]='plan apply drift' [--adopt]='plan apply'
  [--rebuild]='plan apply' [--allow-replace]='plan apply' [--allow-move]='plan apply drift' [--fail]='plan drift' [--follow]='status' [--wait]='verify'
  [--deep]='plan apply verify drift' [--jobs]='apply drift orphan destroy restore' [--otlp]='apply drift orphan destroy restore'
)

# Whatever is wrong with the line is told at once: as words for `complain`.
declare -a mistakes=()

read_arguments() {
  local line=" $* "
  if (($# > 0)) && [[ $1 != -* ]]; then
    verb=$1
    shift
  fi
  [[ -v verbs[$verb] ]] || mistake usage/unknown-command "there is no verb \`$verb\`" "$verb" "$(meant "$verb" "${!verbs[@]}")"
  while (($# > 0)); do
    case $1 in
      -h | --help) verb=help ;;
      -*)
        read_option "$@"
        shift "$taken"
        continue
        ;;
      *) read_operand "$1" ;;
    esac
    shift
  done
  ((${#mistakes[@]} > 0)) || return 0
  [[ $line != *' --json '* ]] || said_flag[json]=1 # also where it stands behind an option that there is not
  usage "${mistakes[@]}"
}

read_operand() {
  if [[ $verb =~ ^(orphan|destroy|restore)$ || ! -v verbs[$verb] ]]; then
    operands+=("$1")
  else
    mistake usage/excess-argument "$verb takes no $1" "$1" "$(only_it "$1")"
  fi
}

# An option, and the word behind it if that is its value; leaves in `taken` how many words that were. What stands behind an unknown one is nobody's.
read_option() {
  local name=${1%%=*} value=1 takes options
  taken=1 takes=${option_takes[$name]-}
  if [[ -z $takes ]]; then
    [[ $1 == *=* || ${2--} == -* ]] || taken=2
    mapfile -t options < <(options_of "$verb")
    mistake usage/unknown-flag "there is no option $name" "$name" "$(meant "$name" "${options[@]}")"
    return
  fi
  if [[ $1 == *=* ]]; then
    value=${1#*=}
    [[ $takes == value ]] || {
      mistake usage/invalid-value "$name takes no value" "$value" "say only $name"
      return
    }
  elif [[ $takes == value ]]; then
    (($# > 1)) || {
      mistake usage/missing-value "$name needs a value" '' "write the value behind $name"
      return
    }
    value=$2 taken=2
  fi
  check_option "$name" "$value"
  said_flag[${name#--}]=$value
  flags+=("${name#--}" "$value")
}

check_option() {
  local name=$1 value=$2 of=${option_of[$1]-}
  [[ -z $of || ! -v verbs[$verb] || " $of " == *" $verb "* ]] || mistake usage/unknown-flag "$verb takes no $name" "$name" "it is an option of ${of// /, }"
  [[ $name != --jobs || $value =~ ^[1-9][0-9]?$ ]] || mistake usage/invalid-value "--jobs takes a number from 1 to 99, not $value" "$value" 'leave it out for 4'
  [[ $name != --wait || $value =~ ^[1-9][0-9]{0,4}$ ]] || mistake usage/invalid-value "--wait takes a number of seconds, not $value" "$value" 'write it like --wait 300'
}

# mistake CODE MESSAGE VALUE WAY_OUT
mistake() {
  mistakes+=("$1" "$2" "$3" '' "$4")
}

# What was meant by a word, of these.
meant() {
  # shellcheck disable=SC2016 # the dollars are Perl's, the backticks everybody's
  perl -I "$library/base" -MNearest -e 'print Nearest::question(shift, sort @ARGV) // "see `applier help`"' -- "$@"
}

# What people may say to a verb, or to any.
options_of() {
  local name
  for name in "${!option_takes[@]}"; do
    [[ $name == --signature || -v option_of[$name] && -v verbs[$1] && " ${option_of[$name]} " != *" $1 "* ]] || printf '%s\n' "$name"
  done
}

only_it() {
  # shellcheck disable=SC2016 # as people see it
  if [[ $verb =~ ^(plan|apply|verify|drift)$ ]]; then printf 'did you mean `--only %s`?' "$1"; else printf 'see `applier help`'; fi
}

send_flags() {
  local at
  record verb "$verb" "${operands[@]}"
  for ((at = 0; at < ${#flags[@]}; at += 2)); do
    record flag "${flags[at]}" "${flags[at + 1]}"
  done
  if [[ -t 1 && ! -v said_flag[no-color] && ! -v NO_COLOR ]]; then
    record flag color 1
  fi
}

# usage CODE MESSAGE VALUE PATH WAY_OUT …, as complain
usage() {
  complain "$@"
  exit 2
}

verb_help() {
  cat <<'TEXT'
applier VERB [OPTIONS]

  plan      what would be done on this host; changes nothing at all
  apply     do it
  verify    is everything as it should be, and do the endpoints answer?
  status    the guests of this app on this host (--follow: look on at the run that is at work, until it ends)
  facts     what there is on this host, as JSON for `phoenix facts import`; needs no stacks, and leaves out secrets
  drift     what changed behind our back (--repair: put it right, and remove what others added to our guests)
  orphan PATH ... | --all   let guests and other things go: our marks leave them and the journal, nothing else changes
  destroy PATH ...          show what would go, guests with their disks; with --yes, destroy it
  restore RUN               show which files would be as before that run; with --yes, put them back

  --stack S             only this stack (may be repeated)
  --only PATH           only this construct, step or resource, and what it needs (may be repeated)
  --skip PATH           all but this construct, step or resource, and what needs it (may be repeated)
  --from PATH           only from the first step of this construct on
  --jobs N              steps at work at the same time (default: 4); those of one guest come one after the other
  --json                result as JSON on standard output
  --fail                plan, drift: exit 3 when there are differences
  --wait SECONDS        verify: look and ask again until all is well or the time is up
  --yes                 destroy, restore: do it; apply, drift: as --approve-privileges
  --approve-privileges  apply, drift: let guests do more than now, as the plan lists it under `Privileges that get broader`
  --deep                plan, apply, verify, drift: look inside the containers that run, too, instead of believing the journal
  --repair              apply, drift: also remove what others added to the configs of our guests; never disks
  --prune               plan, apply: also destroy what left the program and may go (`removalPolicy: 'destroy'`)
  --adopt PATH[,PATH]           make guests that exist and are not ours the guests of these constructs
  --rebuild PATH[,PATH]         make guests of an older template or archive anew: their root disk goes, mounts stay
  --allow-replace PATH[,PATH]   make guests anew that no change can make what the program asks for, and changed templates: as with --rebuild
  --allow-move PATH[,PATH]      move disks of these guests to the storage that the program names; the old ones are kept
  --allow-restart PATH[,PATH]   let changes of these constructs restart guests
  --allow-create-pool NAME      let this pool be made, on blank disks only
  --allow-firewall              let changes of firewalls be made that may cut off whoever is connected
  --allow-network IF[,IF]       let these interfaces be changed, although the host is reached by them
  --allow-version       go on although the stacks were made for another release of Proxmox VE
  --otlp URL            send the spans of this run to this collector (default: OTEL_EXPORTER_OTLP_ENDPOINT)
  --quiet               no progress
  --no-color

Exit: 0 done or nothing to do, 1 failed, 2 wrong usage, 3 differences (with --fail), or something to be done and no --yes (destroy, restore).
TEXT
}
