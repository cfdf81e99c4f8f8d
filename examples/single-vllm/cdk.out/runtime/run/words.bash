# shellcheck shell=bash
# Talking with the engine: records of words, each ended by a NUL, behind their number. engine.pl says what they mean.

# One record to standard output.
record() {
  printf '%s\0' "$#" "$@"
}

send_everything() {
  send_flags && record assembly "$here"
}

# Starts the engine for a conversation over descriptors 8 (to it) and 9 (from it). Every tool is run without them (`8>&- 9<&-`): a daemon that a
# tool starts would keep the engine alive.
start_engine() {
  local to from
  coproc ENGINE {
    ulimit -c 0 # a core would hold what the engine decrypted; only here, for a machine that is started inherits the limit
    exec perl "$library/engine.pl"
  }
  to=${ENGINE[1]} from=${ENGINE[0]}
  exec 8>&"$to" 9<&"$from" {to}>&- {from}<&-
  send_everything >&8
}

declare -a answer=() problems=()

# Asks, and hands each record of the answer to a function (default: none is expected). Fails with the engine's words in `trouble`, and with what
# `complain` takes in `problems`.
ask() {
  ask_into : "$@"
}

ask_into() {
  local take=$1 length
  shift
  trouble=
  record ask "$@" >&8 || engine_lost
  while IFS= read -r -d '' length <&9; do
    mapfile -d '' -n "$length" -t answer <&9
    case ${answer[0]} in
      end)
        [[ -z $trouble ]]
        return
        ;;
      error) trouble=${answer[1]} problems=("${answer[@]:2}") ;;
      *) "$take" "${answer[@]}" ;;
    esac
  done
  engine_lost
}

engine_lost() {
  complain applier/killed 'the engine ended unexpectedly' '' '' 'run apply again, it goes on where it was'
  exit 1
}
