import { expect, it } from 'vitest';
import { DirectoryMapping } from '../../src/host/directory-mapping.js';
import { Storage } from '../../src/storage/storage.js';
import { problemsOf, SmallHost } from '../support/small-host.js';

it('a letter that Proxmox would store as another one is refused, at all places at once', () => {
  const small = new SmallHost();
  Storage.dir(small.base, 'photos', { path: '/srv/Bücher', content: ['iso'] });
  new DirectoryMapping(small.base, 'books', { path: '/srv/books', description: 'Größe' });
  small.container('web', { mounts: [{ source: '/srv/Bücher', target: '/books' }] });
  const found = problemsOf(() => small.synth()).filter(({ code }) => code === 'config/not-ascii');
  expect(found.map(({ path, message }) => [path, message])).toEqual([
    ['ai/web', expect.stringMatching(/^mp0 of guest\/\d+ holds `ü`/)],
    ['base/books', expect.stringMatching(/^description of mapping\/dir\/books holds `ö`/)],
    ['base/photos', expect.stringMatching(/^path of storage\/photos holds `ü`/)],
  ]);
});

it('names of constructs, files inside guests and notes may hold any letter', () => {
  const small = new SmallHost();
  small.container('büro', { hostname: 'office', files: [{ target: '/srv/größe', content: 'ü' }] });
  expect(problemsOf(() => small.synth())).toEqual([]);
});
