#!/usr/bin/env bash
# Portainer, a page to look after Docker. Its data lies on a disk of its own, mounted at /data.
set -euo pipefail

# Portainer closes itself when nobody sets the first password within minutes. Read it here, and change it on the page.
password=/data/first-password
if [ ! -s "$password" ]; then
  (umask 077 && head -c 24 /dev/urandom | base64 >"$password")
fi

certificate=''
if [ -r /certs/portainer.crt ] && [ -r /certs/portainer.key ]; then
  certificate='"--sslcert", "/certs/portainer.crt", "--sslkey", "/certs/portainer.key",'
fi

mkdir -p /opt/portainer
cat >/opt/portainer/compose.yaml <<YAML
services:
  portainer:
    image: portainer/portainer-ce:2.33.6
    restart: unless-stopped
    command: [$certificate "--admin-password-file", "/data/first-password"]
    ports:
      - "9443:9443"
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock
      - /data:/data
      - /certs:/certs:ro
YAML
docker compose --project-directory /opt/portainer up --detach --remove-orphans

curl --silent --show-error --fail --insecure --retry 12 --retry-delay 5 --retry-all-errors --output /dev/null https://localhost:9443/api/system/status
