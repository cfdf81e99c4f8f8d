import { PhoenixError } from '../../base/errors.js';
import { clusterFields, entryFields, hostFields, hostRuleFields } from '../../firewall/schema.js';
import { list, object, reference, text } from '../../model/fields.js';
import { Code, type Literal, printCall } from '../adopt/literal.js';
import { modelOwner } from './model-owner.js';
import { interfaceSections } from './program-interfaces.js';
import { mappingsSection } from './program-mappings.js';
import type { ProgramNames } from './program-names.js';
import { each, existingOrNew, type HostSection, made, mapped, type Writer } from './program-section.js';
import type { ProgramValues } from './program-values.js';
import { type Value, type Values, valuesOf } from './values.js';

/** Statements of one subject, and what a program says above them. */
export interface Paragraph {
  readonly comment: string;
  readonly lines: readonly string[];
}

/** Makes everything of the host known to the rest of the program. Throws `migrate/no-typescript` for sections without words of a program. */
export function declareHost(host: Values, names: ProgramNames): void {
  const known = [
    '$schema',
    'name',
    'address',
    'pveVersion',
    'cores',
    'memory',
    'gpus',
    'nodeName',
    'vmids',
    'software',
    ...sections.map(({ key }) => key),
  ];
  const [other] = Object.keys(host).filter((key) => !known.includes(key));
  if (other !== undefined) {
    throw new PhoenixError({
      code: 'migrate/no-typescript',
      message: `the section \`${other}\` of host.json cannot be written as a program yet`,
      value: other,
      fix: 'take it out, and write what it says by hand',
    });
  }
  for (const { key, declare } of sections) {
    if (host[key] !== undefined) {
      declare?.(valuesOf(host[key]), names);
    }
  }
}

/** The host's paragraphs. Last to first: whatever a later one refers to gets a constant. */
export function hostParagraphs(host: Values, names: ProgramNames, values: ProgramValues): readonly Paragraph[] {
  const paragraphs = [...sections].reverse().map(({ key, comment, print }) => {
    const section = valuesOf(host[key]);
    return {
      comment,
      lines: Object.keys(section).length === 0 ? [] : print(section, { names, values, isShared: sharedNames(host) }),
    };
  });
  return paragraphs.reverse().filter(({ lines }) => lines.length > 0);
}

/** The machine itself. */
export function machineLines({ name, gpus, ...host }: Values, names: ProgramNames, values: ProgramValues): string[] {
  const own = Object.fromEntries(
    Object.entries(host).filter(([key]) =>
      ['address', 'pveVersion', 'cores', 'memory', 'nodeName', 'vmids'].includes(key),
    ),
  );
  const cards = Array.isArray(gpus) ? { gpus: gpus.map((card: Value) => cardOf(valuesOf(card), names)) } : {};
  const head = names.head('machine', 'machine');
  return [
    printCall(`${head}new ${names.imported('PveNode')}`, [
      new Code('app'),
      String(name),
      { ...values.props({}, own), ...cards },
    ]),
  ];
}

/** Names that entries of several sections have; constructs of one scope need ids of their own. */
function sharedNames(host: Values): (name: string) => boolean {
  const ids = sections.flatMap(({ key }) => {
    const section = valuesOf(host[key]);
    const parts = key === 'mappings' || key === 'firewall' ? Object.values(section).map(valuesOf) : [section];
    return parts.flatMap((part) => Object.keys(part));
  });
  return (name) => ids.indexOf(name) !== ids.lastIndexOf(name);
}

function cardOf({ model, pci, ...card }: Values, names: ProgramNames): Code {
  const gpu = names.imported('Gpu');
  const place = `{ pci: ${literalText(pci)} }`;
  if (typeof model === 'string') {
    return new Code(`${gpu}.${model}(${place})`);
  }
  const { name, vendor = 'nvidia', memory, computeCapability } = card;
  const capability = computeCapability === undefined ? '' : `, computeCapability: ${literalText(computeCapability)}`;
  const size = `${names.imported('Size')}.parse(${literalText(memory)})`;
  return new Code(
    `new ${gpu}({ name: ${literalText(name)}, vendor: ${literalText(vendor)}, memory: ${size}${capability} }, ${place})`,
  );
}

function literalText(value: Value | undefined): string {
  return printCall('', [String(value)]).slice(1, -2);
}

const dataset = reference('Dataset.', 'dataset');
const storage = reference('Storage.', 'storage');
const bridge = reference('Bridge.', 'bridge');
const address = reference('Address.', 'firewall address');
const setFields = { entries: list('', object('', entryFields)), comment: text('') };

/** In the order of a program: each after all that it refers to. */
const sections: readonly HostSection[] = [
  {
    key: 'pools',
    comment: 'Pools hold data. Those that exist are referred to, and never made, changed or destroyed.',
    declare: (values, names) => each(values, (name) => names.declare('dataset', name, name, `${name} pool`)),
    print: (values, writer) =>
      mapped(values, (name, props) =>
        existingOrNew(writer, { className: 'ZfsPool', kind: 'dataset', name, id: name, props, fields: {} }),
      ),
  },
  {
    key: 'datasets',
    comment: 'File systems.',
    declare: (values, names) =>
      each(values, (name, props) => {
        names.declare('dataset', name, name.replace(/^.*\//, ''), name);
        each(valuesOf(props['folders']), (folder) =>
          names.declare('folder', `${name}:${folder}`, folder.replace(/^.*\//, ''), `${folder} folder`),
        );
      }),
    print: (values, writer) => mapped(values, (name, props) => datasetLines(name, props, writer)),
  },
  {
    key: 'storages',
    comment: 'Storages of Proxmox.',
    declare: (values, names) => each(values, (name) => names.declare('storage', name, `${name} storage`)),
    print: (values, writer) => mapped(values, (name, props) => storageLines(name, props, writer)),
  },
  {
    key: 'archives',
    comment: 'Archives that containers are made from.',
    declare: (values, names) => each(values, (name) => names.declare('container archive', name, name)),
    print: (values, writer) =>
      mapped(values, (name, { file, url, sha512, ...props }) => {
        const options: Record<string, Literal> = {
          ...(sha512 === undefined ? {} : { sha512: String(sha512) }),
          ...(url === undefined ? {} : { url: String(url) }),
        };
        const method = sha512 === undefined ? 'fromCatalogue' : 'fromUrl';
        return fileLine(writer, {
          kind: 'container archive',
          name,
          className: 'OsTemplate',
          method,
          storage: props['storage'],
          file,
          options,
        });
      }),
  },
  {
    key: 'images',
    comment: 'Disk images that machines are made from.',
    declare: (values, names) => each(values, (name) => names.declare('disk image', name, name, `${name} image`)),
    print: (values, writer) =>
      mapped(values, (name, props) => imageLine(writer, 'disk image', 'CloudImage', name, props)),
  },
  {
    key: 'isos',
    comment: 'Media for the drives of machines.',
    declare: (values, names) => each(values, (name) => names.declare('ISO image', name, name, `${name} iso`)),
    print: (values, writer) => mapped(values, (name, props) => imageLine(writer, 'ISO image', 'IsoImage', name, props)),
  },
  ...interfaceSections,
  {
    key: 'subnets',
    comment: 'Networks of guests.',
    declare: (values, names) => each(values, (name) => names.declare('network', name, name, `${name} network`)),
    print: (values, writer) =>
      mapped(values, (name, props) => [
        made(writer, {
          className: 'Subnet',
          kind: 'network',
          name,
          id: name,
          props: writer.values.props({ bridge }, props),
        }),
      ]),
  },
  mappingsSection,
  {
    key: 'firewall',
    comment: 'Firewall of the datacenter. The applier switches it on with `--allow-firewall` only.',
    declare: ({ ipSets, aliases, securityGroups }, names) => {
      each(valuesOf(ipSets), (name) => names.declare('firewall address', name, `${name} set`));
      each(valuesOf(aliases), (name) => names.declare('firewall address', name, `${name} alias`));
      each(valuesOf(securityGroups), (name) => names.declare('security group', name, `${name} group`));
    },
    print: (values, writer) => firewallLines(values, writer),
  },
  {
    key: 'nvidiaDriver',
    comment: 'One version of the driver for the host and all its guests.',
    declare: (_values, names) => names.declare('driver', 'driver', 'driver'),
    print: (values, writer) => [
      made(writer, {
        className: 'NvidiaDriver',
        kind: 'driver',
        name: 'driver',
        id: 'nvidia-driver',
        props: writer.values.props({}, values),
      }),
    ],
  },
];

function datasetLines(name: string, { folders, ...props }: Values, writer: Writer): string[] {
  const { names } = writer;
  const inner = mapped(valuesOf(folders), (folder, of) => [
    printCall(`${names.head('folder', `${name}:${folder}`)}${names.use('dataset', name).text}.folder`, [
      folder,
      folderProps(of, writer),
    ]),
  ]);
  const slash = name.lastIndexOf('/');
  const parent = { parent: name.slice(0, slash), name: name.slice(slash + 1) };
  const own = props['existing'] === true ? props : { ...parent, ...props };
  return [
    ...existingOrNew(writer, {
      className: 'ZfsDataset',
      kind: 'dataset',
      name,
      id: name.replaceAll('/', '.'),
      props: own,
      fields: { parent: dataset },
    }),
    ...inner,
  ];
}

/** The owner of folders of models has a name. */
function folderProps({ owner, ...props }: Values, { names, values }: Writer): Record<string, Literal> {
  const { uid, gid } = valuesOf(owner);
  const isModelOwner = uid === modelOwner.uid && gid === modelOwner.gid;
  const named = isModelOwner
    ? new Code(`${names.imported('VllmContainer')}.modelOwner`)
    : values.props({}, valuesOf(owner));
  return { ...(owner === undefined ? {} : { owner: named }), ...values.props({}, props) };
}

/** Makers of storages by Proxmox's word for their type. */
const makers: Readonly<Record<string, string>> = {
  zfspool: 'zfsPool',
  lvmthin: 'lvmThin',
  cephfs: 'cephFs',
  iscsidirect: 'iscsiDirect',
  zfs: 'zfsOverIscsi',
};

function storageLines(name: string, { type, existing, ...props }: Values, { names, values }: Writer): string[] {
  const head = names.head('storage', name);
  const machine = names.use('machine', 'machine');
  const className = names.imported('Storage');
  if (existing === true) {
    return head === '' ? [] : [printCall(`${head}${className}.fromName`, [machine, name])];
  }
  const method = makers[String(type)] ?? String(type);
  return [printCall(`${head}${className}.${method}`, [machine, name, values.props({ dataset }, props)])];
}

interface FileLine {
  readonly kind: string;
  readonly name: string;
  readonly className: string;
  readonly method: string;
  readonly storage: Value | undefined;
  readonly file: Value | undefined;
  readonly options: Record<string, Literal>;
}

function fileLine(
  { names, values }: Writer,
  { kind, name, className, method, storage: on, file, options }: FileLine,
): string[] {
  const head = names.head(kind, name);
  const { storage: where = '' } = values.props({ storage }, { storage: on ?? 'local' });
  const args: Literal[] = [where, String(file), ...(Object.keys(options).length === 0 ? [] : [options])];
  return head === '' ? [] : [printCall(`${head}${names.imported(className)}.${method}`, args)];
}

function imageLine(
  writer: Writer,
  kind: string,
  className: string,
  name: string,
  { storage: on, file, existing, ...source }: Values,
): string[] {
  const method = existing === true ? 'fromName' : 'fromUrl';
  return fileLine(writer, {
    kind,
    name,
    className,
    method,
    storage: on,
    file,
    options: writer.values.props({}, source),
  });
}

function firewallLines({ ipSets, aliases, securityGroups, cluster, host }: Values, writer: Writer): string[] {
  const { values } = writer;
  const rules = { rules: list('', object('', hostRuleFields)) };
  return [
    ...mapped(valuesOf(aliases), (name, props) => [
      made(writer, {
        className: 'Alias',
        kind: 'firewall address',
        name,
        id: name,
        props: values.props({ cidr: address }, props),
      }),
    ]),
    ...mapped(valuesOf(ipSets), (name, props) => [
      made(writer, {
        className: 'IpSet',
        kind: 'firewall address',
        name,
        id: name,
        props: values.props(setFields, props),
      }),
    ]),
    ...mapped(valuesOf(securityGroups), (name, props) => [
      made(writer, {
        className: 'SecurityGroup',
        kind: 'security group',
        name,
        id: name,
        props: values.props(rules, props),
      }),
    ]),
    ...(cluster === undefined
      ? []
      : [
          made(writer, {
            className: 'ClusterFirewall',
            kind: '',
            name: '',
            id: 'cluster-firewall',
            props: values.props(clusterFields, valuesOf(cluster)),
          }),
        ]),
    ...(host === undefined
      ? []
      : [
          made(writer, {
            className: 'HostFirewall',
            kind: '',
            name: '',
            id: 'host-firewall',
            props: values.props(hostFields, valuesOf(host)),
          }),
        ]),
  ];
}
