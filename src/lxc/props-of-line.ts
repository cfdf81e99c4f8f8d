import { firewallPropsOfLine } from '../firewall/explain-line.js';

/** Props that a key of a container's config comes from, by the key without its number. */
const props: Readonly<Record<string, readonly string[]>> = {
  arch: ['arch'],
  cmode: ['consoleMode'],
  console: ['console'],
  cores: ['cores'],
  cpulimit: ['cpulimit'],
  cpuunits: ['cpuunits'],
  debug: ['debug'],
  dev: ['gpus', 'gpuMode', 'devices'],
  entrypoint: ['entrypoint'],
  features: ['features'],
  hookscript: ['hookscript'],
  hostname: ['hostname'],
  'lxc.environment.runtime': ['env'],
  memory: ['memory'],
  mp: ['mounts'],
  nameserver: ['nameservers', 'network'],
  net: ['network', 'address', 'mac', 'nic', 'nics', 'firewall'],
  onboot: ['onboot'],
  ostype: ['ostype'],
  protection: ['protection'],
  rootfs: ['rootfs', 'from', 'cloneFrom', 'cloneMode'],
  searchdomain: ['searchDomain'],
  startup: ['startup'],
  swap: ['swap'],
  tags: ['tags'],
  timezone: ['timezone'],
  tty: ['tty'],
  unprivileged: ['unprivileged'],
};

/** Props that a line of one of a container's files comes from: its config, its firewall, files inside, scripts. */
export function propsOfLine(file: string, line: string): readonly string[] {
  if (file.endsWith('/config.conf')) {
    const [, key = ''] = /^([a-z][a-z_.]*?)\d*:/.exec(line) ?? [];
    return Object.hasOwn(props, key) ? (props[key] ?? []) : [];
  }
  if (file.endsWith('.fw')) {
    return firewallPropsOfLine(line);
  }
  return file.includes('/root/') ? ['files'] : file.includes('/script/') ? ['provision'] : [];
}
