import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderStep } from '../../src/format/runbook-shell.js';
import type { Step } from '../../src/model/step.js';
import { runtimeFolder, temporaryFolder } from './bench.js';
import { HandMadeHost } from './hand-made.js';
import { run } from './steps.js';

const word = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom("'", '\\', '$(x)', '`x`', '\n', '--need', '', ' ', '*', '!', '"', "'\\''", '\u001b[0m', '😀'),
  )
  .map((text) => Buffer.from(text.replaceAll('\0', ''), 'utf8').toString('utf8'));

/** What the engine reads of steps that bash has read: the options of each. */
function throughBash(steps: readonly Step[]): { id: string; title: string; options: string[][] }[] {
  const file = join(temporaryFolder(), 'words.sh');
  writeFileSync(file, steps.map(renderStep).join('\n'));
  const script = `
    here=/nonexistent
    . '${runtimeFolder}/words.bash'
    { record stack ai ai; . '${file}'; } | perl -I'${runtimeFolder}' -MWords -MJson -e '
      while (my $record = Words::receive()) {
        next if $record->[0] eq "stack";
        my $step = Words::step($record, {});
        print Json::text({ map { $_ => $step->{$_} } qw(id title options) }), "\\n";
      }'`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

test('any word survives the way from a step through bash into the engine and out as JSON', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ title: word, argv: fc.array(word, { minLength: 1, maxLength: 6 }), fix: word }), {
        minLength: 50,
        maxLength: 80,
      }),
      (given) => {
        const steps = given.map(
          (one, at): Step => ({
            ...run(`s${at}`, [{ probe: 'argv', argv: one.argv, satisfied: [0], absent: [1] }], [one.argv], one.fix),
            title: one.title,
          }),
        );
        const read = throughBash(steps);
        expect(read.map(({ title, options }) => ({ title, options }))).toEqual(
          given.map(({ title, argv, fix }) => ({
            title,
            options: [
              ['probe', 'argv', '0', '1', ...argv],
              ['command', ...argv],
              ['fix', fix],
            ],
          })),
        );
      },
    ),
    { numRuns: 6 },
  );
});

test('a step kind or an option that the applier does not know ends the run instead of being left out', () => {
  for (const call of ['step guest-dance guest/1', 'step note n1 --text x --colour red']) {
    const script = `. '${runtimeFolder}/words.bash'; { record stack ai ai; ${call.replace('step ', 'record step ')}; record ask plan; } | perl '${runtimeFolder}/engine.pl'`;
    const { stderr, status } = spawnSync('bash', ['-c', `set -o pipefail; ${script}`], { encoding: 'utf8' });
    expect(stderr).toMatch(/^error: this applier knows no /);
    expect(status).toBe(1);
  }
});

test('the JSON of a plan is valid whatever bytes the host shows', () => {
  const host = new HandMadeHost();
  host.guest(100, 'memory: 512\nbogus: \u0007"\\\n');
  host.write('/etc/hostname', 'pve\n');
  host.journal(HandMadeHost.known(100));
  const config: Step = {
    kind: 'note',
    id: 'n',
    resource: 'n',
    path: 'a"b\\c',
    title: 'é\u2028',
    needs: [],
    text: '\t\u0001😀',
  };
  const plan = host.plan([config]);
  expect(plan.n).toMatchObject({ path: 'a"b\\c', title: 'é\u2028', reason: '\t\u0001😀' });
});
