set -euo pipefail
if [ -d /etc/ssh ]; then
  rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
  if command -v ssh-keygen >/dev/null; then
    ssh-keygen -A
  fi
  if command -v systemctl >/dev/null && systemctl --quiet is-active ssh.service; then
    systemctl restart ssh.service
  fi
fi
