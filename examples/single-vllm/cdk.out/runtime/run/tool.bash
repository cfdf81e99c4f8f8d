# shellcheck shell=bash
# Running a tool of the host. All it says goes to the step's log; its exit code is kept in `code` and proves nothing.

processes=0 code=0

# tool_input is the file that it reads, if it is to read one. Proxmox's tools decode their words by the locale: with C they would make
# replacement characters of every umlaut in people's notes.
tool() {
  ((processes += 1))
  printf '$ %s\n' "${*@Q}" >>"$said"
  { LC_ALL=C.UTF-8 "$@"; } >>"$said" 2>&1 <"${tool_input:-/dev/null}" 7>&- 8>&- 9<&- # braces: bash's own word about a killed command belongs to the log, too
  code=$?
}

# The same, again while somebody else holds the guest: "is locked" is a task at work and takes its time, "got timeout" a file lock,
# "got lock request timeout" one of the cluster.
patiently() {
  local deadline=$((SECONDS + ${PHOENIX_PATIENCE:-120})) mark delay=1
  while :; do
    mark=$(stat -c %s -- "$said" 2>/dev/null || printf 0)
    tool "$@"
    ((code != 0 && SECONDS < deadline)) || return 0
    case $(tail -c "+$((mark + 1))" -- "$said" | tr -d '\0') in
      *'powerdown failed'*) return 0 ;; # a machine that does not listen; its "got timeout" is no lock's
      *'is locked'*) wait_because "$1 $2: the guest is locked by a task" ;;
      *'got timeout'* | *'got lock request timeout'*) wait_because "$1 $2: somebody holds the lock of a file" ;;
      *) return 0 ;;
    esac
    pause "$delay"
    ((delay = delay < 16 ? delay * 2 : delay))
  done
}

# Waits; PHOENIX_PAUSE (seconds) replaces every wait, for tests.
pause() {
  sleep "${PHOENIX_PAUSE:-$1}"
}
