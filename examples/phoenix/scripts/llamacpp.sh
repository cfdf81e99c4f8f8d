#!/usr/bin/env bash
# llama.cpp, compiled for the cards of this host, serving /llamacpp_models/model.gguf as soon as there is one.
set -euo pipefail

tag=b9128
cuda=12-8

if [ "$(cat /usr/local/share/llama-server.tag 2>/dev/null || true)" != "$tag" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  export DEBIAN_FRONTEND=noninteractive
  curl --fail --location --silent --show-error --retry 3 --output "$work/keyring.deb" \
    https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2404/x86_64/cuda-keyring_1.1-1_all.deb
  apt-get -y -q install "$work/keyring.deb"
  apt-get update -q
  # Compiler and libraries only. The driver of that repository must not come along: the container has the host's.
  apt-get -y -q install --no-install-recommends \
    cmake g++ git make "cuda-nvcc-$cuda" "cuda-cudart-dev-$cuda" "libcublas-dev-$cuda"
  git clone --quiet --depth 1 --branch "$tag" https://github.com/ggml-org/llama.cpp.git "$work/source"
  # 120: RTX 50. Other cards would have to compile when the server starts.
  cmake -S "$work/source" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DLLAMA_CURL=OFF \
    -DGGML_CUDA=ON -DCMAKE_CUDA_ARCHITECTURES=120 -DCMAKE_CUDA_COMPILER=/usr/local/cuda/bin/nvcc
  cmake --build "$work/build" --target llama-server --parallel 4
  install -m 0755 "$work/build/bin/llama-server" /usr/local/bin/llama-server
  echo "$tag" >/usr/local/share/llama-server.tag
fi

# The number is what the folder's owner is on the host.
getent group llama >/dev/null || groupadd --system --gid 992 llama
getent passwd llama >/dev/null || useradd --system --uid 992 --gid llama --home-dir /var/lib/llama --create-home --shell /usr/sbin/nologin llama
chown --recursive llama:llama /llamacpp_models

# All layers on the card, one answer at a time, 8192 tokens: what it takes of the card is known, and the rest is Ollama's.
cat >/etc/systemd/system/llama-server.service <<'UNIT'
[Unit]
Description=llama.cpp
Wants=network-online.target
After=network-online.target
ConditionPathExists=/llamacpp_models/model.gguf

[Service]
User=llama
Group=llama
ExecStart=/usr/local/bin/llama-server --model /llamacpp_models/model.gguf --host 0.0.0.0 --port 8081 --ctx-size 8192 --parallel 1 --n-gpu-layers 99 --metrics --no-slots
Restart=on-failure
RestartSec=5

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable llama-server.service
systemctl restart llama-server.service
