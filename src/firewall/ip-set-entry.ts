import type { FirewallIpsetEntry } from '../format/firewall-model.js';
import type { SpecOf } from '../model/fields.js';
import type { entryFields } from './schema.js';

/** A member of a set as the file holds it. */
export function entryOf({ cidr, except, comment }: SpecOf<typeof entryFields>): FirewallIpsetEntry {
  return { cidr, ...(except ? { nomatch: true as const } : {}), ...(comment === undefined ? {} : { comment }) };
}
