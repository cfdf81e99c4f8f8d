import { PhoenixError } from '../base/errors.js';
import { macroNamed } from '../format/firewall-macros.js';
import type { FirewallPacketRule, FirewallRule } from '../format/firewall-model.js';
import type { FirewallLogLevel } from '../format/firewall-options.js';
import { spelledForProxmox } from '../format/firewall-spelling.js';

/** A rule as props give it, defaults filled in. */
export interface RuleValues {
  readonly direction: 'IN' | 'OUT' | 'FORWARD';
  readonly action: FirewallPacketRule['action'];
  readonly group?: string | undefined;
  readonly interface?: string | undefined;
  readonly macro?: string | undefined;
  readonly protocol?: string | undefined;
  readonly ports?: string | undefined;
  readonly sourcePorts?: string | undefined;
  readonly icmpType?: string | undefined;
  readonly source?: string | undefined;
  readonly dest?: string | undefined;
  readonly log?: FirewallLogLevel | undefined;
  readonly enabled: boolean;
  readonly comment?: string | undefined;
}

/** The rule as the file holds it. Throws `firewall/group-rule` for one that uses a group and says something of packets, too. */
export function ruleOf(values: RuleValues): FirewallRule {
  const common = {
    ...(values.enabled ? {} : { disabled: true as const }),
    ...(values.interface === undefined ? {} : { iface: values.interface }),
    ...(values.comment === undefined ? {} : { comment: values.comment }),
  };
  if (values.group !== undefined) {
    refusePackets(values, values.group);
    return spelledForProxmox({ direction: 'GROUP', group: values.group, ...common });
  }
  return spelledForProxmox({
    direction: values.direction,
    action: values.action,
    ...(values.macro === undefined ? {} : { macro: macroNamed(values.macro) ?? values.macro }),
    ...(values.protocol === undefined ? {} : { proto: values.protocol }),
    ...(values.ports === undefined ? {} : { dport: values.ports }),
    ...(values.sourcePorts === undefined ? {} : { sport: values.sourcePorts }),
    ...(values.icmpType === undefined ? {} : { icmpType: values.icmpType }),
    ...(values.source === undefined ? {} : { source: values.source }),
    ...(values.dest === undefined ? {} : { dest: values.dest }),
    ...(values.log === undefined ? {} : { log: values.log }),
    ...common,
  });
}

const packetKeys = ['macro', 'protocol', 'ports', 'sourcePorts', 'icmpType', 'source', 'dest', 'log'] as const;

function refusePackets(values: RuleValues, group: string): void {
  const said: string[] = packetKeys.filter((key) => values[key] !== undefined);
  if (values.direction !== 'IN' || values.action !== 'ACCEPT') {
    said.unshift('direction or action');
  }
  if (said.length > 0) {
    throw new PhoenixError({
      code: 'firewall/group-rule',
      message: `a rule that uses the group ${group} cannot say ${said.join(', ')}`,
      value: group,
      fix: 'say that in the rules of the group; beside `group` only interface, enabled and comment have a meaning',
    });
  }
}
