import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunbookHeader, renderRunbookShell, renderStep } from '../../src/format/runbook-shell.js';
import { everyStep, everyStepInOrder } from '../model/every-step.js';
import { describeWithTool } from '../support/tool.js';

const header: RunbookHeader = {
  app: 'small',
  host: 'pve',
  pveVersion: '9.1',
  stack: 'ai',
  order: 2,
  restart: 'when-needed',
};

describe('a step as shell', () => {
  it('is one call, an option a line', () => {
    expect(renderStep(everyStep['guest-config'])).toBe(
      [
        'step guest-config guest/950/config',
        '--resource guest/950',
        '--path ai/guest/950/config',
        '--title guest/950/config',
        '--need guest/950/create',
        '--guest lxc 950',
        '--key memory live 512',
        '--key dev0 restart /dev/nvidia0',
        "--volume rootfs restart fast 1024 ''",
        '--volume scsi0 restart fast 2048 discard=on',
        "--volume ide2 restart fast 0 ''",
        '--generated mac live',
        '--absent mp0 restart',
        "--marker 'phoenix-cdk app=x'",
        '--added dev0 live',
        '--import scsi0 local:import/noble.qcow2',
        '--cloudinit ide2',
        '--own-raw',
        '--raw lxc.cap.drop sys_admin',
        '--clean-clone',
      ]
        .join(' \\\n  ')
        .concat('\n'),
    );
  });

  it('says what is needed, exclusive, part of a template, and why', () => {
    expect(renderStep(everyStep['zfs-pool'])).toContain('--exclusive zpool/tank');
    expect(renderStep(everyStep['guest-run'])).toContain('--until-template 950');
    expect(renderStep(everyStep.run)).toContain('--why because');
  });

  it('counts the words of what may have any number of them', () => {
    expect(renderStep(everyStep.run)).toContain("--probe 6 argv 0 1 test -e '/it'\\''s'");
    expect(renderStep(everyStep.run)).toContain("--command 2 touch '/it'\\''s $(here)'");
    expect(renderStep(everyStep['zfs-pool'])).toContain('--vdev 3 mirror /dev/disk/by-id/a /dev/disk/by-id/b');
  });

  it('of every kind begins with the kind and its id', () => {
    for (const step of everyStepInOrder) {
      expect(renderStep(step)).toMatch(new RegExp(`^step ${step.kind} ${step.id} \\\\\\n`));
      expect(renderStep(step)).not.toMatch(/undefined|\[object/);
    }
  });
});

describeWithTool('bash', 'a runbook', () => {
  const folder = mkdtempSync(join(tmpdir(), 'phoenix-runbook-'));
  const runbook = join(folder, 'stacks/ai/runbook.sh');
  const applier = join(folder, 'applier');
  beforeAll(() => {
    mkdirSync(join(folder, 'stacks/ai'), { recursive: true });
    writeFileSync(runbook, renderRunbookShell(header, everyStepInOrder));
    writeFileSync(applier, '#!/usr/bin/env bash\nprintf "%s\\n" "$@"\nexit 7\n');
    chmodSync(applier, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const bash = (...words: string[]) => spawnSync('bash', words, { cwd: '/', encoding: 'utf8' });

  it('hands over to the applier when it is run by itself, from anywhere', () => {
    expect(bash(runbook)).toMatchObject({ status: 7, stdout: 'plan\n--stack\nai\n' });
    expect(bash(runbook, 'apply', '--only', 'a b')).toMatchObject({
      status: 7,
      stdout: 'apply\n--stack\nai\n--only\na b\n',
    });
  });

  it('calls the functions of whoever reads it, with the words as they were', () => {
    const script = 'stack() { printf "[%s]" stack "$@"; echo; }; step() { printf "[%s]" step "$@"; echo; }; . "$1"';
    const { status, stdout } = bash('-c', script, 'bash', runbook);
    const calls = stdout.split('\n');
    expect(status).toBe(0);
    expect(calls[0]).toBe('[stack][ai][--app][small][--host][pve][--pve][9.1][--order][2][--restart][when-needed]');
    const steps = stdout.split(/^\[step\]/m).slice(1);
    expect(steps).toHaveLength(everyStepInOrder.length);
    expect(stdout).toContain("[--command][2][touch][/it's $(here)]");
    expect(stdout).toContain('[--text][Two\nlines | with `marks`]');
  });

  it('keeps every text that a step may hold, whatever a shell would make of it', () => {
    const script = 'step() { while [[ $1 != --text ]]; do shift; done; printf "%s\\0" "$2"; }; . <(cat)';
    const nasty = fc
      .string({ unit: 'binary' })
      .filter((text) => text !== '' && !text.includes('\0') && Buffer.from(text).toString() === text);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(nasty, fc.constantFrom("'", '\\', '$(id)', '`id`', '\n', '-n', '*', '!', '~')), {
          minLength: 1,
        }),
        (texts) => {
          const input = texts.map((text) => renderStep({ ...everyStep.note, text })).join('');
          const { stdout } = spawnSync('bash', ['-c', script], { input, encoding: 'utf8' });
          expect(stdout.split('\0').slice(0, -1)).toEqual(texts);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('cannot be left by the name of an app, a host or a stack', () => {
    const odd: RunbookHeader = { ...header, stack: "a'; touch /tmp/x; '", host: 'p$(id)' };
    const { stdout } = spawnSync('bash', ['-c', 'step() { :; }; stack() { printf "[%s]" "$1" "$5"; }; . <(cat)'], {
      input: renderRunbookShell(odd, []),
      encoding: 'utf8',
    });
    expect(stdout).toBe("[a'; touch /tmp/x; '][p$(id)]");
  });
});

describeWithTool('shellcheck', 'shellcheck', () => {
  it('has nothing to say of a runbook with every kind of step', () => {
    const input = renderRunbookShell(header, everyStepInOrder);
    // SC2016 wonders whether a `$` in single quotes was to be expanded. It never is.
    const { status, stdout } = spawnSync('shellcheck', ['--shell=bash', '--exclude=SC2016', '-'], {
      input,
      encoding: 'utf8',
    });
    expect([stdout, status]).toEqual(['', 0]);
  });
});
