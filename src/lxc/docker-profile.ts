import { Construct } from 'constructs';
import { scopeFor } from '../core/scope.js';
import { Script } from '../guest/script.js';
import { defaulted, flag, text } from '../model/fields.js';
import { table } from '../model/layer.js';
import type { Layer } from '../model/merge.js';
import { readProps } from '../model/read-props.js';
import { readSharedLayer } from './layers.js';
import type { LxcLayerSource } from './roles.js';

export interface DockerProfileProps {
  /**
   * Whether Docker is installed by the profile. `false` where a template has it already.
   * @default true
   */
  readonly install?: boolean;
  /**
   * Most that one file of a Docker container's log may take, as Docker writes sizes: `10m`, `1g`. Docker keeps three.
   * @default '10m'
   */
  readonly logMaxSize?: string;
}

/**
 * Docker inside a container: the features that it needs, and Docker of the distribution.
 *
 * Needs lxc-pve 6.0.5-2 or newer on the host since the runc update of November 2025; AppArmor stays as Proxmox makes it.
 */
export class DockerProfile extends Construct implements LxcLayerSource {
  /** The profile as a layer, plain and checked. */
  readonly layer: Layer;

  /** Throws `config/*` with everything that is wrong with the props. */
  constructor(scope: Construct, id: string, props: DockerProfileProps = {}) {
    super(scopeFor(scope, id), id);
    const { path } = this.node;
    const { install, logMaxSize } = readProps(dockerTable, props, path);
    const values = {
      features: { nesting: true, keyctl: true },
      files: [{ target: '/etc/docker/daemon.json', content: daemonConfig(logMaxSize) }],
      ...(install ? { provision: [installDocker()] } : {}),
    };
    this.layer = readSharedLayer(`profile ${id}`, values, path);
  }
}

/** What a `DockerProfile` says. */
export const dockerTable = table('DockerProfile', {
  install: defaulted(flag('Whether Docker is installed by the profile.'), true),
  logMaxSize: defaulted(
    text("Most that one file of a Docker container's log may take.", {
      pattern: /^[1-9]\d*[kmg]?$/,
      expects: "a size as Docker writes it: '10m', '1g'",
    }),
    '10m',
  ),
});

function daemonConfig(logMaxSize: string): string {
  return `${JSON.stringify({ 'log-driver': 'local', 'log-opts': { 'max-size': logMaxSize, 'max-file': '3' } }, undefined, 2)}\n`;
}

function installDocker(): Script {
  return Script.text(
    'docker',
    `export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get -y -q install --no-install-recommends docker.io docker-cli docker-compose-v2 || apt-get -y -q install --no-install-recommends docker.io docker-compose
systemctl enable --now docker.service
docker info >/dev/null
`,
  );
}
