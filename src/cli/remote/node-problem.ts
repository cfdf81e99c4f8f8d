import type { Problem } from '../../base/errors.js';

/** What a node lacks, by the word that phoenix-receive has for it. `what` is what it says besides, `said` the words of its tools. */
export function nodeProblem(destination: string, line: string, said: string): Problem {
  const [, word = '', what = ''] = /^(?:trouble )?(\S+) ?(.*)$/.exec(line) ?? [];
  const { code, message, fix } = (troubles[word] ?? noAnswer)(what);
  const last = said.trim().split('\n').at(-1) ?? '';
  return { code, message: `${destination}: ${message}${last === '' ? '' : ` (${last})`}`, value: destination, fix };
}

type Trouble = (what: string) => { readonly code: string; readonly message: string; readonly fix: string };

const noAnswer: Trouble = (what) => ({
  code: 'ship/no-answer',
  message: `no answer that we understand (exit ${what})`,
  fix: 'see whether root has a shell there, and bash is installed',
});

const troubles: Readonly<Record<string, Trouble>> = {
  root: (user) => ({
    code: 'ship/not-root',
    message: `${user} may not change the host`,
    fix: 'connect as root: --host root@…',
  }),
  unguarded: (folder) => ({
    code: 'signature/no-signers',
    message: `there is no ${folder}, and our key may only bring what somebody signed whom the host trusts`,
    fix: 'put the public keys there of those who may sign',
  }),
  tool: (tool) => ({
    code: 'ship/no-tool',
    message: `there is no ${tool}, which every Proxmox VE node has`,
    fix: 'see whether this is the right machine',
  }),
  name: (file) => ({
    code: 'ship/no-name',
    message: `${file} does not say what the host is called`,
    fix: 'look at it',
  }),
  store: (folder) => ({
    code: 'ship/no-room',
    message: `cannot make ${folder}`,
    fix: 'look at the disk and at what lies there',
  }),
  unpack: (folder) => ({
    code: 'ship/no-room',
    message: `what was sent could not be unpacked in ${folder}`,
    fix: 'see whether the disk is full; the former assembly is as it was',
  }),
  damaged: (id) => ({
    code: 'ship/damaged',
    message: `what arrived is not what was sent (${id})`,
    fix: 'say it again; the former assembly is as it was',
  }),
  busy: (folder) => ({
    code: 'ship/busy',
    message: `somebody else has been bringing an assembly to ${folder} for a minute`,
    fix: 'say it again',
  }),
};
