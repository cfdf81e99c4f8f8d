/** Texts that several documents and keys take. */

export const line = { pattern: /^\P{Cc}+$/u, expects: 'one line of text' };

export const account = {
  pattern: /^[a-z_][a-z0-9_-]{0,30}[a-z0-9_$-]?$/,
  expects: 'a name of small letters, digits, `_` and `-`, 32 at most',
};

export const absolutePath = {
  pattern: /^(?!.*\/\.\.?(\/|$))\/\P{Cc}*$/u,
  expects: 'an absolute path without `.` and `..`',
};

export const server = {
  pattern: /^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/,
  expects: 'a host name or an address',
};

/** Without user and password, which everybody could read who sees the document. */
export const url = {
  pattern: /^https?:\/\/(?![^\s/?#]*@)[^\s/]+\S*$/,
  expects: 'a URL that begins with http:// or https://, without user and password',
};
