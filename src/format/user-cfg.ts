import { decodeDescription } from './guest-notes.js';
import { splitList } from './lists.js';

/** Somebody who can log in: `alice@pve`. */
export interface PveUser {
  readonly id: string;
  readonly enabled: boolean;
  /** Seconds since 1970; 0 is never. */
  readonly expire: number;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly comment?: string;
  /** Whether a second factor of the old kind stands in the file. What it is, is a secret and not kept. */
  readonly hasKeys: boolean;
}

/** A token of a user for programs: `alice@pve!ci`. Its secret is not in the file. */
export interface PveToken {
  readonly id: string;
  /** Seconds since 1970; 0 is never. */
  readonly expire: number;
  /** Whether the token has only permissions of its own. */
  readonly privilegesSeparate: boolean;
  readonly comment?: string;
}

export interface PveGroup {
  readonly id: string;
  readonly users: readonly string[];
  readonly comment?: string;
}

/** Guests and storages under one name. Pools in pools have a `/` in theirs. */
export interface PvePool {
  readonly id: string;
  readonly guests: readonly number[];
  readonly storages: readonly string[];
  readonly comment?: string;
}

export interface PveRole {
  readonly id: string;
  readonly privileges: readonly string[];
}

/** One line of permissions: each of the members has each of the roles on the path. */
export interface PveAcl {
  readonly path: string;
  readonly propagate: boolean;
  /** Users, tokens, and groups with `@` in front. */
  readonly members: readonly string[];
  readonly roles: readonly string[];
}

/** `/etc/pve/user.cfg` as it was found. */
export interface UserCfg {
  readonly users: readonly PveUser[];
  readonly tokens: readonly PveToken[];
  readonly groups: readonly PveGroup[];
  readonly pools: readonly PvePool[];
  readonly roles: readonly PveRole[];
  readonly acls: readonly PveAcl[];
  /** One sentence with its line number for each line, or part of one, that Proxmox ignores or warns of. */
  readonly oddities: readonly string[];
}

/**
 * Reads `user.cfg`. Proxmox resolves names while it reads, so a line has no effect if what it names stands below it;
 * such parts are left in and told in `oddities`. Never throws. The file is not written by this library: `pveum` does
 * that.
 */
export function parseUserCfg(text: string): UserCfg {
  const reader: Reader = { ...emptyCfg(), lineNumber: 0, places: new Map([['user root@pam', -1]]) };
  for (const line of text.split('\n')) {
    reader.lineNumber++;
    const [kind = '', ...fields] = line.split(':').map((field) => field.trim());
    if (kind === '' && fields.every((field) => field === '')) {
      continue;
    }
    const read = Object.hasOwn(readers, kind) ? readers[kind] : undefined;
    if (read === undefined) {
      odd(reader, `'${line.trim()}' is no line of the file and will be lost`);
    } else {
      read(fields, reader);
    }
  }
  const { lineNumber: _, places: __, ...cfg } = reader;
  return cfg;
}

interface Reader extends UserCfg {
  readonly users: PveUser[];
  readonly tokens: PveToken[];
  readonly groups: PveGroup[];
  readonly pools: PvePool[];
  readonly roles: PveRole[];
  readonly acls: PveAcl[];
  readonly oddities: string[];
  /** Where the entries so far stand in their lists, by kind and name; -1 for one that has no line. */
  readonly places: Map<string, number>;
  lineNumber: number;
}

/** Roles that Proxmox brings along. */
const builtInRoles: ReadonlySet<string> = new Set(
  [
    'Administrator NoAccess PVEAdmin PVEAuditor PVEDatastoreAdmin PVEDatastoreUser PVEMappingAdmin PVEMappingUser',
    'PVEPoolAdmin PVEPoolUser PVESDNAdmin PVESDNUser PVESysAdmin PVETemplateUser PVEUserAdmin PVEVMAdmin PVEVMUser',
  ].flatMap((line) => line.split(' ')),
);

const userPattern = /^[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+$/;
const tokenPattern = /^([^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+)!([A-Za-z][A-Za-z0-9.\-_]+)$/;
const namePattern = /^[A-Za-z0-9.\-_]+$/;
const poolPattern = /^[A-Za-z0-9.\-_]+(?:\/[A-Za-z0-9.\-_]+){0,2}$/;

const readers: Readonly<Record<string, (fields: readonly string[], reader: Reader) => void>> = {
  user: readUser,
  token: readToken,
  group: readGroup,
  pool: readPool,
  role: readRole,
  acl: readAcl,
};

function emptyCfg(): Omit<Reader, 'lineNumber' | 'places'> {
  return { users: [], tokens: [], groups: [], pools: [], roles: [], acls: [], oddities: [] };
}

function readUser(fields: readonly string[], reader: Reader): void {
  const [id = '', enable = '', expire = '', firstName, lastName, email, comment, keys = ''] = fields;
  if (!userPattern.test(id) || !isExpiry(expire)) {
    odd(reader, `'${id}' with expiry '${expire}' is no user and will be lost`);
    return;
  }
  put('user', reader.users, reader, {
    id,
    enabled: isTrue(enable),
    expire: Number(expire),
    ...text('firstName', firstName),
    ...text('lastName', lastName),
    ...(email !== undefined && email !== '' && { email }),
    ...text('comment', comment),
    hasKeys: keys !== '',
  });
}

function readToken(fields: readonly string[], reader: Reader): void {
  const [id = '', expire = '', separate = '', comment] = fields;
  const [, user = ''] = tokenPattern.exec(id) ?? [];
  if (user === '' || !isExpiry(expire)) {
    odd(reader, `'${id}' with expiry '${expire}' is no token and will be lost`);
    return;
  }
  if (!isKnown(user, reader)) {
    odd(reader, `the token '${id}' has no effect, its user does not stand above it`);
  }
  put('token', reader.tokens, reader, {
    id,
    expire: Number(expire),
    privilegesSeparate: isTrue(separate),
    ...text('comment', comment),
  });
}

function readGroup([id = '', list = '', comment]: readonly string[], reader: Reader): void {
  if (!namePattern.test(id)) {
    odd(reader, `'${id}' is no name of a group, it will be lost`);
    return;
  }
  const users = splitList(list);
  for (const user of users.filter((name) => !isKnown(name, reader))) {
    odd(reader, `'${user}' of the group '${id}' is no user that stands above it`);
  }
  put('group', reader.groups, reader, { id, users, ...text('comment', comment) }, (earlier, later) => ({
    ...earlier,
    ...later,
    users: union(earlier.users, later.users),
  }));
}

function readPool([id = '', comment, guests = '', storages = '']: readonly string[], reader: Reader): void {
  if (!poolPattern.test(id)) {
    odd(reader, `'${id}' is no name of a pool, it will be lost`);
    return;
  }
  const members = splitList(guests).filter((guest) => isFreeGuest(guest, id, reader));
  const pool: PvePool = {
    id,
    guests: members.map(Number),
    storages: splitList(storages),
    ...text('comment', comment),
  };
  put('pool', reader.pools, reader, pool, (earlier, later) => ({
    ...earlier,
    ...later,
    guests: union(earlier.guests, later.guests),
    storages: union(earlier.storages, later.storages),
  }));
}

function isFreeGuest(guest: string, pool: string, reader: Reader): boolean {
  const name = `guest ${Number(guest)}`;
  if (!/^\d+$/.test(guest) || reader.places.has(name)) {
    odd(reader, `the pool '${pool}' does not get '${guest}', which is no VMID or in a pool already`);
    return false;
  }
  reader.places.set(name, -1);
  return true;
}

function readRole([id = '', list = '']: readonly string[], reader: Reader): void {
  if (!namePattern.test(id)) {
    odd(reader, `'${id}' is no name of a role, it will be lost`);
    return;
  }
  put('role', reader.roles, reader, { id, privileges: splitList(list) }, (earlier, later) => ({
    id,
    privileges: union(earlier.privileges, later.privileges),
  }));
}

function readAcl([propagate = '', path = '', memberList = '', roleList = '']: readonly string[], reader: Reader): void {
  if (!/^[A-Za-z0-9._/-]+$/.test(path)) {
    odd(reader, `'${path}' is no path of permissions, the line will be lost`);
    return;
  }
  const members = splitList(memberList);
  const roles = splitList(roleList);
  for (const role of roles.filter((name) => !builtInRoles.has(name) && !reader.places.has(`role ${name}`))) {
    odd(reader, `the role '${role}' does not stand above this line, nobody gets it on ${path}`);
  }
  for (const member of members.filter((name) => !isKnown(name, reader))) {
    odd(reader, `'${member}', who gets permissions on ${path}, does not stand above this line`);
  }
  reader.acls.push({ path: plainPath(path), propagate: isTrue(propagate), members, roles });
}

/** Whether a user, a token or a group (with `@`) stands above. */
function isKnown(member: string, { places }: Reader): boolean {
  const isGroup = member.startsWith('@');
  const kind = isGroup ? 'group' : member.includes('!') ? 'token' : 'user';
  return places.has(`${kind} ${isGroup ? member.slice(1) : member}`);
}

/** Adds the entry; a later one of the same name replaces the earlier one, or is joined with it. */
function put<T extends { readonly id: string }>(
  kind: string,
  list: T[],
  reader: Reader,
  entry: T,
  join: (earlier: T, later: T) => T = (_, later) => later,
): void {
  const name = `${kind} ${entry.id}`;
  const place = reader.places.get(name) ?? -1;
  const earlier = list[place];
  if (earlier === undefined) {
    reader.places.set(name, list.push(entry) - 1);
  } else {
    odd(reader, `the ${kind} '${entry.id}' is given twice`);
    list[place] = join(earlier, entry);
  }
}

function union<T>(a: readonly T[], b: readonly T[]): T[] {
  return [...new Set([...a, ...b])];
}

function odd(reader: Pick<Reader, 'oddities' | 'lineNumber'>, what: string): void {
  reader.oddities.push(`line ${reader.lineNumber}: ${what}`);
}

function text<K extends string>(key: K, encoded: string | undefined): { readonly [name in K]?: string } {
  const fields: { [name in K]?: string } = {};
  if (encoded !== undefined && encoded !== '') {
    fields[key] = decodeDescription(encoded);
  }
  return fields;
}

/** As Perl sees truth: anything but nothing and 0. */
function isTrue(field: string): boolean {
  return field !== '' && field !== '0';
}

function isExpiry(field: string): boolean {
  return /^\d*$/.test(field);
}

/** With one slash in front, none at the end and none doubled. */
function plainPath(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/')}`;
}
