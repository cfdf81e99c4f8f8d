import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type CloudInitTexts, cloudInitTexts } from '../../../src/guest/cloud-init/documents.js';
import type { CloudInitMachine } from '../../../src/guest/cloud-init/machine.js';
import { type CloudInitValues, cloudInitFields } from '../../../src/guest/cloud-init/schema.js';
import { completeSpec, readLayer, table } from '../../../src/model/layer.js';

const cloudInitTable = table('cloudInit', cloudInitFields);

/** Layers as people write them, merged and checked as those of a machine are. */
export function valuesOf(...layers: readonly object[]): CloudInitValues {
  return completeSpec(
    cloudInitTable,
    layers.map((given, index) => ({ name: `layer ${index}`, values: readLayer(cloudInitTable, given, 'vm') })),
    'vm',
  );
}

export const machine: CloudInitMachine = {
  vmid: 8001,
  hostname: 'docker',
  nameservers: ['10.0.0.153'],
  searchDomain: 'internal.example',
  nics: [
    {
      name: 'eth0',
      mac: 'BC:24:11:00:1F:41',
      ip: '10.0.0.81/24',
      gateway: '10.0.0.1',
      ip6: undefined,
      gateway6: undefined,
      mtu: undefined,
    },
  ],
  agent: false,
  user: undefined,
  sshKeys: [],
  upgrade: undefined,
};

export function texts(given: object, of: Partial<CloudInitMachine> = {}): CloudInitTexts {
  return cloudInitTexts(valuesOf(given), { ...machine, ...of });
}

/** The user document, as a parser of YAML reads it. */
export function userData(given: object, of: Partial<CloudInitMachine> = {}): Record<string, unknown> {
  return parse(texts({ userData: given }, of).user);
}

export function network(given: object, of: Partial<CloudInitMachine> = {}): Record<string, unknown> {
  return parse(texts({ networkConfig: given }, of).network);
}

/** What `cloud-init schema` has to say of a document; empty if it is valid and holds nothing outdated. */
export function schemaFaults(text: string, type?: 'network-config'): string {
  return inFolder((folder) => {
    const file = join(folder, 'user.yaml');
    writeFileSync(file, text);
    const words = ['schema', '--config-file', file, ...(type === undefined ? [] : ['--schema-type', type])];
    const { status, stdout, stderr } = spawnSync('cloud-init', words, { encoding: 'utf8' });
    return status === 0 && !/deprecat/i.test(stdout + stderr) ? '' : stdout + stderr;
  });
}

/** Whether this version of cloud-init has a schema for network configurations. */
export function knowsNetworkSchema(): boolean {
  return spawnSync('cloud-init', ['schema', '--help'], { encoding: 'utf8' }).stdout.includes('--schema-type');
}

/** What cloud-init makes of a network configuration for a kind of system: names of files with what is in them. */
export function convertedNetwork(text: string, kind: 'netplan' | 'networkd' | 'eni'): Record<string, string> {
  return inFolder((folder) => {
    const file = join(folder, 'network.yaml');
    const out = join(folder, 'out');
    writeFileSync(file, text);
    const words = ['devel', 'net-convert', '-p', file, '-k', 'yaml', '-d', out, '-D', 'debian', '-O', kind];
    const { status, stderr } = spawnSync('cloud-init', words, { encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(stderr);
    }
    const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((it) => it.isFile());
    return Object.fromEntries(files.map((it) => [it.name, readFileSync(join(it.parentPath, it.name), 'utf8')]));
  });
}

function inFolder<T>(action: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'phoenix-cloud-init-'));
  try {
    return action(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
