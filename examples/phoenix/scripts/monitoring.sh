#!/usr/bin/env bash
# Prometheus and Grafana. Prometheus asks who is listed in /opt/monitoring/targets.json, which the program writes.
set -euo pipefail

mkdir -p /opt/monitoring/datasources
cd /opt/monitoring

if [ ! -s grafana-password ]; then
  # Grafana's user inside the image reads it.
  (umask 077 && head -c 24 /dev/urandom | base64 >grafana-password)
  chown 472:0 grafana-password
fi

cat >prometheus.yml <<'YAML'
global:
  scrape_interval: 30s
scrape_configs:
  - job_name: guests
    file_sd_configs:
      - files: [/etc/prometheus/targets.json]
YAML
cat >datasources/prometheus.yaml <<'YAML'
apiVersion: 1
datasources:
  - name: Prometheus
    type: prometheus
    url: http://prometheus:9090
    isDefault: true
YAML
# The folder is mounted and not the single file, which is another file each time it is replaced.
cat >compose.yaml <<'YAML'
services:
  prometheus:
    image: prom/prometheus:v3.7.3
    restart: unless-stopped
    command: ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus", "--storage.tsdb.retention.size=30GB"]
    volumes:
      - /opt/monitoring:/etc/prometheus:ro
      - prometheus:/prometheus
  grafana:
    image: grafana/grafana:12.2.1
    restart: unless-stopped
    environment:
      GF_SECURITY_ADMIN_PASSWORD__FILE: /run/grafana-password
      GF_ANALYTICS_REPORTING_ENABLED: "false"
    ports:
      - "3000:3000"
    volumes:
      - /opt/monitoring/grafana-password:/run/grafana-password:ro
      - /opt/monitoring/datasources:/etc/grafana/provisioning/datasources:ro
      - grafana:/var/lib/grafana
volumes:
  prometheus:
  grafana:
YAML
docker compose --project-directory /opt/monitoring up --detach --remove-orphans
# Its own settings it reads only when it starts.
docker compose --project-directory /opt/monitoring restart prometheus

curl --silent --show-error --fail --retry 24 --retry-delay 5 --retry-all-errors --output /dev/null http://localhost:3000/api/health
