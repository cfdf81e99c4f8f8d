import type { Check } from '../core/resource.js';

export const firewallChecks: readonly Check[] = [];
