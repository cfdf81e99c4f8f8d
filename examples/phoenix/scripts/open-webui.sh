#!/usr/bin/env bash
# Open WebUI, a page to chat with the models of the Ollama server at $OLLAMA_URL. Its data lies at /open-webui.
set -euo pipefail

mkdir -p /opt/open-webui
cat >/opt/open-webui/compose.yaml <<YAML
services:
  open-webui:
    image: ghcr.io/open-webui/open-webui:v0.6.36
    restart: unless-stopped
    environment:
      OLLAMA_BASE_URL: $OLLAMA_URL
      # Ollama embeds; the model that the page would load itself takes more memory than this container has.
      RAG_EMBEDDING_ENGINE: ollama
      ANONYMIZED_TELEMETRY: "false"
    ports:
      - "8080:8080"
    volumes:
      - /open-webui:/app/backend/data
YAML
docker compose --project-directory /opt/open-webui up --detach --remove-orphans

curl --silent --show-error --fail --retry 36 --retry-delay 5 --retry-all-errors --output /dev/null http://localhost:8080/health
