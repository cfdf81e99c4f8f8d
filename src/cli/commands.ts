import type { CommandGroup, CommandRow, OptionRow } from './command.js';
import { secretsCommands } from './secrets-commands.js';

/** Options that every command takes, before or after its name. */
export const globalOptions: readonly OptionRow[] = [
  { flags: '-a, --app <command>', help: 'command that runs the program, or a folder with an assembly' },
  { flags: '-o, --output <folder>', help: 'folder of the assembly (default: cdk.out beside phoenix.json)' },
  { flags: '-c, --context <key=value>', help: 'context for the constructs; may be given several times', repeats: true },
  { flags: '-j, --json', help: 'print the result as JSON' },
  { flags: '-q, --quiet', help: 'print only results and problems' },
  { flags: '-v, --verbose', help: 'also say what is usually left out' },
  { flags: '--strict', help: 'warnings that nobody acknowledged are errors' },
  { flags: '--no-color', help: 'no colours (also: NO_COLOR, or no terminal)' },
  { flags: '--ci', help: 'refuse to change phoenix.lock.json' },
];

/** The whole command line. */
export const commands: readonly (CommandRow | CommandGroup)[] = [
  {
    name: 'init',
    summary: 'write a new project into this folder',
    details: 'app: the least that synthesizes. sample: a host, a dataset and a container to change as you like.',
    arguments: [{ name: '[template]', help: 'what to start from (default: app)', choices: ['app', 'sample'] }],
    load: async () => (await import('./actions/init.js')).init,
  },
  {
    name: 'synth',
    summary: 'run the program and write the assembly (cdk.out)',
    details: 'On any error the assembly stays as it is.',
    load: async () => (await import('./actions/synth.js')).synth,
  },
  {
    name: 'validate',
    summary: 'run the program and print what was found; writes nothing',
    load: async () => (await import('./actions/validate.js')).validate,
  },
  {
    name: 'ls',
    summary: 'list the stacks of the program, in the order in which they are applied',
    options: [
      { flags: '-l, --long', help: 'also host, release, restarts, resources and steps' },
      { flags: '-d, --show-dependencies', help: 'also the stacks that each one waits for' },
    ],
    load: async () => (await import('./actions/ls.js')).ls,
  },
  {
    name: 'tree',
    summary: 'show the constructs of the program and what they are on the host',
    load: async () => (await import('./actions/tree.js')).tree,
  },
  {
    name: 'graph',
    summary: 'show what waits for what, for mermaid or Graphviz',
    options: [
      { flags: '-f, --format <name>', help: 'mermaid or dot (default: mermaid)' },
      { flags: '--stack <name>', help: 'only this stack; may be given several times', repeats: true },
    ],
    load: async () => (await import('./actions/graph.js')).graph,
  },
  {
    name: 'explain',
    summary: 'say where a value comes from, or what a code means',
    details: [
      'explain 950                       all values of a guest and their layers',
      'explain 950 memory                what each layer says of one value',
      'explain cdk.out/.../950.fw:7      what a line of an artifact comes from',
      'explain gpu/overcommitted         what a code means',
    ].join('\n'),
    arguments: [
      { name: '<subject>', help: 'VMID, identity, construct path, file:line, or code' },
      { name: '[key]', help: 'key of a value: memory, rootfs.size' },
    ],
    load: async () => (await import('./actions/explain.js')).explain,
  },
  {
    name: 'diff',
    summary: 'compare the assembly with what the program makes now',
    details: [
      'With one folder: that assembly with the program. With two: the first with the second.',
      'With --facts: the hosts, by their facts, with the program or with the assembly in the folder given.',
    ].join('\n'),
    arguments: [
      { name: '[before]', help: 'folder of the former assembly (default: the output folder)' },
      { name: '[after]', help: 'folder of the later assembly (default: what the program makes now)' },
    ],
    options: [
      { flags: '--facts [file]', help: 'compare with facts of hosts (default: those of the project)' },
      { flags: '--fail', help: 'exit with 3 if there are differences' },
    ],
    load: async () => (await import('./actions/diff.js')).diff,
  },
  {
    name: 'facts',
    summary: 'list the facts of hosts that the project has, or import some',
    details: [
      'Facts are what a host was when its applier looked at it. A synth checks the program against them, and gives no new guest a',
      'number or an address that is taken. Nothing that is secret leaves the host with them.',
      '',
      'phoenix facts import --host root@pve',
    ].join('\n'),
    arguments: [
      { name: '[action]', help: 'what to do (default: list)', choices: ['list', 'import'] },
      { name: '[file]', help: 'what `applier facts` printed; - is standard input (default)' },
    ],
    options: [
      { flags: '-t, --to <folder>', help: 'where facts lie (default: facts beside phoenix.json)' },
      {
        flags: '--host <destination>',
        help: 'import: look at this host by ssh; may be given several times',
        repeats: true,
      },
    ],
    load: async () => (await import('./actions/facts.js')).facts,
  },
  {
    name: 'schema',
    summary: 'list the JSON Schemas of config files and assemblies, print one, or write them',
    details: 'With --output they are written into that folder; editors read them by `$schema` of a file.',
    arguments: [{ name: '[name]', help: 'name of a schema: host, lxc, lxc-profile ...' }],
    load: async () => (await import('./actions/schema.js')).schema,
  },
  {
    name: 'doctor',
    summary: 'look whether this machine and this project have what phoenix needs',
    load: async () => (await import('./actions/doctor.js')).doctor,
  },
  {
    name: 'adopt',
    summary: 'write a program for the guests that a host has',
    details:
      'Reads a copy of /etc or /etc/pve of the host, or of a part of it, or its facts, and looks at no host. The plan of the program is empty.',
    arguments: [{ name: '[from]', help: 'folder with the files, or a file of facts (default: this folder)' }],
    options: [
      { flags: '-t, --to <file>', help: 'where the program is written (default: standard output)' },
      {
        flags: '-n, --name <app>',
        help: 'name of the app, the mark of ownership on the host (default: cluster or node)',
      },
      { flags: '-f, --force', help: 'overwrite the file' },
    ],
    load: async () => (await import('./actions/adopt.js')).adopt,
  },
  {
    name: 'migrate',
    summary: 'write a project that says what older files say',
    details: [
      'Reads a folder with monolithic JSON (containers, machines, their host) or a config directory, changes nothing in it, and',
      'writes main.ts, phoenix.json, conf.d with `--to conf.d`, and MIGRATION.md: what became of every key, with file and line.',
    ].join('\n'),
    arguments: [{ name: '[folder]', help: 'folder with the files (default: this one)' }],
    options: [
      { flags: '-t, --to <form>', help: 'conf.d or typescript' },
      { flags: '-n, --name <name>', help: 'name of the machine and the app (default: as the files are called)' },
      { flags: '--pve <release>', help: 'release of Proxmox VE on the host (default: the newest)' },
      {
        flags: '--gpu <model@pci>',
        help: 'a card of the host: rtx4090@0000:01:00.0; may be given several times',
        repeats: true,
      },
      { flags: '-f, --force', help: 'overwrite files that are there already' },
    ],
    load: async () => (await import('./actions/migrate.js')).migrate,
  },
  secretsCommands,
  {
    name: 'sign',
    summary: 'sign the assembly, or say who signed it',
    details: [
      'Writes manifest.json.asc beside the manifest, which lists every file. `plan`, `apply` and all other verbs run only what was signed',
      'by a key that `signers` in phoenix.json names; a host can ask for that by itself: docs/shipping.md.',
    ].join('\n'),
    options: [
      { flags: '--key <file>', help: 'file with your private key' },
      { flags: '--passphrase-file <file>', help: 'file with its passphrase (default: asks, or reads standard input)' },
      { flags: '--gpg <key>', help: 'sign with gpg and this key of it, such as one on a card' },
      { flags: '--check', help: 'sign nothing: say whose signature there is, and fail if it is not good' },
      { flags: '--signer <file>', help: 'with --check: file with a public key that is trusted', repeats: true },
    ],
    load: async () => (await import('./actions/sign.js')).sign,
  },
  applierVerb('plan', 'on the host: show what apply would change; changes nothing'),
  applierVerb('apply', 'on the host: make everything as the assembly says'),
  applierVerb('verify', 'on the host: look whether everything is so, endpoints included'),
  applierVerb('status', 'on the host: what is there, what runs, what is pending'),
  applierVerb('drift', 'on the host: what changed behind our back; with --repair, put it right'),
  applierVerb('orphan', 'on the host: let guests go; our marks leave them, nothing else changes'),
  applierVerb('destroy', 'on the host: show which guests would go; with --yes, destroy those that may'),
  applierVerb('restore', 'on the host: show which files would be as before a run; with --yes, put them back'),
];

function applierVerb(name: string, summary: string): CommandRow {
  return {
    name,
    summary,
    details: [
      `Runs \`<output>/applier ${name}\` with the flags given, and ends with its exit code: on this machine, or on those that --host names,`,
      'where the assembly is brought by ssh. PHOENIX_SSH: another ssh, with options (`ssh -F ci/ssh_config`).',
    ].join('\n'),
    arguments: [{ name: '[flags...]', help: 'flags of the applier: --stack, --only, --fail, --allow-restart ...' }],
    options: [
      {
        flags: '--host <destination>',
        help: 'where: root@pve1, as ssh has it; may be given several times',
        repeats: true,
      },
    ],
    passesOn: true,
    load: async () => (await import('./actions/applier.js')).applierAction(name),
  };
}
