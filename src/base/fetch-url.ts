/** What keeps a URL from being fetched: the words of a problem. */
export interface UrlFault {
  readonly message: string;
  readonly value: string;
  readonly fix: string;
}

/**
 * What is wrong with a URL that files are fetched from; undefined if nothing. A user and a password in it would stand in the assembly and in
 * the list of processes, so they are refused, and not told either.
 */
export function urlFault(url: string): UrlFault | undefined {
  const shown = url.replace(userinfo, '$1');
  if (shown !== url) {
    return {
      message: `the URL ${JSON.stringify(shown)} is given with a user or password, which everybody could read`,
      value: shown,
      fix: 'leave them out, and fetch from where nobody has to log in, such as a mirror of your own',
    };
  }
  if (!/^https?:\/\/[^\s'"]+$/.test(url)) {
    return {
      message: `${JSON.stringify(url)} is no URL to fetch from`,
      value: url,
      fix: 'begin with https:// or http://',
    };
  }
  return undefined;
}

/** What stands before the host. */
const userinfo = /^(\w+:\/\/)[^/?#]*@/;
