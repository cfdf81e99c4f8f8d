# shellcheck shell=bash
# Entries of /etc/pve/mapping.

apply_mapping() {
  local file=${arguments[0]#/cluster/mapping/}
  file=${file%%/*}
  file=/etc/pve/mapping/${file/#dir/directory}.cfg
  keep_before "$file"
  patiently pvesh "$doing" "${arguments[@]}"
  note_left "$1" "$file"
}
