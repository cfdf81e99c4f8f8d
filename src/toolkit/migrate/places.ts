import { formatCidr, networkOf, parseCidr } from '../../base/ip.js';
import { Names } from '../adopt/names.js';
import type { Values } from './values.js';

/** Networks that guests are in, each named when the first guest of it comes. */
export class Networks {
  private readonly known = new Map<string, { readonly name: string; readonly values: Values }>();
  private readonly names = new Names();

  constructor(private readonly dns: readonly string[]) {}

  /** Name of the network, and the address in it; undefined for what is no address with its prefix. */
  place(ip: string, gateway: string | undefined, bridge: string): { network: string; address: string } | undefined {
    const cidr = parseCidr(ip);
    if (cidr === undefined || cidr.address.family !== 4) {
      return undefined;
    }
    const network = formatCidr(networkOf(cidr));
    const key = [network, gateway, bridge].join(' ');
    const values = {
      cidr: network,
      ...(gateway === undefined ? {} : { gateway }),
      bridge,
      ...(this.dns.length === 0 ? {} : { dns: this.dns }),
    };
    const found = this.known.get(key) ?? { name: this.names.give('lan'), values };
    this.known.set(key, found);
    return { network: found.name, address: ip.slice(0, ip.indexOf('/')) };
  }

  get values(): Values {
    return Object.fromEntries([...this.known.values()].map(({ name, values }) => [name, values]));
  }
}

/** Datasets of the host, and what paths on the host lie in them. */
export class Datasets {
  constructor(
    private readonly names: readonly string[],
    /** Folder that the old system saw all datasets below. */
    private readonly mountBase: string,
  ) {}

  /** `/mnt/pve/tank/models/vllm` as `tank/models:vllm`; undefined for what lies in no dataset. */
  sourceOf(path: string): string | undefined {
    const inner = path.startsWith(`${this.mountBase}/`)
      ? path.slice(this.mountBase.length + 1)
      : path.replace(/^\//, '');
    const name = this.names
      .filter((one) => inner === one || inner.startsWith(`${one}/`))
      .reduce<string | undefined>((longest, one) => (one.length > (longest?.length ?? 0) ? one : longest), undefined);
    const folder = name === undefined ? '' : inner.slice(name.length + 1);
    return name === undefined ? undefined : folder === '' ? name : `${name}:${folder}`;
  }
}
