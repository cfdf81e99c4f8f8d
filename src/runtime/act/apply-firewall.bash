# shellcheck shell=bash
# Our entries of cluster.fw and host.fw.

apply_firewall_entries() {
  ask firewall "$1" "${field[digest]}" || fail_step "$trouble"
}
