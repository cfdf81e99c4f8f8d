import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PhoenixError } from '../../src/base/errors.js';
import { canonicalInterfacesFile, interfaceKind } from '../../src/format/interfaces-canonical.js';
import {
  type InterfaceConfig,
  interfaceText,
  parseInterfaces,
  replaceInterfaces,
} from '../../src/format/interfaces-file.js';

const host = `# by hand
auto lo eno1
iface lo inet loopback

iface eno1 inet manual
# the card

auto vmbr0
iface vmbr0 inet static
    address 10.0.0.2/24
	bridge-ports eno1

auto vmbr9
iface vmbr9 inet manual
	bridge-ports none

source /etc/network/interfaces.d/*
`;

const bridge: InterfaceConfig = {
  name: 'vmbr0',
  autostart: true,
  stanzas: [
    {
      family: 'inet',
      method: 'static',
      options: [
        ['address', '10.0.0.3/24'],
        ['bridge-ports', 'eno1'],
      ],
      comments: ['ours'],
    },
  ],
};
const bridgeText = 'auto vmbr0\niface vmbr0 inet static\n\taddress 10.0.0.3/24\n\tbridge-ports eno1\n#ours\n';

function codesOf(config: InterfaceConfig): string[] {
  try {
    interfaceText(config);
  } catch (error) {
    return PhoenixError.isPhoenixError(error) ? error.problems.map(({ code }) => code) : [String(error)];
  }
  return [];
}

describe('/etc/network/interfaces', () => {
  test('gives its interfaces with options and comments', () => {
    const { interfaces, oddities } = parseInterfaces(host);
    expect(interfaces.map(({ name, autostart }) => [name, autostart])).toEqual([
      ['lo', true],
      ['eno1', true],
      ['vmbr0', true],
      ['vmbr9', true],
    ]);
    expect(interfaces[1]?.stanzas).toEqual([
      { family: 'inet', method: 'manual', options: [], comments: [' the card'] },
    ]);
    expect(oddities).toEqual([]);
  });

  test('has one interface replaced and every other byte kept', () => {
    const before = 'auto vmbr0\niface vmbr0 inet static\n    address 10.0.0.2/24\n\tbridge-ports eno1\n';
    expect(replaceInterfaces(host, { put: [bridge] })).toBe(host.replace(before, bridgeText));
    expect(replaceInterfaces(host, {})).toBe(host);
  });

  test('gets a new interface at the end, once', () => {
    const added = { ...bridge, name: 'vmbr5' };
    const text = replaceInterfaces(host, { put: [added] });
    expect(text).toBe(`${host}\n${bridgeText.replaceAll('vmbr0', 'vmbr5')}\n`);
    expect(replaceInterfaces(text, { put: [added] })).toBe(text);
    expect(replaceInterfaces('', { put: [bridge] })).toBe(`${bridgeText}\n`);
    expect(replaceInterfaces('auto lo', { put: [bridge] })).toBe(`auto lo\n\n${bridgeText}\n`);
  });

  test('loses an interface with its name in lines of others', () => {
    const gone = replaceInterfaces(host, { remove: ['eno1', 'vmbr9'] });
    expect(gone).toBe(
      host
        .replace('auto lo eno1', 'auto lo')
        .replace('iface eno1 inet manual\n# the card\n\n', '')
        .replace('auto vmbr9\niface vmbr9 inet manual\n\tbridge-ports none\n\n', ''),
    );
  });

  test('gets all families of an interface in one place', () => {
    const text = 'iface a inet dhcp\n\niface b inet dhcp\n\niface a inet6 auto\n\n';
    const put = [{ name: 'a', autostart: false, stanzas: [{ options: [['mtu', '9000'] as const], comments: [] }] }];
    expect(replaceInterfaces(text, { put })).toBe('iface a\n\tmtu 9000\n\niface b inet dhcp\n\n');
  });

  test.each([
    ['vmbr0', [['bridge_ports', 'none']], 'bridge'],
    ['bond0', [], 'bond'],
    ['vlan5', [['vlan-raw-device', 'bond0']], 'vlan'],
    ['bond0.5', [], 'vlan'],
    ['eno1:1', [], 'alias'],
    ['enp3s0f0', [], 'eth'],
    ['eno1', [['ovs_type', 'OVSPort']], 'other'],
    ['lo', [], 'loopback'],
    ['wg0', [], 'other'],
  ] as const)('calls %s with %j a %s', (name, options, kind) => {
    expect(interfaceKind({ name, autostart: true, stanzas: [{ options, comments: [] }] })).toBe(kind);
  });

  test.each<[Partial<InterfaceConfig>, string[]]>([
    [{ name: 'a b' }, ['interfaces/name']],
    [{ stanzas: [{ options: [['', 'x']], comments: [] }] }, ['interfaces/option']],
    [{ stanzas: [{ options: [['iface', 'x']], comments: [] }] }, ['interfaces/option']],
    [{ stanzas: [{ options: [['up', '']], comments: [] }] }, ['interfaces/option']],
    [
      { stanzas: [{ options: [['up', 'a\nauto b']], comments: ['a\nb', 'c '] }] },
      ['value/newline', 'value/newline', 'value/blank'],
    ],
    [{ stanzas: [{ family: 'inet', method: '', options: [], comments: [] }] }, ['interfaces/option']],
  ])('cannot hold %j', (part, codes) => {
    expect(codesOf({ ...bridge, ...part })).toEqual(codes);
  });

  const word = fc
    .stringMatching(/^[a-z][a-z-]{0,8}$/)
    .filter((text) => !/^(?:iface|mapping|auto|source|allow-)/.test(text));
  const value = fc.string().filter((text) => text !== '' && text.trim() === text && !/[\n\r\0]/.test(text));
  const stanza = fc.record({
    family: fc.constantFrom('inet' as const, 'inet6' as const),
    method: word,
    options: fc.array(fc.tuple(word, value), { maxLength: 4 }),
    comments: fc.array(
      fc.string().filter((text) => text.trimEnd() === text && !/[\n\r\0]/.test(text)),
      { maxLength: 2 },
    ),
  });
  const config = fc.record({
    name: fc.stringMatching(/^[a-z][a-z0-9_]{1,8}(\.\d)?$/),
    autostart: fc.boolean(),
    stanzas: fc.array(stanza, { minLength: 1, maxLength: 2 }),
  });

  test('is read back as it was given', () => {
    fc.assert(
      fc.property(fc.uniqueArray(config, { selector: ({ name }) => name, maxLength: 4 }), (put) => {
        const text = replaceInterfaces('', { put });
        expect(parseInterfaces(text)).toMatchObject({ interfaces: put, oddities: [] });
        expect(replaceInterfaces(text, { put })).toBe(text);
        expect(replaceInterfaces(replaceInterfaces(host, { put }), { remove: put.map(({ name }) => name) })).toContain(
          host,
        );
      }),
      { numRuns: 200 },
    );
  });

  test('loses no byte, whatever stands in it, and is canonical when written twice', () => {
    const line = fc.oneof(fc.constantFrom(...host.split('\n')), fc.string());
    fc.assert(
      fc.property(fc.array(line, { maxLength: 15 }), (lines) => {
        const text = lines.join('\n');
        expect(
          parseInterfaces(text)
            .pieces.map(({ raw }) => raw)
            .join(''),
        ).toBe(text);
        expect(replaceInterfaces(text, {})).toBe(text);
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(host.split('\n\n')), (parts) => {
        const once = canonicalInterfacesFile(`${parts.join('\n\n')}\n`);
        expect(canonicalInterfacesFile(once)).toBe(once);
      }),
    );
  });
});
