import { PhoenixError } from '../base/errors.js';

/** The construct's id, as far as DNS takes it. Throws `config/missing` if nothing of it is left. */
export function defaultHostname(path: string): string {
  const id = path.slice(path.lastIndexOf('/') + 1);
  const name = id
    .replace(/[^A-Za-z0-9-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 63)
    .replace(/-+$/, '');
  if (name === '') {
    throw new PhoenixError({
      code: 'config/missing',
      message: `no host name can be made from ${JSON.stringify(id)}`,
      path,
      fix: 'give `hostname`',
    });
  }
  return name;
}
