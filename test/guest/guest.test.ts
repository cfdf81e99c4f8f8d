import { describe, expect, it } from 'vitest';
import { vllmRuntime } from '../../src/ai/vllm-runtime.js';
import { baseTools } from '../../src/guest/base-tools.js';
import { freshHostKeys } from '../../src/guest/first-boot.js';
import { Script, scriptText } from '../../src/guest/script.js';
import { DockerProfile } from '../../src/lxc/docker-profile.js';
import { content } from '../../src/model/content.js';
import { secretRef } from '../../src/model/secret-ref.js';
import { Match } from '../../src/testing/index.js';
import { shellcheck } from '../support/shellcheck.js';
import { codesOf, SmallHost } from '../support/small-host.js';
import { describeWithTool } from '../support/tool.js';

describe('a script', () => {
  it('stops at the first failure and ends with a line feed', () => {
    expect(scriptText(Script.text('a', 'echo').spec)).toBe('set -euo pipefail\necho\n');
  });

  it('has a name fit for a file, and text that bash takes', () => {
    expect(codesOf(() => Script.text('A b', ''))).toEqual(['script/name']);
    expect(codesOf(() => Script.text('a', 'echo\r\n'))).toEqual(['script/text']);
    expect(codesOf(() => Script.text('a', '\0'))).toEqual(['script/text']);
  });

  it('may take half an hour, or as long as it says', () => {
    expect(Script.text('a', '').spec.timeoutSeconds).toBe(1800);
    expect(Script.text('a', '', { timeout: '2h' }).spec.timeoutSeconds).toBe(7200);
    expect(codesOf(() => Script.text('a', '', { timeout: '0s' }))).toEqual(['script/timeout']);
    expect(codesOf(() => Script.text('a', '', { timeout: '500ms' }))).toEqual(['duration/not-whole']);
  });

  it('is run again when its text changes, and only then', () => {
    const digest = (text: string, memory: '1GiB' | '2GiB' = '1GiB') => {
      const host = new SmallHost();
      host.container('web', { vmid: 950, memory, provision: [Script.text('a', text)] });
      return host.synth().stepOf('guest-run', 'guest/950/script/01-a').digest;
    };
    expect(digest('echo 1')).not.toBe(digest('echo 2'));
    expect(digest('echo 1')).toBe(digest('echo 1\n'));
    expect(digest('echo 1')).toBe(digest('echo 1', '2GiB'));
  });

  it('is in the assembly as it is run, one file a script, numbered as it is run', () => {
    const host = new SmallHost();
    const twice = [Script.text('a', 'echo 1'), Script.text('a', 'echo 2')];
    host.container('web', { vmid: 950, provision: twice });
    const synth = host.synth().stack('ai');
    synth.hasFile('guests/950/script/01-a.sh', 'set -euo pipefail\necho 1\n');
    synth.hasFile('guests/950/script/02-a.sh', 'set -euo pipefail\necho 2\n');
  });
});

describeWithTool('shellcheck', 'every script of the library', () => {
  it.each([baseTools(), freshHostKeys(), vllmRuntime({ vllm: '0.15.1', indexUrl: 'https://mirror/simple' })])(
    'is clean: $name',
    (script) => {
      expect(shellcheck(scriptText(script.spec))).toBe('');
    },
  );

  it('is clean: docker', () => {
    const host = new SmallHost();
    host.container('web', { vmid: 950, profiles: [new DockerProfile(host.ai, 'docker')] });
    expect(shellcheck(host.synth().file('stacks/ai/guests/950/script/01-docker.sh'))).toBe('');
  });
});

describe('a file inside a guest', () => {
  const withFile = (given: Parameters<ReturnType<SmallHost['container']>['addFile']>[0]) => {
    const host = new SmallHost();
    host.container('web', { vmid: 950 }).addFile(given);
    return host.synth().stack('ai');
  };

  it('is put there with mode and owner before any script runs', () => {
    const synth = withFile({ target: '/etc/a', content: 'x', mode: '0600', uid: 33, gid: 34 });
    synth.hasFile('guests/950/root/etc/a', 'x');
    synth.hasStep('guest/950/files', {
      needs: ['guest/950/start'],
      files: [
        { target: '/etc/a', source: 'guests/950/root/etc/a', mode: '0600', uid: 33, gid: 34, secrets: Match.absent() },
      ],
    });
  });

  it('may have a name that some systems do not take; in the assembly it is written otherwise', () => {
    const synth = withFile({ target: '/etc/systemd/system/mnt-my\\x2ddata.mount', content: 'x' });
    synth.hasStep('guest/950/files', {
      files: [
        { target: '/etc/systemd/system/mnt-my\\x2ddata.mount', source: Match.stringLike('*/mnt-my%5Cx2ddata.mount') },
      ],
    });
    const targets = ['/a:b', '/a%3Ab', '/aux', '/%61ux', '/con.txt', '/x.', '/x ', '/a?', '/..a', '/...'] as const;
    const host = new SmallHost();
    host.container('web', { vmid: 950, files: targets.map((target) => ({ target, content: target })) });
    const { files } = host.synth().stepOf('guest-file', 'guest/950/files');
    expect(new Set(files.map(({ source }) => source.toLowerCase())).size).toBe(targets.length);
    for (const { source, target } of files) host.synth().hasFile(`stacks/ai/${source}`, target);
  });

  it('shows secrets by name, in the form that they will be written in', () => {
    const one = secretRef('db/password');
    const synth = withFile({ target: '/etc/a', content: ['p=', { secret: one, encoding: 'env' }, `\n`] });
    synth.hasFile('guests/950/root/etc/a', 'p=@@phoenix-secret:env:db/password@@\n');
    synth.hasStep('guest/950/files', { files: [{ secrets: ['db/password'] }] });
    withFile({ target: '/etc/a', content: content`${one} ${1}` }).hasFile(
      'guests/950/root/etc/a',
      '@@phoenix-secret:raw:db/password@@ 1',
    );
  });

  it('may not hold the mark of a secret as text', () => {
    expect(codesOf(() => withFile({ target: '/etc/a', content: '@@phoenix-secret:raw:x@@' }))).toEqual([
      'content/reserved-marker',
    ]);
  });

  it('that changes is sent again, one that only moved in the program is not', () => {
    const digest = (text: string, id = 'web') => {
      const host = new SmallHost();
      host.container(id, { vmid: 950, files: [{ target: '/etc/a', content: text }] });
      return host.synth().stepOf('guest-file', 'guest/950/files').digest;
    };
    expect(digest('a')).not.toBe(digest('b'));
    expect(digest('a')).toBe(digest('a', 'renamed'));
  });
});

describe('a guest that waits for another', () => {
  it('starts when that one is ready, with all that is done inside', () => {
    const host = new SmallHost();
    const db = host.container('db', { vmid: 951, provision: [Script.text('a', 'true')] });
    host.container('web', { vmid: 950, startAfter: [db] });
    host.synth().hasStep('guest/950/start', { needs: Match.arrayWith(['guest/951/last']) });
  });

  it('is warned of when the start order of the host says otherwise', () => {
    const findings = (own: number, other: number | undefined) => {
      const host = new SmallHost();
      const startup = other === undefined ? {} : { startup: { order: other } };
      const db = host.container('db', { onboot: true, ...startup });
      host.container('web', { onboot: true, startup: { order: own }, startAfter: [db] });
      return host.synth().findings;
    };
    findings(1, 2).hasWarning('guest/start-order', 'ai/web');
    findings(1, undefined).hasWarning('guest/start-order', 'ai/web');
    findings(2, 1).lacks('guest/start-order');
  });

  it('for itself, in a circle, is refused', () => {
    const host = new SmallHost();
    const a = host.container('a', { vmid: 950 });
    a.startAfter(host.container('b', { vmid: 951, startAfter: [a] }));
    expect(codesOf(() => host.synth())).toEqual(['graph/cycle']);
  });
});
