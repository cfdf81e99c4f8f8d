import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigDirectory } from '../../src/conf/config-directory.js';
import { frameFields } from '../../src/conf/frame.js';
import { guestKinds } from '../../src/conf/guest-kind.js';
import { sections } from '../../src/conf/sections/all.js';
import { App } from '../../src/core/app.js';
import { allDocumentedFiles, configurationText } from './documented-files.js';
import { rootWith } from './folder.js';

const files = allDocumentedFiles();

describe('docs/configuration.md', () => {
  it('shows files that load and synthesize without a finding that stops', () => {
    const root = rootWith({});
    for (const { path, content } of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    expect(files.length).toBeGreaterThan(6);
    const app = new App({ name: 'docs', root });
    ConfigDirectory.load(app, 'conf.d');
    expect(
      app
        .synthesize()
        .findings.filter(({ severity }) => severity !== 'info')
        .map(({ code, message }) => `${code} ${message}`),
    ).toEqual([]);
  });

  it('names every section, every kind of guest and every key beside the props', () => {
    const words = [
      ...sections.map(({ key }) => key),
      ...guestKinds.map(({ kind }) => kind),
      ...Object.keys(frameFields),
    ];
    expect(words.filter((word) => !configurationText.includes(`\`${word}\``))).toEqual([]);
  });
});
