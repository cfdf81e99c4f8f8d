#!/usr/bin/env bash
# Qdrant, a vector database. Its data lies on a disk of its own, mounted at /qdrant/storage.
set -euo pipefail

mkdir -p /opt/qdrant
cat >/opt/qdrant/compose.yaml <<'YAML'
services:
  qdrant:
    image: qdrant/qdrant:v1.15.5
    restart: unless-stopped
    environment:
      QDRANT__TELEMETRY_DISABLED: "true"
    ports:
      - "6333:6333"
    volumes:
      - /qdrant/storage:/qdrant/storage
YAML
docker compose --project-directory /opt/qdrant up --detach --remove-orphans

curl --silent --show-error --fail --retry 12 --retry-delay 5 --retry-all-errors --output /dev/null http://localhost:6333/readyz
