import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { StepOf } from '../../src/model/step.js';
import { secretRef } from '../../src/model/secret-ref.js';
import { Storage } from '../../src/storage/storage.js';
import type { VirtualMachineProps } from '../../src/vm/props.js';
import { VmProfile } from '../../src/vm/vm-profile.js';
import { schemaFaults } from '../guest/cloud-init/documents.js';
import { problemsOf } from '../support/small-host.js';
import { describeWithTool } from '../support/tool.js';
import { VmHost } from './small-vm.js';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8mQ2Zr5d0x ops@desk';

/** What a machine with these props comes to. */
function machineWith(props: VirtualMachineProps, make = new VmHost()) {
  make.machine('docker', { network: make.lan, address: '10.0.0.81', ...props });
  const { assembly } = make.synth();
  const stack = assembly.stacks.find(({ name }) => name === 'ai');
  const files = new Map(assembly.files.map(({ path, text }) => [path, text]));
  const steps = stack?.steps ?? [];
  const config = steps.find((step): step is StepOf<'guest-config'> => step.id === 'guest/950/config');
  return {
    steps,
    keys: Object.fromEntries((config?.keys ?? []).map((it) => [it.key, 'value' in it ? it.value : it.is])),
    document: (part: string) => files.get(`stacks/ai/root/var/lib/vz/snippets/phoenix-950-${part}.yaml`) ?? '',
  };
}
