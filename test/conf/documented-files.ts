import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Text of `docs/configuration.md`. */
export const configurationText = readFileSync(
  fileURLToPath(new URL('../../docs/configuration.md', import.meta.url)),
  'utf8',
);

/** Its blocks that begin with the name of a file, as a comment. */
export function allDocumentedFiles(): readonly { readonly path: string; readonly content: string }[] {
  return [...configurationText.matchAll(/^```\w+\n(?:\/\/|#) (conf\.d\/[\w./-]+).*\n([\s\S]*?)^```$/gm)].map(
    ([, path = '', content = '']) => ({ path, content }),
  );
}

/** Those that hold configuration, without the scripts that it names. */
export function documentedFiles(): readonly { readonly path: string; readonly content: string }[] {
  return allDocumentedFiles().filter(({ path }) => /\.(json|ya?ml)$/.test(path));
}
