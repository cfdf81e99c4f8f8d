import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { stepSchema } from '../../../src/model/step.js';
import { hasGpg } from '../vault.js';
import { batchesOf, hasWayOut } from './batches.js';
import { Lab } from './lab.js';
import { matches } from './lines.js';
import { page } from './page.js';
import { type Picture, pictureOf } from './picture.js';
import type { Row } from './row.js';
import { kindsWithRows, rows } from './rows.js';
import { type Seen, seen } from './run.js';

// A batch of rows costs seven runs of the applier; on a busy machine that takes its time and proves nothing.
vi.setConfig({ testTimeout: 240_000 });

describe.each(kindsWithRows)('%s', (_kind, ofKind) => {
  test.for(ofKind.map((row) => [`${row.what}: ${row.outcome}`, row] as const))('%s', async ([, row], { skip }) => {
    skip(row.program === 'vault' && !hasGpg, 'there is no gpg');
    const batch = batchOf(row);
    const end = await endOf(batch);
    expect(end.idle, 'changed nothing').not.toContain(row);
    expect(
      apart(
        end.plan,
        row.plan,
        batch.flatMap(({ plan }) => plan),
      ),
    ).toEqual({ lacks: [], more: [] });
    expect(
      apart(
        end.drift,
        row.drift,
        batch.flatMap(({ drift }) => drift),
      ),
    ).toEqual({ lacks: [], more: [] });
    expectEnd(row, end);
    expect(end.strangeRecords).toEqual([]);
  });
});

test('every kind of step has rows, or says why it has none', () => {
  const kinds = stepSchema.options.map(({ shape }) => shape.kind.value);
  expect(Object.keys(rows).sort()).toEqual([...kinds].sort());
  expect(kindsWithRows.filter(([, ofKind]) => ofKind.length === 0)).toEqual([]);
  const names = kindsWithRows.flatMap(([kind, ofKind]) => ofKind.map(({ what }) => `${kind}: ${what}`));
  expect(new Set(names).size).toBe(names.length);
});

test('the page of the documentation says the same', async () => {
  const docs = fileURLToPath(new URL('../../../docs', import.meta.url));
  await expect(page(rows)).toMatchFileSnapshot(join(docs, 'drift.md'));
});

const batches = batchesOf(kindsWithRows.flatMap(([, ofKind]) => ofKind));
const labs = new Map<Row['program'], Promise<{ lab: Lab; before: Picture }>>();
const ends = new Map<readonly Row[], Seen>();

afterAll(async () => {
  for (const made of labs.values()) {
    (await made).lab.remove();
  }
});

function batchOf(row: Row): readonly Row[] {
  return batches.find((batch) => batch.includes(row)) ?? [row];
}

/** What became of a batch; its rows share it, and rows of one program the applied node. */
async function endOf(batch: readonly Row[]): Promise<Seen> {
  const program = batch[0]?.program ?? 'lab';
  const made = labs.get(program) ?? applied(program);
  labs.set(program, made);
  const { lab, before } = await made;
  const end = ends.get(batch) ?? seen(lab, before, batch);
  ends.set(batch, end);
  return end;
}

async function applied(program: Row['program']): Promise<{ lab: Lab; before: Picture }> {
  const lab = program === 'lab' ? Lab.applied() : await Lab.withSecrets();
  return { lab, before: pictureOf(lab.node) };
}

/** What a row expects to be said in vain, and what is said that no row of its batch expects. */
function apart(lines: readonly string[], ofRow: readonly string[], ofBatch: readonly string[]) {
  return {
    lacks: ofRow.filter((expected) => !lines.some((line) => matches(line, expected))),
    more: lines.filter((line) => ![...ofBatch, 'note odds/pve/note: …'].some((expected) => matches(line, expected))),
  };
}

/** How the applier ended, beside the ways in which the node then is another one than it should be. */
function expectEnd(row: Row, end: Seen): void {
  const { outcome, flags, verify } = row;
  const status = outcome === 'stops' ? 1 : 0;
  expect({ after: end.afterApply, ...end.apply }).toMatchObject({ after: [], status });
  if (outcome === 'held') {
    expect(end.apply.stdout).toContain(flags.join(' '));
    expect({ after: end.afterAllowed, ...end.allowed }).toMatchObject({ after: [], status });
  }
  if (outcome === 'told' || outcome === 'left') {
    expect(end.apply.stdout).toMatch(/^Nothing to do/);
  }
  if (hasWayOut(row)) {
    expect({ after: end.afterWayOut, ...end.wayOut }).toMatchObject({ after: [], status: 0 });
  }
  if (verify !== undefined) {
    expect(end.verify).toMatchObject({ status: 1, stdout: expect.stringContaining(verify) });
  }
  if (outcome !== 'stops' || hasWayOut(row)) {
    expect(end.again?.stdout).toMatch(/^Nothing to do/);
  }
  expect({ after: end.afterRepair, ...end.repair }).toMatchObject({ after: [], status });
}
