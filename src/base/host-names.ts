const label = '[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?';
const name = `${label}(\\.${label})*`;

/** A DNS name as Proxmox checks one. */
export const dnsName = new RegExp(`^${name}$`);

/** One or more DNS names with blanks between. */
export const dnsNames = new RegExp(`^${name}( ${name})*$`);
