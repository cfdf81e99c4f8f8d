#!/usr/bin/env bash
# Ollama, with its models in the folder of the host that is mounted at /ollama_models.
set -euo pipefail

version=0.12.6
release=https://github.com/ollama/ollama/releases/download/v$version
archive=ollama-linux-amd64.tgz

if [ "$(cat /usr/local/lib/ollama/.version 2>/dev/null || true)" != "$version" ]; then
  download=$(mktemp -d)
  trap 'rm -rf "$download"' EXIT
  curl --fail --location --silent --show-error --retry 3 --output "$download/$archive" "$release/$archive"
  curl --fail --location --silent --show-error --retry 3 --output "$download/sums" "$release/sha256sum.txt"
  (cd "$download" && grep -E "  (\./)?$archive\$" sums | sha256sum --check --quiet)
  rm -rf /usr/local/lib/ollama
  tar --extract --gzip --file "$download/$archive" --directory /usr/local
  echo "$version" >/usr/local/lib/ollama/.version
fi

# The number is what the folder's owner is on the host.
getent group ollama >/dev/null || groupadd --system --gid 991 ollama
getent passwd ollama >/dev/null || useradd --system --uid 991 --gid ollama --home-dir /var/lib/ollama --create-home --shell /usr/sbin/nologin ollama
# Models that an older installation fetched as another user.
chown --recursive ollama:ollama /ollama_models

cat >/etc/systemd/system/ollama.service <<'UNIT'
[Unit]
Description=Ollama
Wants=network-online.target
After=network-online.target

[Service]
User=ollama
Group=ollama
Environment=OLLAMA_HOST=0.0.0.0:11434
Environment=OLLAMA_MODELS=/ollama_models
# The card is shared with llama.cpp: one model at a time, one answer at a time, and 8 GiB that Ollama leaves alone.
Environment=OLLAMA_MAX_LOADED_MODELS=1
Environment=OLLAMA_NUM_PARALLEL=1
Environment=OLLAMA_CONTEXT_LENGTH=4096
Environment=OLLAMA_GPU_OVERHEAD=8589934592
ExecStart=/usr/local/bin/ollama serve
Restart=on-failure
RestartSec=5

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable ollama.service
systemctl restart ollama.service

curl --silent --show-error --fail --retry 12 --retry-delay 5 --retry-all-errors --output /dev/null http://localhost:11434/api/version
