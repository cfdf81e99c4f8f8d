# shellcheck shell=bash
# Files that come onto a storage from elsewhere.

apply_download() {
  case $doing in
    download) download_archive ;;
    fetch) fetch_file ;;
    pull) pull_image ;;
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

# Proxmox puts `.tar` behind the name itself.
pull_image() {
  patiently pvesh create "/nodes/${field[node]}/storage/${field[storage]}/oci-registry-pull" \
    --reference "${field[reference]}" --filename "${field[file]%.tar}"
}

# Into the folder where it belongs, under another name until its sum was checked.
fetch_file() {
  local target=${PHOENIX_ROOT-}${field[path]}
  local temporary=$target.tmp.phoenix
  mkdir -p -- "${target%/*}"
  tool curl -fsSL --retry 3 -o "$temporary" -- "${field[url]}"
  # a connection that broke leaves the beginning of the file, and only curl knows how long it should be
  if ((code != 0)) || [[ ! -s $temporary ]]; then
    rm -f -- "$temporary"
    fail_step "${field[url]} did not arrive (curl: exit $code)"
    return
  fi
  if [[ -n ${field[sum]} ]]; then
    sum=''
    ask_into note_sum hash "$temporary" "${field[algorithm]}" || sum=$trouble
    if [[ $sum != "${field[sum]}" ]]; then
      rm -f -- "$temporary"
      fail_step "${field[url]} is not the file that was asked for: ${field[algorithm]} $sum"
      return
    fi
  fi
  sync -- "$temporary" && mv -- "$temporary" "$target"
}

note_sum() {
  sum=$2
}
