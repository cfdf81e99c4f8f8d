import { describe, expect, it } from 'vitest';
import { CloudImage } from '../../src/storage/cloud-image.js';
import type { ImageSource } from '../../src/storage/image-source.js';
import { IsoImage } from '../../src/storage/iso-image.js';
import { OciImage } from '../../src/storage/oci-image.js';
import { OsTemplate } from '../../src/storage/os-template.js';
import { Storage } from '../../src/storage/storage.js';
import { Match } from '../../src/testing/index.js';
import { codesOf, SmallHost } from '../support/small-host.js';

const sha256 = 'a'.repeat(64);
const url = 'https://cloud.test/noble.img';

describe('an image of a disk', () => {
  it('is fetched under the name that it has on the storage, and checked', () => {
    const host = new SmallHost();
    const image = CloudImage.fromUrl(host.local, 'noble.qcow2', { url, sha256 });
    expect(image.volume).toBe('local:import/noble.qcow2');
    host.synth().hasStep('image/local:import/noble.qcow2/file', {
      kind: 'download',
      storage: 'local',
      content: 'import',
      file: 'noble.qcow2',
      from: { url },
      checksum: { algorithm: 'sha256', value: sha256 },
      needs: ['storage/local/entry'],
    });
  });

  it('that somebody else keeps is only looked for', () => {
    const host = new SmallHost();
    CloudImage.fromName(host.local, 'noble.qcow2');
    const step = { from: 'nowhere', checksum: Match.absent() };
    host.synth().hasStep('image/local:import/noble.qcow2/file', step);
  });

  it.each<[string, object, string]>([
    ['noble.img', { url, sha256 }, 'download/name'],
    ['a b.qcow2', { url, sha256 }, 'download/name'],
    ['../a.qcow2', { url, sha256 }, 'download/name'],
    ['a.qcow2', { url }, 'download/checksum'],
    ['a.qcow2', { url, sha256: 'abc' }, 'download/checksum'],
    ['a.qcow2', { url, sha512: sha256 }, 'download/checksum'],
    ['a.qcow2', { url, sha256, sha512: 'b'.repeat(128) }, 'download/checksum'],
    ['a.qcow2', { url: 'ftp://x/a', sha256 }, 'download/url'],
    ['a.qcow2', { url: 'https://me:hunter22@x.test/a.qcow2', sha256 }, 'download/url'],
    ['a.qcow2', { url: 'https://x/a.qcow2.xz', sha256 }, 'download/compressed'],
    ['a.qcow2', { sha256 }, 'config/missing'],
  ])('is refused: %s %o', (file, source, code) => {
    const { local } = new SmallHost();
    expect(codesOf(() => CloudImage.fromUrl(local, file, source as ImageSource))).toEqual([code]);
  });

  it('lies on a storage that takes images to import', () => {
    const { base } = new SmallHost();
    const storage = Storage.dir(base, 'isos', { path: '/srv', content: ['iso'] });
    expect(codesOf(() => CloudImage.fromUrl(storage, 'a.qcow2', { url, sha256 }))).toEqual(['storage/content']);
    expect(codesOf(() => IsoImage.fromUrl(storage, 'a.iso', { url, sha256 }))).toEqual([]);
  });
});

describe('a medium', () => {
  it.each(['debian.iso', 'memtest.img', 'WIN.ISO'])('may be called %s', (file) => {
    const host = new SmallHost();
    expect(IsoImage.fromName(host.local, file).volume).toBe(`local:iso/${file}`);
  });

  it('has a name of its own kind', () => {
    const { local } = new SmallHost();
    expect(codesOf(() => IsoImage.fromName(local, 'debian.qcow2'))).toEqual(['download/name']);
  });
});

describe('an image of an application', () => {
  it.each([
    ['docker.io/library/nginx:1.27', 'nginx_1.27.tar'],
    ['ghcr.io/open-webui/open-webui:v0.6.5', 'open-webui_v0.6.5.tar'],
    ['registry.lan:5000/team/app__x:latest', 'app__x_latest.tar'],
    ['nginx:1', 'nginx_1.tar'],
  ])('%s lies on the storage as %s', (reference, file) => {
    const host = new SmallHost();
    expect(OciImage.fromRegistry(host.local, reference).volume).toBe(`local:vztmpl/${file}`);
    host.synth().hasStep(`archive/local:vztmpl/${file}/file`, { from: { oci: reference }, content: 'vztmpl' });
  });

  it('is what a container may be made from, under a name of its own', () => {
    const host = new SmallHost();
    const from = OciImage.fromRegistry(host.local, 'docker.io/library/nginx:1.27', { file: 'web.tar' });
    host.container('web', { vmid: 120, from });
    host.synth().hasStep('guest/120/create', {
      source: { from: 'archive', volume: 'local:vztmpl/web.tar' },
      needs: Match.arrayWith(['archive/local:vztmpl/web.tar/file']),
    });
  });

  it.each(['nginx', 'docker.io/library/nginx@sha256:00', 'Nginx:1', 'https://docker.io/nginx:1', 'nginx:', 'a//b:1'])(
    'is refused: %s',
    (reference) => {
      const { local } = new SmallHost();
      expect(codesOf(() => OciImage.fromRegistry(local, reference))).toEqual(['download/reference']);
    },
  );

  it('is there from 9.1 on', () => {
    const { local } = new SmallHost({ host: { pveVersion: '9.0' } });
    expect(codesOf(() => OciImage.fromRegistry(local, 'nginx:1'))).toEqual(['download/needs-release']);
    expect(codesOf(() => OciImage.fromName(local, 'nginx_1.tar'))).toEqual(['download/needs-release']);
  });
});

it('an archive that somebody else keeps is only looked for', () => {
  const host = new SmallHost();
  OsTemplate.fromName(host.local, 'own.tar.zst');
  host.synth().hasStep('archive/local:vztmpl/own.tar.zst/file', { from: 'nowhere' });
});
