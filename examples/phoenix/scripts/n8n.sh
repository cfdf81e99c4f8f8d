#!/usr/bin/env bash
# n8n, which runs workflows. Its data, with the key that it makes itself, lies on a disk of its own, mounted at /home/node/.n8n.
set -euo pipefail

# The image's user `node`.
chown 1000:1000 /home/node/.n8n

mkdir -p /opt/n8n
cat >/opt/n8n/compose.yaml <<'YAML'
services:
  n8n:
    image: n8nio/n8n:1.118.2
    restart: unless-stopped
    environment:
      GENERIC_TIMEZONE: America/New_York
      N8N_DIAGNOSTICS_ENABLED: "false"
      N8N_PROXY_HOPS: "1"
    ports:
      - "5678:5678"
    volumes:
      - /home/node/.n8n:/home/node/.n8n
YAML
docker compose --project-directory /opt/n8n up --detach --remove-orphans

curl --silent --show-error --fail --retry 24 --retry-delay 5 --retry-all-errors --output /dev/null http://localhost:5678/healthz
