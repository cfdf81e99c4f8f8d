import { describe, expect, it } from 'vitest';
import { checkArtifactPath } from '../../src/model/artifact.js';

describe('checkArtifactPath', () => {
  it.each([
    'manifest.json',
    'stacks/ai/root/etc/pve/firewall/950.fw',
    'a/.hidden',
    'a/ b',
    'a/ü',
    'console/x',
    'a/com10',
  ])('takes %s', (path) => {
    expect(() => checkArtifactPath(path)).not.toThrow();
  });

  it.each([
    ['../x', 'climbs'],
    ['a/../../x', 'climbs'],
    ['a/..', 'climbs'],
    ['./a', 'climbs'],
    ['/etc/passwd', 'absolute'],
    ['', 'empty part'],
    ['a//b', 'empty part'],
    ['a/', 'empty part'],
    ['C:/x', 'file names may not have'],
    ['a\\..\\b', 'file names may not have'],
    ['a\nb', 'file names may not have'],
    ['a\0', 'file names may not have'],
    ['a?', 'file names may not have'],
    ['a.', 'file names may not have'],
    ['a /b', 'file names may not have'],
    ['nul', 'reserved name'],
    ['a/CON.txt', 'reserved name'],
    ['com1', 'reserved name'],
  ])('refuses %j: %s', (path, why) => {
    expect(() => checkArtifactPath(path)).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({ code: 'artifact/path', value: path, message: expect.stringContaining(why) }),
        ],
      }),
    );
  });
});
