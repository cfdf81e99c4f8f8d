# shellcheck shell=bash
# Files and folders of the host.

apply_file() {
  ask put "$1" || fail_step "$trouble"
}

# One level at a time, so that only what we make gets our owner, and never through the mount point itself.
apply_folder() {
  ask folder "$1" || fail_step "$trouble"
}

# The step has failed for a reason that looking again would not show.
fail_step() {
  reason=$1
  return 1
}
