// Files of Proxmox parsed a second, beside a plain split of the same texts at line feeds: `npm run bench:grammars`.
import { readFileSync } from 'node:fs';
import { parseFirewall } from '../src/format/firewall-file.js';
import { parseGuestConf } from '../src/format/guest-conf.js';
import { renderGuestConf } from '../src/format/guest-conf-text.js';
import { parseInterfaces } from '../src/format/interfaces-file.js';
import { parseSectionFile } from '../src/format/section-files.js';
import { parseUserCfg } from '../src/format/user-cfg.js';

interface Row {
  readonly name: string;
  readonly bytes: number;
  readonly perSecond: number;
  readonly ratio: number;
}

const corpus = new URL('../test/format/corpus/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, corpus), 'utf8');

// Guest files as Proxmox itself writes them, which is what a host is full of; a fresh string each, so that nothing is remembered between runs.
const container = guestFiles('lxc-950.conf.canonical');
const machine = guestFiles('qemu-100.conf.canonical');
const parsed = container.map((text) => parseGuestConf(text, 'lxc'));
const firewall = Array.from(
  { length: 200 },
  (_, n) => `[OPTIONS]\n\nenable: 1\n\n[RULES]\n\nIN ACCEPT -source 10.0.0.${n} -p tcp -dport 22 # ssh\nIN DROP\n`,
);

const rows = [
  measure('lxc conf, parse', container, (text) => parseGuestConf(text, 'lxc')),
  measure('qemu conf, parse', machine, (text) => parseGuestConf(text, 'qemu')),
  measure('lxc conf, render', container, (_, n) => renderGuestConf(parsed[n] ?? { keys: [], raw: [] })),
  measure('jobs.cfg', copies(read('jobs.cfg.canonical')), (text) => parseSectionFile(text, 'jobs.cfg')),
  measure('mapping/pci.cfg', copies(read('mapping-pci.cfg.canonical')), (text) =>
    parseSectionFile(text, 'mapping/pci.cfg'),
  ),
  measure('guest firewall', firewall, parseFirewall),
  measure('user.cfg', copies(read('user.cfg')), parseUserCfg),
  measure('interfaces', copies(read('interfaces.canonical')), parseInterfaces),
];
process.stdout.write(
  '| grammar | bytes a file | files a second | times a line split |\n| --- | ---: | ---: | ---: |\n',
);
for (const { name, bytes, perSecond, ratio } of rows) {
  const count = Math.round(perSecond).toLocaleString('en');
  process.stdout.write(`| ${name} | ${Math.round(bytes)} | ${count} | **${ratio.toFixed(1)}** |\n`);
}

function guestFiles(file: string): string[] {
  return copies(read(file)).map((text, n) => text.replace('memory: ', `memory: ${n + 1}`));
}

function copies(text: string): string[] {
  return Array.from({ length: 200 }, () => Buffer.from(text).toString());
}

/** The best of several rounds in turns, so that a busy machine hurts both. */
function measure(name: string, texts: readonly string[], work: (text: string, index: number) => unknown): Row {
  const split = (text: string): unknown => text.split('\n');
  const best = { ours: Number.POSITIVE_INFINITY, split: Number.POSITIVE_INFINITY };
  for (let round = 0; round < 12; round++) {
    best.ours = Math.min(best.ours, secondsEach(texts, work));
    best.split = Math.min(best.split, secondsEach(texts, split));
  }
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length;
  return { name, bytes, perSecond: 1 / best.ours, ratio: best.ours / best.split };
}

function secondsEach(texts: readonly string[], work: (text: string, index: number) => unknown): number {
  let kept = 0;
  let runs = 0;
  const before = process.cpuUsage();
  while (elapsed(before) < 0.03) {
    for (const [index, text] of texts.entries()) {
      // Looking at the result keeps the work from being left out.
      kept += work(text, index) === undefined ? 1 : 0;
    }
    runs += texts.length;
  }
  return (elapsed(before) + kept) / runs;
}

function elapsed(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
