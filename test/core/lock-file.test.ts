import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLockFile, renderLockFile } from '../../src/core/lock-file.js';

describe('the lock file', () => {
  it('has one line an entry, sorted', () => {
    const entries = new Map([
      ['vmid ai/qwen', '1001'],
      ['mac ai/qwen', 'BC:24:11:00:00:01'],
    ]);
    expect(renderLockFile(entries)).toBe(
      '{\n  "version": "1",\n  "mac ai/qwen": "BC:24:11:00:00:01",\n  "vmid ai/qwen": "1001"\n}\n',
    );
  });

  it('reads back what it wrote, whatever the paths are called', () => {
    const key = fc.string({ unit: 'grapheme' }).map((path) => `vmid ${path}`);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(key, fc.string()), { selector: ([it]) => it }), (entries) => {
        expect(parseLockFile(renderLockFile(new Map(entries)))).toEqual(new Map(entries));
      }),
    );
  });

  it('does not depend on the order of the entries', () => {
    const entries = [
      ['b', '1'],
      ['a', '2'],
      ['C', '3'],
    ] as const;
    expect(renderLockFile(new Map(entries))).toBe(renderLockFile(new Map([...entries].reverse())));
  });

  it.each(['', 'x', '[]', 'null', '"a"', '{"vmid a": 1}', '{"version": "1", "vmid a": null}'])('refuses %j', (text) => {
    expect(() => parseLockFile(text)).toThrow(
      expect.objectContaining({
        problems: [expect.objectContaining({ code: 'lock/unreadable', fix: expect.any(String) })],
      }),
    );
  });

  it('refuses a later version, and says what to update', () => {
    expect(() => parseLockFile('{"version": "2"}')).toThrow('lock/too-new');
    expect(() => parseLockFile('{"version": 1}')).toThrow('lock/too-new');
  });
});
