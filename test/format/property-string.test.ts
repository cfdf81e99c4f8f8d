import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PhoenixError } from '../../src/base/errors.js';
import {
  lxcDevice,
  lxcFeatures,
  lxcMountPoint,
  lxcNet,
  lxcRootfs,
  type PropertyFormat,
  parsePropertyString,
  renderPropertyString,
  startup,
} from '../../src/format/property-string.js';

function codesOf(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    return PhoenixError.isPhoenixError(error) ? error.problems.map(({ code }) => code) : [String(error)];
  }
  return [];
}

/** Each text as Proxmox writes it. */
const written: readonly (readonly [string, string, PropertyFormat, Record<string, string>])[] = [
  [
    'net',
    'name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.1,hwaddr=BC:24:11:00:09:50,ip=10.0.0.50/24,type=veth',
    lxcNet,
    {
      type: 'veth',
      ip: '10.0.0.50/24',
      hwaddr: 'BC:24:11:00:09:50',
      gw: '10.0.0.1',
      firewall: '1',
      bridge: 'vmbr0',
      name: 'eth0',
    },
  ],
  [
    'net with tags',
    'name=eth1,bridge=vmbr1,tag=10,trunks=2;3',
    lxcNet,
    { trunks: '2;3', name: 'eth1', bridge: 'vmbr1', tag: '10' },
  ],
  [
    'mount point',
    '/tank/models,mp=/models,backup=0,mountoptions=noatime;nodev,ro=1',
    lxcMountPoint,
    { volume: '/tank/models', ro: '1', mp: '/models', mountoptions: 'noatime;nodev', backup: '0' },
  ],
  ['root', 'local-zfs:subvol-950-disk-0,size=32G', lxcRootfs, { size: '32G', volume: 'local-zfs:subvol-950-disk-0' }],
  ['path with an equals sign', 'volume=/mnt/a=b,mp=/a', lxcMountPoint, { volume: '/mnt/a=b', mp: '/a' }],
  ['value with an equals sign', 'name=eth0,x=a=b', lxcNet, { name: 'eth0', x: 'a=b' }],
  ['device', '/dev/nvidia0,gid=44,mode=0660', lxcDevice, { gid: '44', mode: '0660', path: '/dev/nvidia0' }],
  ['device without path', 'gid=44', lxcDevice, { gid: '44' }],
  ['features', 'keyctl=1,mount=nfs;cifs,nesting=1', lxcFeatures, { nesting: '1', mount: 'nfs;cifs', keyctl: '1' }],
  ['startup', 'order=2,down=60,up=30', startup, { up: '30', down: '60', order: '2' }],
];

describe('a property string', () => {
  test.each(written)('of a %s is written in the order of Proxmox and read back: %s', (_, text, format, record) => {
    expect(renderPropertyString(record, format)).toBe(text);
    expect(parsePropertyString(text, format)).toEqual(record);
  });

  test.each([
    ['volume named', 'volume=a:b,mp=/x', lxcMountPoint, { volume: 'a:b', mp: '/x' }],
    ['default key behind others', 'mp=/x,a:b', lxcMountPoint, { volume: 'a:b', mp: '/x' }],
    ['bare order', '5,up=3', startup, { order: '5', up: '3' }],
    ['empty parts', ',,name=eth0, ,', lxcNet, { name: 'eth0' }],
    ['nothing', '', lxcNet, {}],
    ['unknown keys', 'name=eth0,later=1', lxcNet, { name: 'eth0', later: '1' }],
    ['required keys missing', 'bridge=vmbr0', lxcNet, { bridge: 'vmbr0' }],
    ['words of JavaScript', 'constructor=1,toString=2', lxcFeatures, { constructor: '1', toString: '2' }],
  ])('reads %s', (_, text, format, record) => {
    expect(parsePropertyString(text, format)).toEqual(record);
  });

  test('needs no format when every key is named', () => {
    expect(parsePropertyString('a=1,b=2')).toEqual({ a: '1', b: '2' });
    expect(codesOf(() => parsePropertyString('1,b=2'))).toEqual(['property/bare']);
  });

  test.each([
    ['name=eth0,name=eth1', lxcNet, ['property/duplicate']],
    ['a:b,volume=c:d', lxcMountPoint, ['property/duplicate']],
    ['a:b,c:d', lxcMountPoint, ['property/duplicate']],
    ['eth0', lxcNet, ['property/bare']],
    ['name=', lxcNet, ['value/empty']],
    ['=eth0', lxcNet, ['property/key']],
    ['__proto__=1', lxcNet, ['property/key']],
    ['/mnt/a=b,mp=/a', lxcMountPoint, ['property/key']],
    ['eth0,name=,x=1,x=2', lxcNet, ['property/bare', 'value/empty', 'property/duplicate']],
  ])('%s cannot be read', (text, format, codes) => {
    expect(codesOf(() => parsePropertyString(text, format))).toEqual(codes);
  });

  test.each([
    [{ name: 'a,b' }, ['value/comma']],
    [{ name: 'a\nb' }, ['value/newline']],
    [{ name: 'a\0' }, ['value/newline']],
    [{ name: '' }, ['value/empty']],
    [{ name: ' ' }, ['value/empty']],
    [{ bridge: 'vmbr0' }, ['property/missing']],
    [{ name: 'eth0', 'a b': '1' }, ['property/key']],
    [{ a: ',\r', b: '' }, ['property/missing', 'value/comma', 'value/newline', 'value/empty']],
  ])('%j cannot be written', (record, codes) => {
    expect(codesOf(() => renderPropertyString(record as Record<string, string>, lxcNet))).toEqual(codes);
  });

  test('reads back what it writes, for any values that can be written', () => {
    const keys = fc.stringMatching(/^[A-Za-z][\w-]{0,6}$/);
    const values = fc
      .string({
        unit: fc.oneof(fc.constantFrom(...'=;: \t%#"'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
      })
      .filter((text) => /[^ \t\n\v\f\r]/.test(text) && !/[,\n\r\0]/.test(text));
    const formats = fc.constantFrom<PropertyFormat>(...[lxcDevice, lxcFeatures, startup]);
    fc.assert(
      fc.property(fc.dictionary(keys, values), fc.option(values), formats, (record, first, format) => {
        const full = { ...record, ...(first !== null && { [format.defaultKey ?? 'some']: first }) };
        expect(parsePropertyString(renderPropertyString(full, format), format)).toEqual(full);
      }),
      { numRuns: 500 },
    );
  });
});
