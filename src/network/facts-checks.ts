import { factsCheck, orImportAnew } from '../core/facts-check.js';
import type { Check, Resource } from '../core/resource.js';
import type { InterfaceSpec } from './plan.js';

/** Interfaces that somebody else keeps and that are not there. Given the guard, because the class itself attaches the rule. */
export function interfaceFactsCheck(isInterface: (resource: unknown) => resource is Resource<InterfaceSpec>): Check {
  return factsCheck('facts/interface', isInterface, ({ spec, path }, { facts, file }) =>
    facts.interfaces === undefined ||
    spec.config !== undefined ||
    facts.interfaces.some(({ name }) => name === spec.name)
      ? []
      : [
          {
            code: 'facts/no-bridge',
            severity: 'error',
            path,
            message: `there is no ${spec.kind} ${spec.name} by ${file}`,
            value: spec.name,
            fix: `make it with \`new Bridge\` or on the host, use another one, ${orImportAnew}`,
          },
        ],
  );
}
