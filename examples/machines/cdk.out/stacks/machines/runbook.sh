#!/usr/bin/env bash
# Stack machines of app machines for host pve. Made by phoenix-cdk; the same steps as data: runbook.json
# Each call below names what has to be so. Run by itself, this file hands over to the applier.
if [[ "$(type -t step)" != function ]]; then
  exec "$(dirname -- "${BASH_SOURCE[0]}")/../../applier" "${1:-plan}" --stack machines "${@:2}"
fi

stack machines --app machines --host pve --pve 9.1 --order 0 --restart when-needed

step mapping mapping/pci/rtx4090/entry \
  --resource mapping/pci/rtx4090 \
  --path machines/rtx4090 \
  --title mapping \
  --exclusive file/mapping/pci \
  --mapping pci rtx4090 \
  --create 1 \
  --map node=pve,path=0000:01:00,id=10de:2684

step guest-create guest/8000/create \
  --resource guest/8000 \
  --path machines/ubuntu \
  --title 'machine without disks' \
  --need image/files:import/ubuntu-24.04-20251213.qcow2/file \
  --need storage/vm-disks/entry \
  --until-template 8000 \
  --guest qemu 8000 \
  --marker 'phoenix-cdk app=machines path=machines/ubuntu vmid=8000' \
  --hostname ubuntu \
  --empty

step guest-config guest/8000/config \
  --resource guest/8000 \
  --path machines/ubuntu \
  --title config \
  --need guest/8000/create \
  --until-template 8000 \
  --guest qemu 8000 \
  --marker 'phoenix-cdk app=machines path=machines/ubuntu vmid=8000' \
  --key agent live 1 \
  --key bios restart ovmf \
  --key boot restart 'order=scsi0;net0' \
  --key cores restart 2 \
  --key cpu restart host \
  --volume efidisk0 restart vm-disks 0 efitype=4m,pre-enrolled-keys=1 \
  --key machine restart q35 \
  --key memory restart 2048 \
  --key name live ubuntu \
  --key net0 live virtio=BC:24:11:80:FD:01,bridge=vmbr0 \
  --key ostype restart l26 \
  --volume scsi0 restart vm-disks 8589934592 discard=on,iothread=1,ssd=1 \
  --key scsihw restart virtio-scsi-single \
  --key serial0 restart socket \
  --key vga restart serial0 \
  --added scsi0 live \
  --import scsi0 files:import/ubuntu-24.04-20251213.qcow2

step guest-template guest/8000/template \
  --resource guest/8000 \
  --path machines/ubuntu \
  --title template \
  --need guest/8000/config \
  --guest qemu 8000 \
  --digest 7ad9f6db0bd07ebbeead8037f086932b445f7a02cc552d2bf87eac9c64f17f5c

step guest-create guest/8010/create \
  --resource guest/8010 \
  --path machines/workstation \
  --title 'clone of template 8000' \
  --need guest/8000/template \
  --need mapping/pci/rtx4090/entry \
  --need storage/files/entry \
  --need storage/vm-disks/entry \
  --exclusive guest/8000 \
  --guest qemu 8010 \
  --marker 'phoenix-cdk app=machines path=machines/workstation vmid=8010' \
  --hostname workstation \
  --clone 8000 full 7ad9f6db0bd07ebbeead8037f086932b445f7a02cc552d2bf87eac9c64f17f5c \
  --storage vm-disks

step guest-config guest/8010/config \
  --resource guest/8010 \
  --path machines/workstation \
  --title config \
  --need guest/8010/create \
  --guest qemu 8010 \
  --marker 'phoenix-cdk app=machines path=machines/workstation vmid=8010' \
  --key agent live 1 \
  --key balloon live 0 \
  --key bios restart ovmf \
  --key boot restart 'order=scsi0;net0' \
  --key cicustom live meta=files:snippets/phoenix-8010-meta.yaml,network=files:snippets/phoenix-8010-network.yaml,user=files:snippets/phoenix-8010-user.yaml \
  --key cores restart 12 \
  --key cpu restart host \
  --volume efidisk0 restart vm-disks 0 efitype=4m,pre-enrolled-keys=1 \
  --key hostpci0 restart mapping=rtx4090,pcie=1 \
  --volume ide2 restart vm-disks 0 '' \
  --key machine restart q35 \
  --key memory restart 65536 \
  --key name live workstation \
  --key net0 live virtio=BC:24:11:84:57:C4,bridge=vmbr0 \
  --key ostype restart l26 \
  --volume scsi0 restart vm-disks 214748364800 discard=on,iothread=1,ssd=1 \
  --key scsihw restart virtio-scsi-single \
  --key serial0 restart socket \
  --volume tpmstate0 restart vm-disks 0 version=v2.0 \
  --key vga restart serial0 \
  --added scsi0 live \
  --cloudinit ide2 \
  --clean-clone

step file guest/8010/cloud-init/user \
  --resource guest/8010 \
  --path machines/workstation \
  --title 'cloud-init: user data' \
  --need guest/8010/config \
  --file /srv/files/snippets/phoenix-8010-user.yaml root/srv/files/snippets/phoenix-8010-user.yaml ea383c7bfbcb0fe72748ebafc7726fbe26162be101a014636a2a4454479756a7 \
  --mode 0600

step file guest/8010/cloud-init/network \
  --resource guest/8010 \
  --path machines/workstation \
  --title 'cloud-init: network data' \
  --need guest/8010/cloud-init/user \
  --file /srv/files/snippets/phoenix-8010-network.yaml root/srv/files/snippets/phoenix-8010-network.yaml 9b4b041cfd90893d78c3cf6fc70480227bb49544da3972d57b62a33d13660a12 \
  --mode 0600

step file guest/8010/cloud-init/meta \
  --resource guest/8010 \
  --path machines/workstation \
  --title 'cloud-init: meta data' \
  --need guest/8010/cloud-init/network \
  --file /srv/files/snippets/phoenix-8010-meta.yaml root/srv/files/snippets/phoenix-8010-meta.yaml a6ebd8d290cda6bb63c2f0f8c922bb06f2d0196c9e1967e2e0a9d9db1ab20166 \
  --mode 0600

step guest-state guest/8010/start \
  --resource guest/8010 \
  --path machines/workstation \
  --title running \
  --need guest/8010/cloud-init/meta \
  --guest qemu 8010 \
  --state running \
  --timeout 180 \
  --started-with 30e1d4444e2eb5203e977a3c2bde28a78e57b930b799334031fc0f7a1a663a32

step guest-config guest/8010/last \
  --resource guest/8010 \
  --path machines/workstation \
  --title 'start with the host' \
  --need guest/8010/start \
  --why 'A guest that was not set up to the end must not start by itself.' \
  --guest qemu 8010 \
  --key onboot live 1 \
  --key protection live 0
