import { Script } from './script.js';

/** Brings a Debian or Ubuntu guest up to date and installs what every later script counts on: curl, CA certificates, jq, gnupg. */
export function baseTools(): Script {
  return Script.text(
    'base-tools',
    `export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get -y -q -o Dpkg::Options::=--force-confold dist-upgrade
apt-get -y -q install --no-install-recommends ca-certificates curl gnupg jq rsync tar unzip
apt-get clean
`,
  );
}
