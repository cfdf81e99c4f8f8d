// The public surface, by subject. A blank line behind each heading keeps the subjects apart when exports are sorted.

// Problems and values

export { PhoenixError, type Problem } from './base/errors.js';
export type { CidrText, IpText, Ipv4Text } from './base/ip.js';
export { Duration, type DurationText, Size, type SizeText } from './base/units.js';
export { type Content, type ContentPart, content } from './model/content.js';
export type { Finding, Severity } from './model/finding.js';
export type { PveVersion } from './model/pve-version.js';
export type { RemovalPolicy } from './model/removal.js';
export type { CompletePolicy, SecretAlphabet, SecretPolicy } from './model/secret-policy.js';
export { type SecretEncoding, type SecretRef, secretRef } from './model/secret-ref.js';
export type { SecretUse, UsedSecret } from './model/secret-use.js';
export { type DataWithSecrets, envContent, jsonContent, yamlContent } from './secrets/config-content.js';
export { Secret } from './secrets/secret.js';

// The program

export { Annotations } from './core/annotations.js';
export { type AcknowledgeOptions, App, type AppProps } from './core/app.js';
export { type Aspect, Aspects } from './core/aspects.js';
export { type RestartPolicy, Stack, type StackDefaults, type StackProps } from './core/stack.js';
export type { SynthResult } from './model/report.js';

// The host

export { DirectoryMapping, type DirectoryMappingProps } from './host/directory-mapping.js';
export { Gpu, type GpuModel, type GpuProps } from './host/gpu.js';
export { type PciMap, PciMapping, type PciMappingProps } from './host/pci-mapping.js';
export { type HostGpu, PveNode, type PveNodeProps } from './host/pve-node.js';
export type { ResourceMapping } from './host/resource-mapping.js';
export { UsbMapping, type UsbMappingProps } from './host/usb-mapping.js';
export { Bond, type BondProps } from './network/bond.js';
export { Bridge, type BridgeProps } from './network/bridge.js';
export type { InterfaceProps } from './network/interface-props.js';
export { Subnet, type SubnetProps } from './network/subnet.js';
export { Vlan, type VlanProps } from './network/vlan.js';
export { CloudImage } from './storage/cloud-image.js';
export type { ImageSource } from './storage/image-source.js';
export { IsoImage } from './storage/iso-image.js';
export { OciImage, type OciImageOptions } from './storage/oci-image.js';
export {
  OsTemplate,
  type OsTemplateFromCatalogueOptions,
  type OsTemplateFromUrlOptions,
} from './storage/os-template.js';
export { Storage } from './storage/storage.js';
export type { StoredFile } from './storage/stored-file.js';
export type { BackupStorageProps, PruneBackups } from './storage/types/backups.js';
export type { BandwidthLimits, BandwidthProps } from './storage/types/bandwidth.js';
export type { BtrfsStorageProps } from './storage/types/btrfs.js';
export type { CephFsStorageProps } from './storage/types/cephfs.js';
export type { CifsStorageProps } from './storage/types/cifs.js';
export type { DirStorageProps } from './storage/types/dir.js';
export type { StorageEntryProps } from './storage/types/entry.js';
export type { EsxiStorageProps } from './storage/types/esxi.js';
export type {
  ContentDirs,
  ContentDirsProps,
  FileStorageProps,
  ImageFileProps,
  MountOptionsProps,
  VolumeChainProps,
} from './storage/types/files.js';
export type { IscsiStorageProps } from './storage/types/iscsi.js';
export type { LvmStorageProps } from './storage/types/lvm.js';
export type { LvmThinStorageProps } from './storage/types/lvm-thin.js';
export type { NfsStorageProps } from './storage/types/nfs.js';
export type { PbsStorageProps } from './storage/types/pbs.js';
export type { RbdStorageProps } from './storage/types/rbd.js';
export type { ZfsOverIscsiStorageProps } from './storage/types/zfs-over-iscsi.js';
export type { ZfsPoolStorageProps } from './storage/types/zfspool.js';
export { DatasetFolder, type FolderProps } from './zfs/dataset-folder.js';
export { ZfsDataset, type ZfsDatasetProps } from './zfs/zfs-dataset.js';
export { ZfsPool, type ZfsPoolProps } from './zfs/zfs-pool.js';

// Guests

export { Alias, type AliasProps } from './firewall/alias.js';
export { ClusterFirewall } from './firewall/cluster-firewall.js';
export { type Connectable, Connections, type Peer, type Permission } from './firewall/connections.js';
export { HostFirewall } from './firewall/host-firewall.js';
export type { HostFirewallProps } from './firewall/host-firewall-props.js';
export { IpSet, type IpSetEntry, type IpSetProps } from './firewall/ip-set.js';
export type { FirewallAddress, FirewallPolicy, PacketRuleProps } from './firewall/packet-rule-props.js';
export { Port } from './firewall/port.js';
export type {
  ClusterFirewallProps,
  GuestAlias,
  GuestFirewallProps,
  GuestFirewallRule,
  GuestIpSet,
  HostFirewallRule,
  LogRateLimit,
} from './firewall/props.js';
export { SecurityGroup, type SecurityGroupProps, type SecurityGroupRule } from './firewall/security-group.js';
export { baseTools } from './guest/base-tools.js';
export { Script, type ScriptOptions } from './guest/script.js';
export { unprivilegedOwner } from './guest/unprivileged-owner.js';
export { DockerProfile, type DockerProfileProps } from './lxc/docker-profile.js';
export type { LxcIdShare } from './lxc/id-map.js';
export { LxcContainer } from './lxc/lxc-container.js';
export { LxcTemplate, type LxcTemplateProps } from './lxc/lxc-template.js';
export type { LxcFirstNicProps, LxcNicOptions, LxcNicProps } from './lxc/nic-props.js';
export { Profile } from './lxc/profile.js';
export type {
  GuestFileProps,
  LxcContainerProps,
  LxcDeviceProps,
  LxcFeatures,
  LxcIdMapEntry,
  LxcMount,
  LxcOwnProps,
  LxcRootfs,
  LxcSharedProps,
} from './lxc/props.js';
export type { CloneSource, LxcLayerSource } from './lxc/roles.js';

// Machines

export type { AptMirror, AptProps, AptSource } from './guest/cloud-init/apt-props.js';
export { CloudInit } from './guest/cloud-init/cloud-init.js';
export type {
  CloudInitInterface,
  CloudInitNetworkProps,
  CloudInitRoute,
  CloudInitVlan,
} from './guest/cloud-init/network-props.js';
export type { CloudInitPackage } from './guest/cloud-init/packages-schema.js';
export type {
  CloudConfigProps,
  CloudInitDocuments,
  CloudInitFile,
  CloudInitFileSystem,
  CloudInitMount,
  CloudInitPartition,
  CloudInitPartitions,
  CloudInitUser,
} from './guest/cloud-init/props.js';
export type { CloudInitCommand, CloudInitExtra } from './guest/cloud-init/schema.js';
export type { VmAgent, VmAudio, VmRng, VmSmbios, VmSpice, VmVga, VmWatchdog } from './vm/device-props.js';
export type {
  VmBootDisk,
  VmCdrom,
  VmCloudInit,
  VmCloudInitDocuments,
  VmDisk,
  VmDiskLimits,
  VmDiskOptions,
  VmEfi,
  VmTpm,
} from './vm/disk-props.js';
export type { VmNicOptions, VmNicProps } from './vm/nic-props.js';
export type { VmHostPci, VmIvshmem, VmUsb, VmVirtiofs } from './vm/passed-device-props.js';
export type { VmAmdSev, VmCpu, VmIntelTdx, VmMachine, VmNumaNode } from './vm/processor-props.js';
export type { VirtualMachineProps, VmOwnProps, VmSharedProps, VmStartup } from './vm/props.js';
export type { VmCloneSource } from './vm/roles.js';
export { VirtualMachine } from './vm/virtual-machine.js';
export { VmProfile } from './vm/vm-profile.js';
export { VmTemplate, type VmTemplateProps } from './vm/vm-template.js';

// Cards and what runs on them

export { VllmContainer, type VllmContainerProps, type VllmServerProps } from './ai/vllm-container.js';
export type { VllmRuntimeOptions } from './ai/vllm-runtime.js';
export { GpuProfile, type GpuProfileProps } from './gpu/gpu-profile.js';
export { NvidiaDriver, type NvidiaDriverProps } from './gpu/nvidia-driver.js';

// The same as files

export { ConfigDirectory, type ConfigDirectoryOptions } from './conf/config-directory.js';
export type { GuestKind } from './conf/guest-kind.js';
export type { LoadContext, ValuePlace } from './conf/load-context.js';
export { lxcKind, type OwnKind, vmKind } from './conf/own-kind.js';
export { type ConfigSection, namedSection, sectionOfSections } from './conf/section.js';

// Domains of your own: a resource allocates, completes and describes itself

export type { Allocator, Occupied, Owner, Pool } from './core/allocator.js';
export { factsCheck } from './core/facts-check.js';
export { Host } from './core/host.js';
export type { HostFacts } from './core/host-facts.js';
export {
  type Check,
  type Completed,
  type Completion,
  type Outcome,
  type Place,
  Resource,
  type World,
} from './core/resource.js';
export type { StackHome } from './core/stack.js';
export type { Artifact } from './model/artifact.js';
export type { DisplayDeviceFacts, Facts, GuestFacts, InterfaceFacts } from './model/facts.js';
export { field } from './model/field.js';
export type { Field, Fields, LayerOf, SpecOf } from './model/fields.js';
export { type Table, table } from './model/layer.js';
export { readProps } from './model/read-props.js';
export { type Referable, type ReferenceTarget, reference } from './model/reference.js';
export type { KeyRequirement, Probe, Setting, Step, StepKind, StepOf } from './model/step.js';
