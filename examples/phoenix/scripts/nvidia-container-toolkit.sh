#!/usr/bin/env bash
# Cards for Docker inside an unprivileged container: NVIDIA's toolkit, which must not touch control groups there.
set -euo pipefail

version=1.17.8-1
export DEBIAN_FRONTEND=noninteractive
curl --fail --location --silent --show-error --retry 3 https://nvidia.github.io/libnvidia-container/gpgkey |
  gpg --dearmor --yes --output /usr/share/keyrings/nvidia-container-toolkit.gpg
# shellcheck disable=SC2016 # apt reads $(ARCH), not this shell
echo 'deb [signed-by=/usr/share/keyrings/nvidia-container-toolkit.gpg] https://nvidia.github.io/libnvidia-container/stable/deb/$(ARCH) /' \
  >/etc/apt/sources.list.d/nvidia-container-toolkit.list
apt-get update -q
apt-get -y -q install --no-install-recommends \
  "nvidia-container-toolkit=$version" "nvidia-container-toolkit-base=$version" "libnvidia-container-tools=$version" "libnvidia-container1=$version"
nvidia-ctk config --set nvidia-container-cli.no-cgroups=true --in-place
nvidia-ctk runtime configure --runtime=docker
systemctl restart docker.service
docker info --format '{{range $name, $runtime := .Runtimes}}{{println $name}}{{end}}' | grep --quiet --line-regexp nvidia
