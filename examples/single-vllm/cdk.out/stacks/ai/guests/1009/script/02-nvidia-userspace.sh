set -euo pipefail
loaded=$(sed -n 's/^NVRM version:.* \([0-9][0-9.]*\) .*/\1/p' /proc/driver/nvidia/version)
if [ "$loaded" != '580.76.05' ]; then
  echo "the host runs driver $loaded, the program says 580.76.05" >&2
  exit 1
fi
installer=$(mktemp --suffix=.run)
trap 'rm -f "$installer"' EXIT
curl --fail --location --silent --show-error --retry 3 --output "$installer" 'https://us.download.nvidia.com/XFree86/Linux-x86_64/580.76.05/NVIDIA-Linux-x86_64-580.76.05.run'
sh "$installer" --silent --no-kernel-module --no-nouveau-check --no-x-check
ldconfig
nvidia-smi --query-gpu=name,driver_version --format=csv,noheader
