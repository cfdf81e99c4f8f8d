# shellcheck shell=bash
# Entries of storage.cfg, and template archives on a storage.

apply_storage() {
  keep_before /etc/pve/storage.cfg
  patiently pvesm "$doing" "${arguments[@]}"
}

apply_os_template() {
  case $doing in
    download) download_archive ;;
    fetch) fetch_archive ;;
  esac
}

# A host that never fetched Proxmox's catalogue, or long ago, does not know the name yet.
download_archive() {
  patiently pveam download "${field[storage]}" "${field[file]}"
  if tail -n 3 -- "$said" | grep -q 'no such template'; then
    tool pveam update
    patiently pveam download "${field[storage]}" "${field[file]}"
  fi
}

# Into the folder where it belongs, under another name until its sum was checked.
fetch_archive() {
  local target=${PHOENIX_ROOT-}${field[path]}
  local temporary=$target.tmp.phoenix
  mkdir -p -- "${target%/*}"
  tool curl -fsSL --retry 3 -o "$temporary" -- "${field[url]}"
  if [[ ! -s $temporary ]]; then
    rm -f -- "$temporary"
    fail_step "${field[url]} did not arrive (curl: exit $code)"
    return
  fi
  if [[ -n ${field[sha512]} ]]; then
    sum=''
    ask_into note_sum hash "$temporary" sha512 || sum=$trouble
    if [[ $sum != "${field[sha512]}" ]]; then
      rm -f -- "$temporary"
      fail_step "${field[url]} is not the file that was asked for: sha512 $sum"
      return
    fi
  fi
  sync -- "$temporary" && mv -- "$temporary" "$target"
}

note_sum() {
  sum=$2
}
