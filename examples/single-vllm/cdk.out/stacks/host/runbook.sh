#!/usr/bin/env bash
# Stack host of app single-vllm for host pve. Made by phoenix-cdk; the same steps as data: runbook.json
# Each call below names what has to be so. Run by itself, this file hands over to the applier.
if [[ "$(type -t step)" != function ]]; then
  exec "$(dirname -- "${BASH_SOURCE[0]}")/../../applier" "${1:-plan}" --stack host "${@:2}"
fi

stack host --app single-vllm --host pve --pve 9.1 --order 0 --restart never

step run gpu-driver/pve/version \
  --resource gpu-driver/pve \
  --path host/driver \
  --title 'driver 580.76.05' \
  --probe 4 file /proc/driver/nvidia/version matches '^NVRM version:.* 580\.76\.05 ' \
  --fix 'install NVIDIA driver 580.76.05 (open kernel modules) on the host, reboot, and run again'

step run gpu-driver/pve/device-files \
  --resource gpu-driver/pve \
  --path host/driver \
  --title 'device files' \
  --need gpu-driver/pve/version \
  --why 'Proxmox refuses a device that is not there when it is set, and loading the driver does not make the files.' \
  --probe 2 file /dev/nvidia0 \
  --probe 2 file /dev/nvidiactl \
  --probe 2 file /dev/nvidia-uvm \
  --probe 2 file /dev/nvidia-uvm-tools \
  --command 4 nvidia-modprobe -c 0 -u

step storage storage/local/entry \
  --resource storage/local \
  --path host/local \
  --title storage \
  --exclusive file/storage.cfg \
  --storage local any \
  --create 0

step download archive/local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst/file \
  --resource archive/local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst \
  --path host/local/debian-13-standard_13.1-2_amd64.tar.zst \
  --title archive \
  --need storage/local/entry \
  --download local vztmpl debian-13-standard_13.1-2_amd64.tar.zst \
  --catalogue

step zfs-pool zpool/rpool/pool \
  --resource zpool/rpool \
  --path host/rpool \
  --title pool \
  --exclusive zpool/rpool \
  --pool rpool

step zfs-dataset zfs/rpool/guests/dataset \
  --resource zfs/rpool/guests \
  --path host/guest-disks \
  --title dataset \
  --need zpool/rpool/pool \
  --dataset rpool/guests \
  --create 1 \
  --property quota 429496729600 0

step storage storage/guests/entry \
  --resource storage/guests \
  --path host/guests \
  --title storage \
  --need zfs/rpool/guests/dataset \
  --exclusive file/storage.cfg \
  --storage guests zfspool \
  --create 1 \
  --option content rootdir 0 \
  --option pool rpool/guests 1

step zfs-dataset zfs/rpool/models/dataset \
  --resource zfs/rpool/models \
  --path host/models \
  --title dataset \
  --need zpool/rpool/pool \
  --dataset rpool/models \
  --create 1 \
  --property atime off 0 \
  --property quota 536870912000 0 \
  --property recordsize 1048576 0

step folder folder/rpool/models/vllm/folder \
  --resource folder/rpool/models/vllm \
  --path 'host/models/folder vllm' \
  --title folder \
  --need zfs/rpool/models/dataset \
  --folder /rpool/models/vllm \
  --inside /rpool/models rpool/models \
  --owner 100990 100990
