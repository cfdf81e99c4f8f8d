import { Script } from './script.js';

/** What a clone does once, before anything else: a clone's ssh host keys are those of its source. */
export function freshHostKeys(): Script {
  return Script.text(
    'fresh-host-keys',
    `if [ -d /etc/ssh ]; then
  rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
  if command -v ssh-keygen >/dev/null; then
    ssh-keygen -A
  fi
  if command -v systemctl >/dev/null && systemctl --quiet is-active ssh.service; then
    systemctl restart ssh.service
  fi
fi
`,
    { timeout: '5min' },
  );
}
