# shellcheck shell=bash
# Entries of /etc/pve/mapping.

apply_mapping() {
  local file=${arguments[0]#/cluster/mapping/}
  file=${file%%/*}
  keep_before "/etc/pve/mapping/${file/#dir/directory}.cfg"
  patiently pvesh "$doing" "${arguments[@]}"
}
