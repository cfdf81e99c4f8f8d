import { factsCheck, orImportAnew } from '../core/facts-check.js';
import type { Check, Resource } from '../core/resource.js';
import type { Finding } from '../model/finding.js';
import type { NvidiaDriverSpec } from './plan.js';

/** The driver that is declared beside the one that is loaded. Given the guard, because the class itself attaches the rule. */
export function driverFactsCheck(isDriver: (resource: unknown) => resource is Resource<NvidiaDriverSpec>): Check {
  return factsCheck('facts/driver', isDriver, ({ spec, path }, { facts, file }): Finding[] => {
    const { nvidia, unknown } = facts;
    const isVersion = nvidia?.version === spec.version;
    if ((isVersion && nvidia.flavor === spec.flavor) || unknown.some(({ what }) => what === 'nvidia')) {
      return [];
    }
    const is = nvidia === undefined ? 'none is loaded' : `${nvidia.version} (${nvidia.flavor}) is loaded`;
    return [
      {
        code: 'facts/driver',
        severity: isVersion ? 'info' : 'warning',
        path,
        message: `declares driver ${spec.version} (${spec.flavor}), and by ${file} ${is}${isVersion ? '' : ': the applier will stop'}`,
        value: nvidia?.version ?? null,
        fix: `declare what is loaded, install the declared driver and reboot, ${orImportAnew}`,
      },
    ];
  });
}
