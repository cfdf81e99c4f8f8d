import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigDirectory } from '../../src/conf/config-directory.js';
import { App } from '../../src/core/app.js';
import { artifact, rootWith, withHost } from './folder.js';

describe('a team that keeps config files in git', () => {
  it('merges two branches that each change a guest without a conflict, and each change is of one file', () => {
    const root = rootWith(
      withHost({
        'lxc/101_a.json': { address: '10.0.0.50', cores: 1 },
        'lxc/102_b.yaml': 'address: 10.0.0.51\ncores: 1\n',
      }),
    );
    const git = (...words: string[]) => execFileSync('git', [...identity, ...words], { cwd: root, encoding: 'utf8' });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-q', '-m', 'two guests');
    const change = (branch: string, file: string, text: string): string => {
      git('checkout', '-q', '-b', branch, 'main');
      writeFileSync(join(root, 'conf.d', file), text);
      git('commit', '-q', '-a', '-m', branch);
      return git('diff', '--name-only', 'main', branch).trim();
    };
    expect(change('more-for-a', 'lxc/101_a.json', '{ "address": "10.0.0.50", "cores": 3 }')).toBe(
      'conf.d/lxc/101_a.json',
    );
    expect(change('more-for-b', 'lxc/102_b.yaml', 'address: 10.0.0.51\ncores: 4\n')).toBe('conf.d/lxc/102_b.yaml');
    git('checkout', '-q', 'main');
    git('merge', '-q', '--no-edit', 'more-for-a');
    git('merge', '-q', '--no-edit', 'more-for-b');
    const app = new App({ name: 'test', root });
    ConfigDirectory.load(app, 'conf.d');
    expect(artifact(app, 'guests/101/config.conf')).toContain('cores: 3');
    expect(artifact(app, 'guests/102/config.conf')).toContain('cores: 4');
  });
});

/** Whatever the machine's own git is set to. */
const identity = [
  '-c',
  'user.name=a',
  '-c',
  'user.email=a@example.org',
  '-c',
  'commit.gpgsign=false',
  '-c',
  'core.hooksPath=',
];
