set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# vLLM compiles kernels when it starts, so that the compiler has to stay
apt-get -y -q install --no-install-recommends gcc g++ libc6-dev python3-dev python3-venv
getent group vllm >/dev/null || groupadd --system --gid 990 vllm
getent passwd vllm >/dev/null || useradd --system --uid 990 --gid vllm --home-dir /var/lib/vllm --shell /usr/sbin/nologin vllm
python3 -m venv /opt/vllm
/opt/vllm/bin/pip install --no-cache-dir --disable-pip-version-check 'vllm==0.15.1'
/opt/vllm/bin/vllm --version
