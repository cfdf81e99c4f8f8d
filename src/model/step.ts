import * as z from 'zod';

/**
 * A step is one thing that the applier can look at (is it so?) and bring about (make it so).
 *
 * Steps are data. The closed set of kinds below is read through tables keyed by `kind`: the shell renderer, the Markdown renderer and the
 * runtime each have one row a kind, and a kind without a row does not compile.
 */

/** What a change of a value costs a guest that is running. */
export const impacts = ['live', 'restart', 'replace', 'impossible'] as const;
export type Impact = (typeof impacts)[number];
const impact = z.enum(impacts);
/** What it costs where the key was not there before, if that is less than changing it. */
const added = impact.optional();

const stepId = z.string().regex(/^[\w@%+=:,./-]+$/);
const hostPath = z.string().regex(/^\/[^\0\n]*$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const vmid = z.int().min(100).max(999_999_999);
const guestType = z.enum(['lxc', 'qemu']);
const name = z.string().min(1);
const argv = z.array(z.string()).min(1).readonly();

/** A named value: a ZFS property, a storage option. */
const setting = z.strictObject({
  name,
  value: z.string(),
  /** Fixed once the thing exists: a difference is reported, never applied. */
  fixed: z.boolean().optional(),
});
export type Setting = Readonly<z.infer<typeof setting>>;

/** A question with three answers (yes, no, unknown), answered from what the applier gathered once; only `argv` starts a process. */
export const probeSchema = z.discriminatedUnion('probe', [
  z.strictObject({
    probe: z.literal('file'),
    path: hostPath,
    sha256: sha256.optional(),
    matches: z.string().optional(),
  }),
  z.strictObject({ probe: z.literal('zfs-property'), dataset: name, property: name, value: z.string() }),
  z.strictObject({ probe: z.literal('config-key'), vmid, key: name, value: z.string() }),
  z.strictObject({ probe: z.literal('guest-state'), vmid, state: z.enum(['running', 'stopped']) }),
  z.strictObject({ probe: z.literal('package'), package: name, version: z.string().optional() }),
  z.strictObject({
    probe: z.literal('unit'),
    unit: name,
    state: z.enum(['active', 'inactive', 'enabled', 'disabled']),
  }),
  z.strictObject({ probe: z.literal('journal'), digest: sha256 }),
  /** Whether root of the host may give away users or groups: one line of a file such as /etc/subuid has all of them. */
  z.strictObject({
    probe: z.literal('sub-ids'),
    path: hostPath,
    first: z.int().nonnegative(),
    count: z.int().positive(),
  }),
  z.strictObject({
    probe: z.literal('argv'),
    argv,
    satisfied: z.array(z.int()).readonly(),
    absent: z.array(z.int()).readonly(),
  }),
]);
export type Probe = Readonly<z.infer<typeof probeSchema>>;

/** What one key of a guest's config file has to be. */
export const keyRequirementSchema = z.discriminatedUnion('is', [
  /** Equal by meaning (sub-keys compared, not text). */
  z.strictObject({ is: z.literal('exact'), key: name, value: z.string(), impact, added }),
  /**
   * A volume on `storage`, at least `bytes` large; `options` are the other sub-keys. Allocated once, grown, never shrunk or replaced. One that lies on
   * another storage is moved by a step of its own, `guest-move`, which no runbook holds: the applier sees where disks lie, and asks for leave.
   */
  z.strictObject({
    is: z.literal('volume'),
    key: name,
    storage: name,
    /** 0 where Proxmox decides: disks for EFI, TPM and cloud-init. */
    bytes: z.int().min(0),
    options: z.string(),
    /** What is on it when it is allocated: nothing, a copy of an image (a volume of kind `import`), or what Proxmox makes for cloud-init. */
    filled: z.union([z.literal('cloudinit'), z.strictObject({ import: name })]).optional(),
    impact,
    added,
  }),
  /** Present; Proxmox chose the value and it stays. */
  z.strictObject({ is: z.literal('generated'), key: name, impact }),
  z.strictObject({ is: z.literal('absent'), key: name, impact }),
  /** The owner's line within the description; the rest of the description belongs to people. */
  z.strictObject({ is: z.literal('marker'), key: z.literal('description'), value: z.string(), impact }),
]);
export type KeyRequirement = Readonly<z.infer<typeof keyRequirementSchema>>;

/** A dataset that has to be mounted at `path` before a guest may start on it. */
const mountCheck = z.strictObject({ path: hostPath, dataset: name });
export type MountCheck = Readonly<z.infer<typeof mountCheck>>;

/** A set or group of a firewall file: its header and the lines below it, as they stand in the file. */
const firewallBlock = z.strictObject({ name, head: name, lines: z.array(name).readonly() });

/** One family of an interface in /etc/network/interfaces. */
const stanza = z.strictObject({
  family: z.enum(['inet', 'inet6']),
  method: name,
  options: z.array(z.strictObject({ name, value: name })).readonly(),
  /** Notes, as they stand behind the `#`. Without, those that stand there stay. */
  comments: z.array(z.string()).readonly(),
});

/** A file to be put somewhere: `source` is relative to the stack's folder in the assembly. */
const placedFile = z.strictObject({
  target: hostPath,
  source: name,
  sha256,
  mode: z
    .string()
    .regex(/^0[0-7]{3}$/)
    .optional(),
  uid: z.int().min(0).optional(),
  gid: z.int().min(0).optional(),
  /** Names of the secrets that the file's markers stand for. */
  secrets: z.array(name).readonly().optional(),
});
export type PlacedFile = Readonly<z.infer<typeof placedFile>>;

const base = {
  /** Unique on its host, built from the physical identity: `guest/950/config`. */
  id: stepId,
  /** Physical identity of the resource: `guest/950`, `zfs/fastData/models`, `storage/local-zfs`. */
  resource: stepId,
  /** Construct path, a label: `ai/qwen`. */
  path: name,
  /** What the step does, for people: `config`, `root disk from template 920`. */
  title: name,
  /** Ids of the steps that have to be done before. */
  needs: z.array(stepId).readonly(),
  /** Things of which only one step at a time may make use: `guest/920`, `file/storage.cfg`. */
  exclusive: z.array(name).readonly().optional(),
  /** Why the step exists, where that is not obvious. */
  why: z.string().optional(),
  /** Part of making a template: done for good once this guest is a sealed template of ours. */
  until: z.strictObject({ template: vmid }).optional(),
};

/** Of what may be removed: whether it may, once it left the program or is told to go, if the applier made it. Without it stays. */
const removable = { removal: z.literal('destroy').optional() };

export const stepSchema = z.discriminatedUnion('kind', [
  /** A file of the host that is ours whole. Under /etc/pve it has no mode or owner of ours. */
  z.strictObject({ kind: z.literal('file'), ...base, ...removable, file: placedFile }),
  /** A pool: has to be there and healthy; created only if `create` is given, on blank disks, and allowed by name on the command line. */
  z.strictObject({
    kind: z.literal('zfs-pool'),
    ...base,
    pool: name,
    create: z
      .strictObject({
        vdevs: z.array(z.strictObject({ type: name, devices: z.array(hostPath).readonly() })).readonly(),
        properties: z.array(setting).readonly(),
      })
      .optional(),
  }),
  /** A dataset and its properties in the form of `zfs get -p`. `create: false`: imported, has to be there, never changed. */
  z.strictObject({
    kind: z.literal('zfs-dataset'),
    ...base,
    ...removable,
    dataset: name,
    create: z.boolean(),
    properties: z.array(setting).readonly(),
  }),
  /** A folder inside a mounted dataset, with the owner as seen by the host. */
  z.strictObject({
    kind: z.literal('folder'),
    ...base,
    ...removable,
    folder: hostPath,
    inside: mountCheck.optional(),
    uid: z.int().min(0).optional(),
    gid: z.int().min(0).optional(),
    mode: z
      .string()
      .regex(/^0[0-7]{3}$/)
      .optional(),
  }),
  /** An entry of storage.cfg. `create: false`: imported, has to be there; its type may be `any`. */
  z.strictObject({
    kind: z.literal('storage'),
    ...base,
    ...removable,
    storage: name,
    type: name,
    create: z.boolean(),
    options: z.array(setting).readonly(),
    /** Options that are set to secrets, by the names of those. */
    secrets: z
      .array(z.strictObject({ option: name, secret: name }))
      .readonly()
      .optional(),
  }),
  /**
   * A resource mapping of the cluster: a name for devices or a folder, and what it stands for on this host. Maps of other nodes stay.
   * `create: false`: imported, has to be there with a map of this host.
   */
  z.strictObject({
    kind: z.literal('mapping'),
    ...base,
    ...removable,
    mapping: z.enum(['pci', 'usb', 'dir']),
    entry: name,
    create: z.boolean(),
    /** Those of the whole entry. */
    options: z.array(setting).readonly(),
    /** Property strings with this host's `node`, in the order in which Proxmox tries them. */
    maps: z.array(name).readonly(),
  }),
  /** A file on a storage, whole and of the right sum: an archive for containers, an ISO image, an image to import. */
  z.strictObject({
    kind: z.literal('download'),
    ...base,
    ...removable,
    storage: name,
    content: z.enum(['vztmpl', 'iso', 'import']),
    file: name,
    /** `catalogue`: by `pveam`; `oci`: from a registry, by Proxmox; `nowhere`: has to be there. */
    from: z.union([
      z.literal('catalogue'),
      z.literal('nowhere'),
      z.strictObject({ url: name }),
      z.strictObject({ oci: name }),
    ]),
    checksum: z
      .discriminatedUnion('algorithm', [
        z.strictObject({ algorithm: z.literal('sha256'), value: sha256 }),
        z.strictObject({ algorithm: z.literal('sha512'), value: z.string().regex(/^[0-9a-f]{128}$/) }),
      ])
      .optional(),
  }),
  /**
   * What an app has in cluster.fw or host.fw, which it shares with people and other programs. Entries carry the app's mark at the end of
   * their comment; all others keep every byte.
   */
  z.strictObject({
    kind: z.literal('firewall-entries'),
    ...base,
    ...removable,
    target: hostPath,
    /** Which half of the file the step looks after. */
    part: z.enum(['entries', 'options']),
    options: z.array(z.strictObject({ name, value: name })).readonly(),
    aliases: z.array(z.strictObject({ name, text: name })).readonly(),
    ipsets: z.array(firewallBlock).readonly(),
    groups: z.array(firewallBlock).readonly(),
    /** In the order in which they are tried, before those of others. */
    rules: z.array(name).readonly(),
  }),
  /** Entries of /etc/network/interfaces that are ours, as Proxmox writes them; the rest of the file is not looked at. One reload for all. */
  z.strictObject({
    kind: z.literal('network'),
    ...base,
    /** Address that the host is reached by: what carries it is changed only if allowed by name. */
    management: name,
    interfaces: z
      .array(
        z.strictObject({
          name,
          autostart: z.boolean(),
          stanzas: z.array(stanza).min(1).readonly(),
        }),
      )
      .min(1)
      .readonly(),
    /** Network cards below the interfaces. Each needs an entry of its own, which is added where there is none. */
    cards: z
      .array(
        z.strictObject({
          name,
          autostart: z.boolean(),
          /** Least that its largest packet has to be. */
          mtu: z.int().positive().optional(),
        }),
      )
      .readonly(),
  }),
  /** A guest with its root disk and nothing else yet, from an archive or as a clone; or a machine with nothing at all. */
  z.strictObject({
    kind: z.literal('guest-create'),
    ...base,
    ...removable,
    vmid,
    type: guestType,
    /** The owner's line of the description; part of the creating call itself. */
    marker: name,
    hostname: name,
    source: z.discriminatedUnion('from', [
      z.strictObject({
        from: z.literal('archive'),
        volume: name,
        storage: name,
        bytes: z.int().positive(),
        unprivileged: z.boolean(),
        ostype: z.string().optional(),
        arch: z.string().optional(),
      }),
      /** A machine without disks; they are keys of its config. */
      z.strictObject({ from: z.literal('nothing') }),
      /** A guest that exists, made by somebody else. One that is gone is not made anew: its disks would be empty. */
      z.strictObject({ from: z.literal('adopted') }),
      z.strictObject({
        from: z.literal('clone'),
        vmid,
        mode: z.enum(['linked', 'full']),
        storage: name.optional(),
        digest: sha256,
      }),
    ]),
  }),
  /** Keys and raw `lxc.*` lines of a guest's config. */
  z.strictObject({
    kind: z.literal('guest-config'),
    ...base,
    vmid,
    type: guestType,
    keys: z.array(keyRequirementSchema).readonly(),
    /** Our raw lines in order; undefined leaves raw lines alone. */
    raw: z
      .array(z.strictObject({ key: name, value: z.string() }))
      .readonly()
      .optional(),
    /** Keys that a clone carries over and nobody asked for are removed as long as the guest was never started by us. */
    cleanClone: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('guest-state'),
    ...base,
    vmid,
    type: guestType,
    state: z.enum(['running', 'stopped']),
    mounts: z.array(mountCheck).readonly(),
    timeoutSeconds: z.int().positive(),
    /** Digest of the documents that the guest reads as it starts; if it was started with others, it takes a restart. */
    startedWith: sha256.optional(),
  }),
  /** Files inside a running guest, sent as one tar stream; remembered in the journal by `digest`. */
  z.strictObject({
    kind: z.literal('guest-file'),
    ...base,
    vmid,
    type: guestType,
    files: z.array(placedFile).readonly(),
    digest: sha256,
  }),
  /** A script run by bash inside a running guest, on stdin, once for each `digest`. */
  z.strictObject({
    kind: z.literal('guest-run'),
    ...base,
    vmid,
    type: guestType,
    script: name,
    digest: sha256,
    timeoutSeconds: z.int().positive(),
    /** What running it again costs, once it has run in this guest with another digest: `restart` if it restarts a service. */
    again: z.enum(['live', 'restart']).optional(),
    /** Names of the secrets in the files that it brings into force: it runs again when one of them was rotated. */
    secrets: z.array(name).readonly().optional(),
  }),
  /** Stops the guest, strips what a template must not hold, and makes it a template for good. `digest` is of all that went into it. */
  z.strictObject({ kind: z.literal('guest-template'), ...base, vmid, type: guestType, digest: sha256 }),
  /** An endpoint that has to answer; asked by `verify`, and after a change of what it needs. */
  z.strictObject({
    kind: z.literal('health'),
    ...base,
    url: name,
    status: z.int(),
    retries: z.int().positive(),
    intervalSeconds: z.int().positive(),
  }),
  /** The open kind: commands behind probes. Without commands it is a requirement that a person has to meet. */
  z.strictObject({
    kind: z.literal('run'),
    ...base,
    probes: z.array(probeSchema).min(1).readonly(),
    commands: z.array(argv).readonly(),
    fix: z.string().optional(),
  }),
  /** Something to be read, nothing to be done. */
  z.strictObject({ kind: z.literal('note'), ...base, text: name }),
]);

export type Step = Readonly<z.infer<typeof stepSchema>>;
export type StepKind = Step['kind'];
export type StepOf<K extends StepKind> = Extract<Step, { kind: K }>;

/** One row a kind; leaving a kind out does not compile. */
export type StepTable<T> = { readonly [K in StepKind]: (step: StepOf<K>) => T };
