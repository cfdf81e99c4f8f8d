#!/usr/bin/env bash
# Stack host-pve of app machines for host pve. Made by phoenix-cdk; the same steps as data: runbook.json
# Each call below names what has to be so. Run by itself, this file hands over to the applier.
if [[ "$(type -t step)" != function ]]; then
  exec "$(dirname -- "${BASH_SOURCE[0]}")/../../applier" "${1:-plan}" --stack host-pve "${@:2}"
fi

stack host-pve --app machines --host pve --pve 9.1 --order 1 --restart never

step storage storage/files/entry \
  --resource storage/files \
  --path pve/files \
  --title storage \
  --exclusive file/storage.cfg \
  --storage files dir \
  --create 1 \
  --option content import,snippets 0 \
  --option path /srv/files 1

step download image/files:import/ubuntu-24.04-20251213.qcow2/file \
  --resource image/files:import/ubuntu-24.04-20251213.qcow2 \
  --path pve/files/ubuntu-24.04-20251213.qcow2 \
  --title image \
  --need storage/files/entry \
  --download files import ubuntu-24.04-20251213.qcow2 \
  --url https://cloud-images.ubuntu.com/releases/noble/release-20251213/ubuntu-24.04-server-cloudimg-amd64.img \
  --checksum sha256 2b5f90ffe8180def601c021c874e55d8303e8bcbfc66fee2b94414f43ac5eb1f

step zfs-pool zpool/rpool/pool \
  --resource zpool/rpool \
  --path pve/rpool \
  --title pool \
  --exclusive zpool/rpool \
  --pool rpool

step storage storage/vm-disks/entry \
  --resource storage/vm-disks \
  --path pve/vm-disks \
  --title storage \
  --need zpool/rpool/pool \
  --exclusive file/storage.cfg \
  --storage vm-disks zfspool \
  --create 1 \
  --option content images 0 \
  --option pool rpool 1 \
  --option sparse 1 0
