import { describe, expect, it } from 'vitest';
import { content, renderContent } from '../../src/model/content.js';
import { secretRef } from '../../src/model/secret-ref.js';

const token = secretRef('hf/token');
const password = secretRef('samba/heads');

describe('renderContent', () => {
  it('hands plain text on as it is', () => {
    expect(renderContent('a\n@@b@@ $x')).toEqual({ text: 'a\n@@b@@ $x', secrets: [] });
  });

  it('marks the places of secrets and names each once, in order of first use', () => {
    const rendered = renderContent([
      'token=',
      { secret: token, encoding: 'env' },
      '\n',
      { secret: password, encoding: 'json' },
      { secret: token, encoding: 'raw' },
    ]);
    expect(rendered.text).toBe(
      'token=@@phoenix-secret:env:hf/token@@\n@@phoenix-secret:json:samba/heads@@@@phoenix-secret:raw:hf/token@@',
    );
    expect(rendered.secrets).toEqual(['hf/token', 'samba/heads']);
  });

  it.each([
    ['whole', '@@phoenix-secret:raw:hf/token@@'],
    ['begun', 'x @@phoenix-secret: y'],
  ])('refuses literal text with a %s marker', (_name, text) => {
    expect(() => renderContent(text)).toThrow('content/reserved-marker');
    expect(() => renderContent(['a', text])).toThrow('content/reserved-marker');
  });
});

describe('a marker that parts make together', () => {
  it('is refused like one in a single text', () => {
    expect(() => renderContent(content`@@phoenix-${'secret:raw:root/pw@@'}`)).toThrow('content/reserved-marker');
    expect(() => renderContent([{ secret: token, encoding: 'raw' }, 'phoenix-secret:raw:root/pw@@'])).toThrow(
      'content/reserved-marker',
    );
  });
});

describe('content`…`', () => {
  it('takes secrets raw and other values as text', () => {
    expect(renderContent(content`port = ${8000}\ntoken = ${token}\nname = ${'x'}\n`)).toEqual({
      text: 'port = 8000\ntoken = @@phoenix-secret:raw:hf/token@@\nname = x\n',
      secrets: ['hf/token'],
    });
  });
});
