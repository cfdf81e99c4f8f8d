import { describe, expect, it } from 'vitest';
import { ConfigDirectory } from '../../src/conf/config-directory.js';
import { frameFields } from '../../src/conf/frame.js';
import { guestKinds } from '../../src/conf/guest-kind.js';
import { sections } from '../../src/conf/sections/all.js';
import { App } from '../../src/core/app.js';
import { explain } from '../../src/core/explain.js';
import { documentedFiles, documentText, writeFiles } from '../support/documented-files.js';
import { rootWith } from './folder.js';

const files = documentedFiles('docs/configuration.md');

describe('docs/configuration.md', () => {
  it('shows files that load and synthesize without a finding that stops', () => {
    const root = rootWith({});
    writeFiles(root, files);
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

  it('shows what explain says of these files', () => {
    const root = rootWith({});
    writeFiles(root, files);
    const app = new App({ name: 'docs', root });
    ConfigDirectory.load(app, 'conf.d');
    const { values } = explain(app.synthesize().described, { subject: '950', key: 'memory' });
    const { place } = values[0]?.chain.at(-1) ?? {};
    expect(place).toBeDefined();
    expect(documentText('docs/configuration.md')).toContain(`${place?.file}:${place?.line}:${place?.column}  ← wins`);
  });

  it('names every section, every kind of guest and every key beside the props', () => {
    const words = [
      ...sections.map(({ key }) => key),
      ...guestKinds.map(({ kind }) => kind),
      ...Object.keys(frameFields),
    ];
    expect(words.filter((word) => !documentText('docs/configuration.md').includes(`\`${word}\``))).toEqual([]);
  });
});
