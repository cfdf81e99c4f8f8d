import { PhoenixError } from '../base/errors.js';
import { isSecretRef, type SecretEncoding, type SecretRef, vaultName } from './secret-ref.js';

/** A piece of a file: literal text, or the place where a secret goes. */
export type ContentPart = string | { readonly secret: SecretRef; readonly encoding: SecretEncoding };

/** What is in a file. Plain text is a content of one part. */
export type Content = string | readonly ContentPart[];

/** A content with the places of its secrets marked, and the names of those secrets in the vault, in order of first use. */
export interface RenderedContent {
  readonly text: string;
  readonly secrets: readonly string[];
}

/** Opens the marker that stands for a secret in a file of the assembly. Literal text may not contain it. */
const markerStart = '@@phoenix-secret:';

/** Renders a content. Throws `content/reserved-marker` if literal text holds the marker, which the applier would take for a secret. */
export function renderContent(content: Content): RenderedContent {
  const parts = typeof content === 'string' ? [content] : content;
  const markers = parts.flatMap((part) => (typeof part === 'string' ? [] : [vaultName(part.secret.$secret)]));
  const text = parts.map((part) => (typeof part === 'string' ? part : marker(part.secret, part.encoding))).join('');
  // in the whole text, because parts that are harmless by themselves may make a marker together
  if (text.split(markerStart).length - 1 !== markers.length) {
    throw reservedMarker();
  }
  return { text, secrets: [...new Set(markers)] };
}

/**
 * The content with secret references as values of their own: `content\`token = ${ref}\n\``. A reference stands for the bytes as they are; a
 * part (`secret.as('json')`) for their escaped form. Other values are written as text.
 */
export function content(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | SecretRef | ContentPart)[]
): readonly ContentPart[] {
  return strings.flatMap((text, index): ContentPart[] => {
    const value = values[index];
    if (value === undefined) {
      return [text];
    }
    return [text, contentPart(value)];
  });
}

/** Whether a rendered text has a place for a secret. */
export function holdsSecret(text: string): boolean {
  return text.includes(markerStart);
}

/** Names in the vault of the secrets that a rendered text has places for, in order of first use. */
export function secretsIn(text: string): string[] {
  return [
    ...new Set([...text.matchAll(/@@phoenix-secret:[a-z]+:([^@#]+)(?:#[^@]+)?@@/g)].map(([, name = '']) => name)),
  ];
}

function contentPart(value: string | number | SecretRef | ContentPart): ContentPart {
  if (typeof value !== 'object') {
    return String(value);
  }
  return isSecretRef(value) ? { secret: value, encoding: 'raw' } : value;
}

function reservedMarker(): PhoenixError {
  return new PhoenixError({
    code: 'content/reserved-marker',
    message: `file content may not contain ${markerStart}, which marks the place of a secret`,
    value: markerStart,
    fix: 'refer to a secret with a content part instead of writing the marker',
  });
}

function marker(ref: SecretRef, encoding: SecretEncoding): string {
  return `${markerStart}${encoding}:${ref.$secret}@@`;
}
