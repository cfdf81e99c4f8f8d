import { describe, expect, it } from 'vitest';
import { literalSecrets } from '../../src/format/secret-shapes.js';
import { SmallHost } from '../support/small-host.js';

/** Put together here, so that nobody who searches this repository takes them for real. */
const random = 'q7Zk2VbN9xLr4TmW8yHs3JdF6gPc1RvEaBtU';
const tokens = [
  `hf_${random}`,
  `ghp_${random}`,
  `sk-proj-${random}`,
  `AKIA${'Q7ZK2VBN9XLR4TMW'}`,
  `-----BEGIN ${'OPENSSH'} PRIVATE KEY-----`,
  `password: "${random.slice(0, 20)}"`,
  `API_KEY=${random}`,
  `index = https://me:${random.slice(0, 8)}@pypi.test/simple`,
];
const harmless = [
  'password=@@phoenix-secret:env:db@@',
  'PASSWORD=$DB_PASSWORD_FROM_FILE_1',
  'token: /run/credentials/x/token-file-1',
  'secret = changeme',
  'postgres://me:$PASSWORD@db/x',
  'postgres://me:@@phoenix-secret:env:db@@@db/x',
  'http://host:8080/~me@home',
  'the token of the third-party-service-2024-edition',
  'sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'tokenizer: mistralai/Mistral-7B-Instruct-v0.3',
  'passwordauthentication=prohibit-password',
];

describe('a secret in clear', () => {
  it.each(tokens)('%s is found', (token) => {
    expect(literalSecrets(`a\n${token}\n`)).toMatchObject([{ line: 2 }]);
  });

  it.each(harmless)('%s is none', (text) => {
    expect(literalSecrets(text)).toEqual([]);
  });

  it('is a finding with file and line, and never the value', () => {
    const host = new SmallHost();
    host.container('a', { files: [{ target: '/etc/app.env', content: `A=1\nHF_TOKEN=${tokens[0]}\n` }] });
    const findings = host.app.synthesize().findings.filter(({ code }) => code === 'secret/literal');
    expect(findings).toMatchObject([{ severity: 'warning', path: 'ai/a' }]);
    expect(findings[0]?.message).toMatch(/root\/etc\/app\.env, line 2, holds what looks like a token of Hugging Face$/);
    expect(JSON.stringify(findings)).not.toContain(random);
  });
});
