// The public surface, by subject.

export { VllmContainer, type VllmContainerProps, type VllmServerProps } from './ai/vllm-container.js';
export type { VllmRuntimeOptions } from './ai/vllm-runtime.js';
// Problems and values
export { PhoenixError, type Problem } from './base/errors.js';
export type { CidrText, Ipv4Text } from './base/ip.js';
export { Duration, type DurationText, Size, type SizeText } from './base/units.js';
export { Annotations } from './core/annotations.js';

// The program
export { type AcknowledgeOptions, App, type AppProps } from './core/app.js';
export { type Aspect, Aspects } from './core/aspects.js';
export { type RestartPolicy, Stack, type StackDefaults, type StackProps } from './core/stack.js';
export { type Connectable, Connections, type Peer, type Permission } from './firewall/connections.js';
export { Port } from './firewall/port.js';
export { GpuProfile, type GpuProfileProps } from './gpu/gpu-profile.js';
// Cards and what runs on them
export { NvidiaDriver, type NvidiaDriverProps } from './gpu/nvidia-driver.js';
export { baseTools } from './guest/base-tools.js';
export { Script, type ScriptOptions } from './guest/script.js';
// The host
export { Gpu, type GpuModel, type GpuProps } from './host/gpu.js';
export { type HostGpu, PveNode, type PveNodeProps } from './host/pve-node.js';
export { DockerProfile, type DockerProfileProps } from './lxc/docker-profile.js';
// Guests
export { LxcContainer } from './lxc/lxc-container.js';
export { LxcTemplate, type LxcTemplateProps } from './lxc/lxc-template.js';
export { Profile } from './lxc/profile.js';
export type {
  GuestFileProps,
  GuestFirewallProps,
  GuestFirewallRule,
  LxcContainerProps,
  LxcFeatures,
  LxcMount,
  LxcOwnProps,
  LxcRootfs,
  LxcSharedProps,
} from './lxc/props.js';
export type { CloneSource, LxcLayerSource } from './lxc/roles.js';
export { type Content, type ContentPart, content } from './model/content.js';
export type { PveVersion } from './model/pve-version.js';
export type { SynthResult } from './model/report.js';
export { type SecretEncoding, type SecretRef, secretRef } from './model/secret-ref.js';
export { Subnet, type SubnetProps } from './network/subnet.js';
export {
  OsTemplate,
  type OsTemplateFromCatalogueOptions,
  type OsTemplateFromUrlOptions,
} from './storage/os-template.js';
export { type DirStorageProps, Storage, type ZfsPoolStorageProps } from './storage/storage.js';
export { DatasetFolder, type FolderProps } from './zfs/dataset-folder.js';
export { ZfsDataset, type ZfsDatasetProps } from './zfs/zfs-dataset.js';
export { ZfsPool, type ZfsPoolProps } from './zfs/zfs-pool.js';
