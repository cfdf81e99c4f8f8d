#!/usr/bin/env bash
# The gateway: nginx of the distribution, with the site in $SITE.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get -y -q install --no-install-recommends nginx openssl

# A certificate of the house where there is one; otherwise one of its own, so that the first start does not wait for it.
certificate=/etc/nginx/ssl/gateway.crt
key=/etc/nginx/ssl/gateway.key
if [ ! -r "$certificate" ] || [ ! -r "$key" ]; then
  certificate=/etc/ssl/certs/gateway-own.crt
  key=/etc/ssl/private/gateway-own.key
  if [ ! -s "$certificate" ] || [ ! -s "$key" ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -days 825 -subj '/CN=phoenix gateway' -keyout "$key" -out "$certificate"
  fi
fi

cat >/etc/nginx/conf.d/phoenix.conf <<CONF
ssl_certificate $certificate;
ssl_certificate_key $key;
client_max_body_size 100m;
log_format routes '\$remote_addr \$host "\$request" \$status \$body_bytes_sent \$request_time';
access_log /logs/nginx/access.log routes;
error_log /logs/nginx/error.log warn;
CONF
printf '%s' "$SITE" >/etc/nginx/sites-available/phoenix.conf
rm -f /etc/nginx/sites-enabled/*
ln -s ../sites-available/phoenix.conf /etc/nginx/sites-enabled/phoenix.conf

cat >/etc/logrotate.d/phoenix-gateway <<'CONF'
/logs/nginx/*.log {
  weekly
  rotate 8
  compress
  delaycompress
  missingok
  notifempty
  postrotate
    systemctl kill --signal=USR1 nginx.service
  endscript
}
CONF

nginx -t
systemctl enable nginx.service
systemctl reload-or-restart nginx.service
