import type { Construct } from 'constructs';
import { LxcContainer, type LxcContainerProps, Port, type VllmContainer } from 'phoenix-cdk';
import { gatewaySite, type Route } from './gateway-site.js';
import type { HostStack } from './host.js';
import type { Machine } from './machine.js';
import { script } from './scripts.js';

export interface GatewayProps extends Required<Pick<LxcContainerProps, 'cloneFrom'>> {
  readonly machine: Machine;
  readonly host: HostStack;
}

/** A name that the gateway answers to, and the guest behind it. */
export interface GatewayRoute extends Omit<Route, 'address'> {
  readonly to: LxcContainer | VllmContainer;
}

/** The only way in: nginx, which ends TLS and passes requests on to the guests. Everything else starts after it. */
export class Gateway extends LxcContainer {
  constructor(scope: Construct, id: string, { machine, host, cloneFrom }: GatewayProps) {
    super(scope, id, {
      vmid: 953,
      hostname: 'nginx-vscoderag',
      address: machine.lan.ip(153),
      mac: '52:54:00:67:89:B3',
      cloneFrom,
      cores: 4,
      memory: '1GiB', // buffers of some hundred connections; it keeps nothing
      swap: '512MiB',
      onboot: true,
      startup: { order: 1, up: 5 },
      mounts: [
        // It reads its keys and does not change them.
        { target: '/etc/nginx/ssl', source: host.certificates, readOnly: true },
        { target: '/logs/nginx', source: host.gatewayLogs },
      ],
    });
    // Its firewall was on without a single rule, so that nobody reached it.
    this.connections.allowFrom(machine.lan, Port.tcp(443), 'all clients');
    this.connections.allowFrom(machine.lan, Port.tcp(80), 'is sent to 443');
  }

  /** Sets the site up. A route opens exactly that port of that guest to the gateway. */
  serve(routes: readonly GatewayRoute[]): void {
    for (const { name, to, port } of routes) {
      this.connections.allowTo(to, Port.tcp(port), name);
    }
    const site = gatewaySite(routes.map(({ to, ...route }) => ({ ...route, address: to.address })));
    this.addScript(script('nginx', { SITE: site }));
  }
}
