import { describe, expect, it } from 'vitest';
import { readAppCommand } from '../../src/cli/app-command.js';

describe('the command of a program', () => {
  it.each([
    ['node dist/main.js', ['node', 'dist/main.js']],
    ['node  --import tsx\tsrc/main.ts ', ['node', '--import', 'tsx', 'src/main.ts']],
    [`node "my program.js" 'a b' c'd'"e"`, ['node', 'my program.js', 'a b', 'cde']],
    ['node dist\\main.js', ['node', 'dist\\main.js']],
    [`node main.js '' 'a && b'`, ['node', 'main.js', '', 'a && b']],
  ])('splits %j without a shell', (app, words) => {
    expect(readAppCommand(app, 'linux')).toEqual({ file: words[0], words: words.slice(1) });
  });

  it.each([
    'npx tsc && node dist/main.js',
    'node main.js | tee log',
    'DEBUG=1 node main.js',
    'node "$HOME/main.js"',
    'node src/*.js',
    `node 'unfinished`,
  ])('leaves %j to a shell', (app) => {
    expect(readAppCommand(app, 'linux')).toEqual({ shellLine: app });
  });

  it('starts a list of words as it stands', () => {
    expect(readAppCommand(['node', 'a && b'], 'linux')).toEqual({ file: 'node', words: ['a && b'] });
  });

  it('knows that Windows starts batch files only in a shell', () => {
    expect(readAppCommand('npx tsx src/main.ts', 'linux')).toEqual({ file: 'npx', words: ['tsx', 'src/main.ts'] });
    expect(readAppCommand('npx tsx src/main.ts', 'win32')).toEqual({ shellLine: 'npx tsx src/main.ts' });
    expect(readAppCommand('node dist\\main.js', 'win32')).toEqual({ file: 'node', words: ['dist\\main.js'] });
  });
});
