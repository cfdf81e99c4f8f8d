#!/usr/bin/env bash
# Stack ai of app single-vllm for host pve. Made by phoenix-cdk; the same steps as data: runbook.json
# Each call below names what has to be so. Run by itself, this file hands over to the applier.
if [[ "$(type -t step)" != function ]]; then
  exec "$(dirname -- "${BASH_SOURCE[0]}")/../../applier" "${1:-plan}" --stack ai "${@:2}"
fi

stack ai --app single-vllm --host pve --pve 9.1 --order 1 --restart never

step guest-create guest/1009/create \
  --resource guest/1009 \
  --path ai/vllm \
  --title 'root disk' \
  --need archive/local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst/file \
  --need gpu-driver/pve/device-files \
  --need storage/guests/entry \
  --until-template 1009 \
  --guest lxc 1009 \
  --marker 'phoenix-cdk app=single-vllm path=ai/vllm vmid=1009' \
  --hostname vllm \
  --archive local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst \
  --rootfs guests 34359738368 \
  --unprivileged 1 \
  --arch amd64

step guest-config guest/1009/config \
  --resource guest/1009 \
  --path ai/vllm \
  --title config \
  --need guest/1009/create \
  --until-template 1009 \
  --guest lxc 1009 \
  --marker 'phoenix-cdk app=single-vllm path=ai/vllm vmid=1009' \
  --key arch replace amd64 \
  --key dev0 restart /dev/nvidia0,mode=0666 \
  --key dev1 restart /dev/nvidiactl,mode=0666 \
  --key dev2 restart /dev/nvidia-uvm,mode=0666 \
  --key dev3 restart /dev/nvidia-uvm-tools,mode=0666 \
  --key features restart nesting=1 \
  --key hostname live vllm \
  --key memory live 16384 \
  --key net0 live name=eth0,bridge=vmbr0,gw=192.168.1.1,hwaddr=BC:24:11:2C:64:97,ip=192.168.1.152/24,type=veth \
  --volume rootfs restart guests 34359738368 '' \
  --key swap live 512 \
  --key unprivileged replace 1 \
  --added dev0 live \
  --added dev1 live \
  --added dev2 live \
  --added dev3 live \
  --own-raw

step guest-state guest/1009/start \
  --resource guest/1009 \
  --path ai/vllm \
  --title running \
  --need guest/1009/config \
  --until-template 1009 \
  --guest lxc 1009 \
  --state running \
  --timeout 120

step guest-run guest/1009/script/01-base-tools \
  --resource guest/1009 \
  --path ai/vllm \
  --title base-tools \
  --need guest/1009/start \
  --until-template 1009 \
  --guest lxc 1009 \
  --script guests/1009/script/01-base-tools.sh \
  --digest 2d692d0ab2f955a7913688b8a11d73ad00b9d173082e9546ba05e79d2c63dcfd \
  --timeout 1800

step guest-run guest/1009/script/02-nvidia-userspace \
  --resource guest/1009 \
  --path ai/vllm \
  --title nvidia-userspace \
  --need guest/1009/script/01-base-tools \
  --until-template 1009 \
  --guest lxc 1009 \
  --script guests/1009/script/02-nvidia-userspace.sh \
  --digest da22ccfd9f507675587901f45bf4ca24c4503d87c88fba5447e14d8d203cfcef \
  --timeout 1800

step guest-run guest/1009/script/03-vllm \
  --resource guest/1009 \
  --path ai/vllm \
  --title vllm \
  --need guest/1009/script/02-nvidia-userspace \
  --until-template 1009 \
  --guest lxc 1009 \
  --script guests/1009/script/03-vllm.sh \
  --digest 2b7cdfe40d3e82d0b7aa95e685acc4c052a24b06fb8876f73cf643b4aed79eff \
  --timeout 7200

step guest-template guest/1009/template \
  --resource guest/1009 \
  --path ai/vllm \
  --title template \
  --need guest/1009/script/03-vllm \
  --guest lxc 1009 \
  --digest 053e1c294f42c55bc60961f8d9eec3a6118f5d79726abb91d23454460cbb9ba3

step guest-create guest/1704/create \
  --resource guest/1704 \
  --path ai/qwen \
  --title 'root disk from template 1009' \
  --need folder/rpool/models/vllm/folder \
  --need gpu-driver/pve/device-files \
  --need guest/1009/template \
  --need storage/guests/entry \
  --exclusive guest/1009 \
  --guest lxc 1704 \
  --marker 'phoenix-cdk app=single-vllm path=ai/qwen vmid=1704' \
  --hostname qwen \
  --clone 1009 linked 053e1c294f42c55bc60961f8d9eec3a6118f5d79726abb91d23454460cbb9ba3

step guest-config guest/1704/config \
  --resource guest/1704 \
  --path ai/qwen \
  --title config \
  --need guest/1704/create \
  --guest lxc 1704 \
  --marker 'phoenix-cdk app=single-vllm path=ai/qwen vmid=1704' \
  --key arch replace amd64 \
  --key cores live 8 \
  --key dev0 restart /dev/nvidia0,mode=0666 \
  --key dev1 restart /dev/nvidiactl,mode=0666 \
  --key dev2 restart /dev/nvidia-uvm,mode=0666 \
  --key dev3 restart /dev/nvidia-uvm-tools,mode=0666 \
  --key features restart nesting=1 \
  --key hostname live qwen \
  --key memory live 24576 \
  --key mp0 restart /rpool/models/vllm,mp=/models \
  --key net0 live name=eth0,bridge=vmbr0,firewall=1,gw=192.168.1.1,hwaddr=BC:24:11:F4:7C:C3,ip=192.168.1.184/24,type=veth \
  --volume rootfs restart guests 34359738368 '' \
  --key swap live 512 \
  --key unprivileged replace 1 \
  --added dev0 live \
  --added dev1 live \
  --added dev2 live \
  --added dev3 live \
  --added mp0 live \
  --own-raw \
  --raw lxc.hook.pre-start '/bin/sh -c '\''exec mountpoint -q /rpool/models'\'' phoenix' \
  --clean-clone

step file guest/1704/firewall \
  --resource guest/1704 \
  --path ai/qwen \
  --title firewall \
  --need guest/1704/config \
  --file /etc/pve/firewall/1704.fw root/etc/pve/firewall/1704.fw a44a3ed66d63dc812c5f19eb831565c48281fd35d9f36ab543701f59583c7656

step guest-state guest/1704/start \
  --resource guest/1704 \
  --path ai/qwen \
  --title running \
  --need guest/1704/firewall \
  --guest lxc 1704 \
  --state running \
  --mount /rpool/models rpool/models \
  --timeout 120

step guest-run guest/1704/fresh-host-keys \
  --resource guest/1704 \
  --path ai/qwen \
  --title 'ssh host keys of its own' \
  --need guest/1704/start \
  --why 'A clone has the ssh host keys of its template.' \
  --guest lxc 1704 \
  --script guests/1704/fresh-host-keys.sh \
  --digest 1d32cc8dec50cd4c00039f50904b7178fd9698e347676fae707c48e6c60b45aa \
  --timeout 300

step guest-file guest/1704/service/vllm/files \
  --resource guest/1704 \
  --path ai/qwen \
  --title 'vllm: files' \
  --need guest/1704/fresh-host-keys \
  --guest lxc 1704 \
  --digest b04a8136816d0562f19908a646139a1659dde635c6a8619cd942d18144ed99d2 \
  --file /etc/systemd/system/vllm.service guests/1704/root/etc/systemd/system/vllm.service 4f0df7fe0e8a54e531d830d99047859e9e977cae7f06db0ed9302fc59838a2a7 \
  --mode 0644 \
  --owner 0 0

step guest-run guest/1704/service/vllm/run \
  --resource guest/1704 \
  --path ai/qwen \
  --title 'vllm: service' \
  --need guest/1704/service/vllm/files \
  --guest lxc 1704 \
  --script guests/1704/service/vllm/run.sh \
  --digest 9555218298a64fa8a3dda3b8e31cfd38bd62514f7d50034c06beb535af768344 \
  --timeout 180 \
  --again restart

step guest-config guest/1704/last \
  --resource guest/1704 \
  --path ai/qwen \
  --title 'start with the host' \
  --need guest/1704/service/vllm/run \
  --why 'A guest that was not set up to the end must not start by itself.' \
  --guest lxc 1704 \
  --key onboot live 1 \
  --key protection live 0

step health guest/1704/health/vllm \
  --resource guest/1704 \
  --path ai/qwen \
  --title 'vllm answers' \
  --need guest/1704/last \
  --url http://192.168.1.184:8000/health \
  --status 200 \
  --retries 120 \
  --interval 5
