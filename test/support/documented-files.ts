import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A file that a text shows whole. */
export interface DocumentedFile {
  /** As users have it in their project: `conf.d/host.json`. */
  readonly path: string;
  readonly content: string;
}

/** The text of a document, by its path in the repository. */
export function documentText(document: string): string {
  return readFileSync(join(root, document), 'utf8');
}

/** Blocks of a document that begin with the name of a file, as a comment that is part of the file. */
export function documentedFiles(document: string): readonly DocumentedFile[] {
  const blocks = /^```\w+\n((?:\/\/|#) ((?:conf\.d|src|test)\/[\w./-]+).*\n[\s\S]*?)^```$/gm;
  return [...documentText(document).matchAll(blocks)].map(([, content = '', path = '']) => ({ path, content }));
}

/** Blocks of TypeScript in a document that are a part of a program. */
export function documentedSnippets(document: string): readonly string[] {
  return [...documentText(document).matchAll(/^```ts\n([\s\S]*?)^```$/gm)]
    .map(([, code = '']) => code)
    .filter((code) => !/^\/\/ (src|test)\//.test(code));
}

/** Writes files below a folder. */
export function writeFiles(folder: string, files: readonly DocumentedFile[]): void {
  for (const { path, content } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
