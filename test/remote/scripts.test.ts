import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { assetPath } from '../../src/base/package-root.js';
import { describeWithTool } from '../support/tool.js';

describeWithTool('shellcheck', 'what runs on a node besides the applier', () => {
  it.each(readdirSync(assetPath('remote')))('%s is executable, and clean for shellcheck', (name) => {
    const path = assetPath(`remote/${name}`);
    expect(spawnSync('shellcheck', [path], { encoding: 'utf8' })).toMatchObject({ stdout: '', status: 0 });
    expect(statSync(path).mode & 0o111).toBe(0o111);
  });
});
