set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get -y -q -o Dpkg::Options::=--force-confold dist-upgrade
apt-get -y -q install --no-install-recommends ca-certificates curl gnupg jq rsync tar unzip
apt-get clean
