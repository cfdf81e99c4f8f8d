set -euo pipefail
systemctl daemon-reload
systemctl enable vllm.service
systemctl restart vllm.service
