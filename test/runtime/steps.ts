import type { KeyRequirement, Step, StepOf } from '../../src/model/step.js';
import { archive, sha256 } from './bench.js';

type Extra<K extends Step['kind']> = Partial<StepOf<K>>;

export const marker = (vmid: number, path: string, app = 'phoenix') =>
  `phoenix-cdk app=${app} path=${path} vmid=${vmid}`;

const label = (id: string, resource: string, path: string, title: string, needs: readonly string[]) => ({
  id,
  resource,
  path,
  title,
  needs,
});

export function dataset(name: string, properties: Record<string, string> = {}, extra: Extra<'zfs-dataset'> = {}): Step {
  return {
    kind: 'zfs-dataset',
    ...label(`zfs/${name}`, `zfs/${name}`, `host/${name.replaceAll('/', '-')}`, 'dataset', []),
    dataset: name,
    create: true,
    properties: Object.entries(properties).map(([key, value]) => ({ name: key, value })),
    ...extra,
  };
}

export function storage(
  name: string,
  type: string,
  options: Record<string, string>,
  needs: string[] = [],
  extra: Extra<'storage'> = {},
): Step {
  return {
    kind: 'storage',
    ...label(`storage/${name}`, `storage/${name}`, `host/${name}`, 'storage entry', needs),
    exclusive: ['file/storage.cfg'],
    storage: name,
    type,
    create: true,
    options: Object.entries(options).map(([key, value]) => ({ name: key, value })),
    ...extra,
  };
}

/** An archive from Proxmox's catalogue. */
export function osTemplate(on: string, file: string): Step {
  return {
    kind: 'download',
    ...label('template/debian', 'template/debian', 'host/debian', 'archive', []),
    storage: on,
    content: 'vztmpl',
    file,
    from: 'catalogue',
  };
}

export const exact = (key: string, value: string, impact: KeyRequirement['impact'] = 'live'): KeyRequirement => ({
  is: 'exact',
  key,
  value,
  impact,
});

/** A guest with everything that a container of ours has, from an archive or from a template. */
export function container(
  vmid: number,
  name: string,
  options: {
    from?: { template: number; digest: string; mode?: 'linked' | 'full' };
    keys?: readonly KeyRequirement[];
    raw?: readonly { key: string; value: string }[];
    gib?: number;
    needs?: readonly string[];
    seal?: string;
    mounts?: readonly { path: string; dataset: string }[];
    script?: string;
    file?: { target: string; text: string };
    onboot?: boolean;
  },
): { steps: Step[]; files: Record<string, string> } {
  const path = `ai/${name}`;
  const id = (part: string) => `guest/${vmid}/${part}`;
  const until = options.seal === undefined ? {} : { until: { template: vmid } };
  const bytes = (options.gib ?? 4) * 1024 ** 3;
  const base = (part: string, title: string, needs: readonly string[]) => ({
    ...label(id(part), `guest/${vmid}`, path, title, [...needs]),
    ...until,
    vmid,
    type: 'lxc' as const,
  });
  const files: Record<string, string> = {};
  const steps: Step[] = [
    {
      ...base('create', 'root disk', options.needs ?? []),
      kind: 'guest-create',
      marker: marker(vmid, path),
      hostname: name,
      source:
        options.from === undefined
          ? { from: 'archive', volume: archive, storage: 'local-zfs', bytes, unprivileged: true }
          : {
              from: 'clone',
              vmid: options.from.template,
              mode: options.from.mode ?? 'linked',
              digest: options.from.digest,
            },
    },
    {
      ...base('config', 'config', [id('create')]),
      kind: 'guest-config',
      keys: [
        exact('hostname', name),
        exact('memory', '512'),
        { is: 'marker', key: 'description', value: marker(vmid, path), impact: 'live' },
        { is: 'volume', key: 'rootfs', storage: 'local-zfs', bytes, options: '', impact: 'restart' },
        ...(options.keys ?? []),
      ],
      ...(options.raw === undefined ? {} : { raw: options.raw }),
      cleanClone: true,
    },
    {
      ...base('state', 'running', [id('config')]),
      kind: 'guest-state',
      state: 'running',
      mounts: [...(options.mounts ?? [])],
      timeoutSeconds: 5,
    },
  ];
  let last = id('state');
  if (options.file !== undefined) {
    const source = `guests/${vmid}/file`;
    files[source] = options.file.text;
    const sum = sha256(options.file.text);
    steps.push({
      ...base('files', 'files', [last]),
      kind: 'guest-file',
      files: [{ target: options.file.target, source, sha256: sum, mode: '0640', uid: 0, gid: 0 }],
      digest: sum,
    });
    last = id('files');
  }
  if (options.script !== undefined) {
    const source = `guests/${vmid}/setup.sh`;
    files[source] = options.script;
    steps.push({
      ...base('run', 'set-up script', [last]),
      kind: 'guest-run',
      script: source,
      digest: sha256(options.script),
      timeoutSeconds: 20,
    });
    last = id('run');
  }
  if (options.seal !== undefined) {
    const { until: _, ...rest } = base('template', 'template', [last]) as ReturnType<typeof base> & { until?: unknown };
    steps.push({ ...rest, kind: 'guest-template', digest: options.seal });
  } else if (options.onboot === true) {
    steps.push({ ...base('onboot', 'onboot', [last]), kind: 'guest-config', keys: [exact('onboot', '1')] });
  }
  return { steps, files };
}

/** The config step of a guest that exists already. */
export function configOf(vmid: number, keys: readonly KeyRequirement[], extra: Extra<'guest-config'> = {}): Step {
  const id = `guest/${vmid}/config`;
  return {
    kind: 'guest-config',
    ...label(id, `guest/${vmid}`, `ai/g${vmid}`, 'config', []),
    vmid,
    type: 'lxc',
    keys,
    ...extra,
  };
}

export function runningOf(vmid: number, needs: readonly string[] = [], extra: Extra<'guest-state'> = {}): Step {
  return {
    kind: 'guest-state',
    ...label(`guest/${vmid}/state`, `guest/${vmid}`, `ai/g${vmid}`, 'running', needs),
    vmid,
    type: 'lxc',
    state: 'running',
    mounts: [],
    timeoutSeconds: 5,
    ...extra,
  };
}

export function run(
  id: string,
  probes: StepOf<'run'>['probes'],
  commands: StepOf<'run'>['commands'],
  fix?: string,
): Step {
  return {
    kind: 'run',
    ...label(id, id, `host/${id}`, id, []),
    probes,
    commands,
    ...(fix === undefined ? {} : { fix }),
  };
}

export function pool(name: string, create?: StepOf<'zfs-pool'>['create']): Step {
  const id = `zpool/${name}`;
  return {
    kind: 'zfs-pool',
    ...label(id, id, `host/${name}`, 'pool', []),
    pool: name,
    ...(create === undefined ? {} : { create }),
  };
}

export function folder(
  path: string,
  inside: StepOf<'folder'>['inside'],
  owner: { uid?: number; gid?: number; mode?: string } = {},
): Step {
  return {
    kind: 'folder',
    ...label(`folder${path}`, `folder${path}`, 'host/folder', 'folder', []),
    folder: path,
    ...(inside === undefined ? {} : { inside }),
    ...owner,
  };
}

export function note(id: string, text: string): Step {
  return { kind: 'note', ...label(id, id, `host/${id}`, 'note', []), text };
}

/** A file of the host and its source in the stack's folder. */
export function hostFile(
  target: string,
  text: string,
  needs: readonly string[] = [],
  owner: { mode?: string; uid?: number; gid?: number } = {},
): { step: Step; files: Record<string, string> } {
  const source = `root${target}`;
  return {
    step: {
      kind: 'file',
      ...label(`file${target}`, `file${target}`, 'host/file', target, needs),
      file: { target, source, sha256: sha256(text), ...owner },
    },
    files: { [source]: text },
  };
}
