import { describe, expect, it } from 'vitest';
import type { GuestFileProps, LxcContainerProps } from '../../src/lxc/props.js';
import { content, renderContent } from '../../src/model/content.js';
import { envContent, jsonContent, yamlContent } from '../../src/secrets/config-content.js';
import { Secret } from '../../src/secrets/secret.js';
import { codesOf, problemsOf, SmallHost } from '../support/small-host.js';

const token = Secret.fromVault('hf/token');

describe('a secret in a program', () => {
  it('stands in a file as a place, whole or a field of it', () => {
    const heads = Secret.fromVault('samba/heads');
    expect(renderContent(content`${heads.field('user')}:"${heads.as('json')}" ${token}`)).toEqual({
      text: '@@phoenix-secret:raw:samba/heads#user@@:"@@phoenix-secret:json:samba/heads@@" @@phoenix-secret:raw:hf/token@@',
      secrets: ['samba/heads', 'hf/token'],
    });
  });

  it.each(['A', '../x', 'a b', ''])('is refused with the name %j', (name) => {
    expect(() => Secret.fromVault(name)).toThrow('secret/name');
  });

  it.each(['', 'a b', '#', 'a@@'])('is refused with the field %j', (name) => {
    expect(() => token.field(name)).toThrow('secret/field');
  });

  it('is no text: neither by mistake nor by force', () => {
    expect(() => `Bearer ${token}`).toThrow('secret/not-here');
    expect(() => String(token)).toThrow('secret/not-here');
  });

  it('does not compile where everybody can read', () => {
    // tsc checks these; vitest only runs them
    const props: LxcContainerProps = {
      // @ts-expect-error a secret is no hostname
      hostname: token,
      // @ts-expect-error a secret is no tag
      tags: [token],
      // @ts-expect-error a secret is no word of a command
      entrypoint: token,
      // @ts-expect-error a secret is no variable of the environment
      env: { TOKEN: token },
    };
    expect(Object.keys(props)).toHaveLength(4);
  });

  it.each([
    ['hostname', token],
    ['hostname', { $secret: 'hf/token' }],
    ['tags', [token]],
    ['entrypoint', { $secret: 'hf/token' }],
    ['env', { TOKEN: { $secret: 'hf/token' } }],
    ['features', { $secret: 'hf/token' }],
  ])('is refused at run time as %s', (key, value) => {
    const props = { [key]: value } as LxcContainerProps;
    expect(codesOf(() => new SmallHost().container('a', props))).toContain('secret/not-here');
  });

  it('is declared once, wherever it is used', () => {
    const host = new SmallHost();
    const file: GuestFileProps = {
      target: '/etc/key',
      content: content`${Secret.generate(host.ai, 'key', { length: 40 })}`,
    };
    host.container('a', { files: [file] });
    expect(host.app.synthesize().secrets).toMatchObject([
      { name: 'key', policy: { length: 40, alphabet: 'alphanumeric' }, uses: [{ stack: 'ai', path: 'ai/a' }] },
    ]);
    const twice = new SmallHost();
    Secret.generate(twice.ai, 'key', { length: 40 });
    Secret.generate(twice.app, 'key', { length: 41 });
    expect(problemsOf(() => twice.app.synthesize())).toMatchObject([{ code: 'secret/declared-twice' }]);
    expect(() => Secret.generate(twice.app, 'pin', { length: 4 })).toThrow('secret/policy');
  });
});

describe('a configuration file with secrets', () => {
  it('is JSON and YAML with places between double quotes', () => {
    const data = { a: [1, token, 'x"y'], empty: {}, none: null, 'k:': { b: true } };
    const { text } = renderContent(jsonContent(data));
    expect(JSON.parse(text)).toEqual({ ...data, a: [1, '@@phoenix-secret:json:hf/token@@', 'x"y'] });
    expect(renderContent(yamlContent(data)).text).toBe(text.replace(':json:', ':yaml:'));
    expect(() => jsonContent({ a: Number.NaN })).toThrow('content/no-data');
  });

  it('is a list of variables, each between double quotes', () => {
    expect(renderContent(envContent({ A: token, B: 'x$y"`\\', C: 1 })).text).toBe(
      'A="@@phoenix-secret:env:hf/token@@"\nB="x\\$y\\"\\`\\\\"\nC="1"\n',
    );
    expect(() => envContent({ 'A B': 'x' })).toThrow('content/variable');
  });
});
