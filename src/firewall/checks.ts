import type { Check } from '../core/resource.js';
import { ipFilterCheck } from './ip-filter-check.js';
import { lockOutCheck } from './lock-out-check.js';
import { ruleCheck } from './rule-check.js';
import { switchCheck } from './switch-check.js';

/** Rules over all firewalls of the app: of the cluster, of hosts and of guests. */
export const firewallChecks: readonly Check[] = [switchCheck, ruleCheck, ipFilterCheck, lockOutCheck];
