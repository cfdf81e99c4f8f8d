import { readFileSync } from 'node:fs';
import { lazy, lazyRequire } from '../base/lazy.js';
import { assetPath } from '../base/package-root.js';

/**
 * A template for units and service configs, filled with the values of `T`.
 *
 * Strict: a name that the template uses and the values lack is an error, never an empty text. Nothing is escaped, because none of these
 * formats is HTML; values are put in as the caller quoted them. The file lies beside the only code that uses it; its path is from `src` on.
 */
export function loadTemplate<T extends object>(file: string): (values: T) => string {
  const compiled = lazy(() =>
    handlebars().compile<T>(readFileSync(assetPath(file), 'utf8'), {
      strict: true,
      noEscape: true,
      preventIndent: true,
    }),
  );
  return (values) => compiled()(values);
}

const handlebars = lazyRequire<typeof import('handlebars')>('handlebars', import.meta.url);
