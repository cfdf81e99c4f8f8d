import { stableJson } from '../base/stable.js';
import type { Described } from '../core/resource.js';
import { checkArtifactPath } from '../model/artifact.js';
import { manifestSchema, runbookSchema, treeSchema } from '../model/manifest.js';
import { readBySchema } from '../model/schema-faults.js';
import { secretRef } from '../model/secret-ref.js';
import { type PlacedFile, type Step, type StepTable, stepSchema } from '../model/step.js';
import { assembled } from './assembled.js';
import { applyTwice } from './conformance-host.js';
import type { ConformanceProgram, ConformanceSubject } from './conformance-subject.js';
import { lostWords } from './conformance-words.js';
import { unmet } from './unmet.js';

/** One promise of a resource. `run` throws if it does not hold. */
export interface ConformanceCheck {
  readonly name: string;
  readonly run: () => void;
}

/**
 * What every resource has to keep to, as named checks for whatever test runner there is:
 *
 * ```ts
 * for (const { name, run } of resourceConformance({ make })) test(name, run);
 * ```
 *
 * The last two start bash and, on a simulated node, the applier.
 */
export function resourceConformance(subject: ConformanceSubject): readonly ConformanceCheck[] {
  const { make, plant } = subject;
  const check = (name: string, test: (program: ConformanceProgram) => void): ConformanceCheck => ({
    name,
    run: () => test(make()),
  });
  return [
    check('describes itself the same way each time, and changes nothing by it', sameEachTime),
    check('is described by plain data: its spec survives JSON', plainSpec),
    check('has steps whose ids are its own', ownStepIds),
    check('has steps of the form that the applier reads, each with something to look at', checkedSteps),
    check('has steps that come after all they need', needsFirst),
    check('makes plain text files at paths that every system takes', plainFiles),
    check('fits into an assembly that its schemas accept', validAssembly),
    ...(plant === undefined
      ? []
      : [{ name: 'writes secrets as markers, and only into files', run: () => markedSecrets(plant(planted)) }]),
    check('keeps every word of its steps on the way through bash', survivesBash),
    check('is in place after one apply: the next changes nothing and starts no Proxmox command', (program) =>
      applyTwice(program, subject),
    ),
  ];
}

const planted = secretRef('planted/secret');

function sameEachTime(program: ConformanceProgram): void {
  const { resource, spec, outcome, home, path } = describedOf(program);
  const place = placeOf(program, { home, path });
  freeze(spec);
  const [first, second] = [resource.describe(spec, place), resource.describe(spec, place)];
  expectSame('described twice it gives two outcomes', first, second);
  expectSame('described outside of the synth it gives another outcome', outcome, first);
  expectSame('made and described anew it gives another outcome', outcome, describedOf(program).outcome);
}

function plainSpec(program: ConformanceProgram): void {
  const { resource, spec, outcome, home, path } = describedOf(program);
  const read: object = JSON.parse(stableJson(spec));
  expectSame('its spec is another one after JSON', spec, read);
  expectSame(
    'read from JSON, its spec gives another outcome',
    outcome,
    resource.describe(read, placeOf(program, { home, path })),
  );
}

function ownStepIds(program: ConformanceProgram): void {
  const { identity, outcome } = describedOf(program);
  const ids = outcome.steps.map((step) => step.id);
  refuse(
    ids.filter((id) => !id.startsWith(`${identity}/`)),
    `these ids do not begin with ${identity}/`,
  );
  refuse(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    'these ids are given twice',
  );
  refuse(
    outcome.steps.filter((step) => step.resource !== identity).map(({ id }) => id),
    `these steps are not of ${identity}`,
  );
}

function checkedSteps(program: ConformanceProgram): void {
  const { steps } = describedOf(program).outcome;
  refuse(steps.flatMap(formProblems), 'these steps have not the form that the applier reads');
  refuse(
    steps.filter((step) => looksAt(step).length === 0).map(({ id }) => id),
    'nothing tells whether these steps are done',
  );
}

function formProblems(step: Step): string[] {
  const reading = readBySchema(stepSchema, step);
  return 'data' in reading ? [] : reading.faults.map(({ message }) => `${step.id}: ${message}`);
}

/** What the applier looks at to tell whether the step is done. */
function looksAt(step: Step): readonly string[] {
  const look = looks[step.kind] as (step: Step) => readonly string[];
  return look(step);
}

const looks: StepTable<readonly string[]> = {
  file: (step) => [step.file.sha256],
  'zfs-pool': (step) => [step.pool],
  'zfs-dataset': (step) => [step.dataset],
  folder: (step) => [step.folder],
  storage: (step) => [step.storage],
  mapping: (step) => [step.entry],
  download: (step) => [step.file],
  'firewall-entries': (step) => [step.target],
  network: (step) => step.interfaces.map((one) => one.name),
  'guest-create': (step) => [step.marker],
  'guest-config': (step) => [...step.keys, ...(step.raw ?? [])].map(({ key }) => key),
  'guest-state': (step) => [step.state],
  'guest-file': (step) => step.files.map((file) => file.target),
  'guest-run': (step) => [step.digest],
  'guest-template': (step) => [step.digest],
  health: (step) => [step.url],
  // a command that exits 0 for "yes" and for "no" alike tells nothing
  run: (step) =>
    step.probes
      .filter(
        (it) =>
          it.probe !== 'argv' || (it.satisfied.length > 0 && !it.satisfied.some((code) => it.absent.includes(code))),
      )
      .map((it) => it.probe),
  note: (step) => [step.text],
};

function needsFirst(program: ConformanceProgram): void {
  const { home } = describedOf(program);
  const done = new Set<string>();
  for (const step of program.app.synthesize().steps.get(home.host) ?? []) {
    refuse(
      step.needs.filter((need) => !done.has(need)),
      `${step.id} comes before these that it needs`,
    );
    done.add(step.id);
  }
}

function plainFiles(program: ConformanceProgram): void {
  const { files } = describedOf(program).outcome;
  for (const { path, text } of files) {
    checkArtifactPath(path);
    refuse(textProblems(text), `${path} is no plain text`);
  }
  const names = files.map(({ path }) => path.toLowerCase());
  refuse(
    names.filter((name, index) => names.indexOf(name) !== index),
    'these files are written twice',
  );
}

function textProblems(text: string): string[] {
  return [
    ...(text.includes('\r') ? ['it has carriage returns'] : []),
    ...(text.includes('\0') ? ['it has a NUL'] : []),
    ...(text.startsWith('\uFEFF') ? ['it begins with a byte order mark'] : []),
    ...(Buffer.from(text).toString() === text ? [] : ['it is no valid Unicode']),
  ];
}

function validAssembly({ app }: ConformanceProgram): void {
  const { files } = assembled(app);
  const schemas = { 'manifest.json': manifestSchema, 'tree.json': treeSchema, 'runbook.json': runbookSchema };
  for (const [name, schema] of Object.entries(schemas)) {
    const found = files.filter(
      ({ path }) => path === name || (name === 'runbook.json' && /^stacks\/[^/]+\/runbook\.json$/.test(path)),
    );
    refuse(found.length > 0 ? [] : [name], 'these files are missing');
    refuse(
      found.flatMap(({ path, text }) => (schema.safeParse(JSON.parse(text)).success ? [] : [path])),
      'these files are not as their schema has them',
    );
  }
}

/** A secret is a marker in a file that says which secrets it holds; it stands in no word of a step and nowhere else. */
function markedSecrets(program: ConformanceProgram): void {
  const marker = `@@phoenix-secret:`;
  const { steps, files } = describedOf(program).outcome;
  const holders = placedFiles(steps).filter((file) => file.secrets?.includes(planted.$secret));
  const marked = files.filter(({ text }) => text.includes(marker));
  refuse(marked.length > 0 ? [] : [planted.$secret], 'no file holds the planted secret');
  refuse(
    marked.map(({ path }) => path).filter((path) => !holders.some(({ source }) => source === path)),
    'these files hold a secret that their step does not name',
  );
  refuse(
    steps.filter((step) => JSON.stringify(step).includes(marker)).map(({ id }) => id),
    'these steps have a secret among their words',
  );
  const others = assembled(program.app).files.filter(
    ({ path }) => !files.some((file) => path.endsWith(`/${file.path}`)),
  );
  refuse(
    others.filter(({ text }) => text.includes(marker)).map(({ path }) => path),
    'these files repeat a secret',
  );
}

function placedFiles(steps: readonly Step[]): readonly PlacedFile[] {
  return steps.flatMap((step) => (step.kind === 'file' ? [step.file] : step.kind === 'guest-file' ? step.files : []));
}

function survivesBash(program: ConformanceProgram): void {
  refuse(lostWords(describedOf(program).outcome.steps), 'bash reads the runbook without these words');
}

function describedOf({ app, resource }: ConformanceProgram): Described {
  const found = app.synthesize().described.find((entry) => entry.resource === resource);
  if (found === undefined) {
    throw unmet('no-resource', `${resource.node.path} is no resource of the app`);
  }
  return found;
}

function placeOf({ app }: ConformanceProgram, { home, path }: Pick<Described, 'home' | 'path'>) {
  return { app: app.name, path, host: home.host.hostName, pveVersion: home.host.pveVersion };
}

function expectSame(what: string, left: object, right: object): void {
  if (stableJson(left) !== stableJson(right)) {
    throw unmet('not-the-same', `${what}: ${stableJson(left, { indent: 0 })} and ${stableJson(right, { indent: 0 })}`);
  }
}

function freeze(value: unknown): void {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
}

function refuse(found: readonly string[], what: string): void {
  if (found.length > 0) {
    throw unmet('not-conformant', `${what}: ${found.join(', ')}`);
  }
}
