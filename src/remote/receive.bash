# shellcheck shell=bash
# The far end of `phoenix VERB --host`: takes an assembly in on a Proxmox VE node and runs one verb of it there. This text travels with every
# connection, as `bash -c TEXT phoenix APP MARK`, and stays nowhere.
#
#   from us, on standard input    records, as in runtime/Words.pm: a number and so many words, each ended by a NUL
#   to us, on standard output     lines, behind one that is MARK: what a shell's start-up files may print comes before
#
#                   →  node NAME · signers yes|no · end
#   assembly ID     →  whole yes|no · end
#   list            →  a line each of what lies here already, see listing_of · end
#   take N, then N bytes of a tar archive, compressed    →  end
#   run ACTS OLDER WORD …    from here on standard output is the verb's; `interrupt` passes on Ctrl-C
#                            ACTS: 1 or 0; OLDER: empty, or whatever to let a signature pass that is older than the last
#
# Instead of `end` there may be `trouble WHAT`. An assembly lies in a folder that is called by the digest of all that is in it and that
# nothing is changed in, so that a run never sees half of another one: $store/ID. `current` is the one that acted last.

set -uo pipefail
export LC_ALL=C
usual=$(umask)
umask 077

app=$1 mark=$2
root=${PHOENIX_ROOT-}
store=$root/var/lib/phoenix/$app/assembly
part=$store/.part-$$
base=
declare -a words=()

main() {
  exec 3<&0 </dev/null
  trap 'rm -rf -- "$part"' EXIT
  printf '\n%s\n' "$mark"
  greet
  while read_record; do
    case ${words[0]} in
      assembly) tell_of_assembly "${words[1]}" ;;
      list) tell_what_is_here ;;
      take) take_in "${words[1]}" ;;
      run) run_verb "${words[@]:1}" ;;
    esac
  done
}

greet() {
  local tool
  ((EUID == 0)) || [[ -n $root ]] || trouble root "$(id -un)"
  for tool in tar gzip flock sha256sum find sort xargs; do
    command -v "$tool" >/dev/null || trouble tool "$tool"
  done
  name_node
  printf 'node %s\n' "$node"
  mkdir -p -- "$store" || trouble store "$store"
  if asks_for_signatures; then printf 'signers yes\n'; else printf 'signers no\n'; fi
  printf 'end\n'
}

# As the applier does.
name_node() {
  node=$(readlink -- "$root/etc/pve/local") || {
    node=$(cat -- "$root/etc/hostname") || trouble name /etc/hostname
    node=${node%%.*}
  }
  node=${node##*/}
}

asks_for_signatures() {
  [[ -d $root/etc/phoenix/signers ]]
}

# ---- What is here

tell_of_assembly() {
  id=$1 folder=$store/$1
  if is_whole "$folder"; then
    touch -- "$folder"
    printf 'whole yes\nend\n'
  else
    printf 'whole no\nend\n'
  fi
}

# Two sorted lists: kind, mode and path of everything but folders; digest and path of every file.
listing_of() (
  cd -- "$1" || exit
  find . ! -type d -printf '%y%m %P\n' | sort
  find . -type f -printf '%P\0' | sort -z | xargs -0r sha256sum --
)

is_whole() {
  local digest
  [[ -d $1 && ! -L $1 ]] && digest=$(listing_of "$1" | sha256sum) && [[ ${digest:0:32} == "$id" ]]
}

# Of the same assembly, damaged, or else of the one that was used last.
tell_what_is_here() {
  base=$folder
  [[ -d $base ]] || base=$(by_age | head -n 1)
  [[ -z $base ]] || listing_of "$base"
  printf 'end\n'
}

# Assemblies, those used last first.
by_age() {
  find "$store" -mindepth 1 -maxdepth 1 -type d -name '[0-9a-f]*' -printf '%T@ %p\n' | sort -rn | cut -d ' ' -f 2-
}

# ---- Taking in

# The archive has what is not here yet below new/, and in `keep` the paths of what is.
take_in() {
  mkdir -- "$part" || trouble store "$store"
  head -c "$1" <&3 | tar --extract --gzip --preserve-permissions --no-same-owner --directory="$part" || trouble unpack "$store"
  [[ ! -s $part/keep ]] ||
    tar --create --directory="$base" --null --verbatim-files-from --files-from="$part/keep" |
    tar --extract --preserve-permissions --no-same-owner --directory="$part/new" || trouble unpack "$store"
  is_whole "$part/new" || trouble damaged "$id"
  locked settle || trouble busy "$store"
  rm -rf -- "$part"
  printf 'end\n'
}

# Somebody else may have brought the same one meanwhile. One that was damaged makes way.
settle() {
  is_whole "$folder" && return
  [[ ! -e $folder ]] || mv -T -- "$folder" "$part/damaged" || return
  mv -T -- "$part/new" "$folder" || return
  tidy_up
}

# Goes: what is neither current, nor among the three that were used last, nor named in the command line of a process, as that of every run is.
tidy_up() {
  local old kept=0
  while IFS= read -r old; do
    ((kept += 1))
    ((kept > 3)) || continue
    [[ ! $store/current -ef $old ]] || continue
    grep -qsF -- "${old##*/}" /proc/[0-9]*/cmdline || rm -rf -- "$old"
  done < <(by_age)
  for old in "$store"/.part-*; do
    [[ -d /proc/${old##*-} ]] || rm -rf -- "$old"
  done
}

# One at a time, and not for ever: what is done under the lock takes moments.
locked() {
  local lock
  exec {lock}>"$store/.lock" || return
  flock --wait 60 "$lock" || return
  "$@"
  local code=$?
  exec {lock}>&-
  return "$code"
}

# ---- Running

# A node with a folder of trusted keys runs nothing but what its own verifier lets through.
run_verb() {
  local acts=$1 older=$2 process
  local -a program=("$folder/applier")
  shift 2
  touch -- "$folder"
  if asks_for_signatures; then
    program=("$root/usr/local/sbin/phoenix-verify" ${older:+--allow-older} "$folder")
    [[ -x ${program[0]} ]] || {
      printf 'error  signature/no-verifier  /etc/phoenix/signers is there, and %s is not: install it, see docs/shipping.md\n' "${program[0]}" >&2
      exit 1
    }
    ((!acts)) || "${program[@]}" >/dev/null || exit
  fi
  ((!acts)) || make_current || exit 1
  umask "$usual"
  set -m # a process group of its own, in which SIGINT is not ignored
  "${program[@]}" "$@" 3<&- &
  process=$!
  set +m
  pass_on_interrupts "$process" 3<&3 &
  disown
  wait "$process"
  exit
}

make_current() {
  ln -sfn -- "$id" "$store/.current-$$" && mv -fT -- "$store/.current-$$" "$store/current"
}

# Until the connection ends, which does not end the run.
pass_on_interrupts() {
  while read_record; do
    [[ ${words[0]} != interrupt ]] || kill -s INT -- "$1"
  done
}

# ---- Words

# bash reads a pipe byte by byte, so nothing behind the record is lost.
read_record() {
  local count
  IFS= read -r -d '' count <&3 || return
  mapfile -d '' -n "$count" -t words <&3
  ((${#words[@]} == count))
}

trouble() {
  printf 'trouble %s\n' "$*"
  exit 1
}

main
