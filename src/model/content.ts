import { PhoenixError } from '../base/errors.js';
import { isSecretRef, type SecretEncoding, type SecretRef } from './secret-ref.js';

/** A piece of a file: literal text, or the place where a secret goes. */
export type ContentPart = string | { readonly secret: SecretRef; readonly encoding: SecretEncoding };

/** What is in a file. Plain text is a content of one part. */
export type Content = string | readonly ContentPart[];

/** A content with the places of its secrets marked, and the names of those secrets in order of first use. */
export interface RenderedContent {
  readonly text: string;
  readonly secrets: readonly string[];
}

/** Opens the marker that stands for a secret in a file of the assembly. Literal text may not contain it. */
const markerStart = '@@phoenix-secret:';

/** Renders a content. Throws `content/reserved-marker` if literal text holds the marker, which the applier would take for a secret. */
export function renderContent(content: Content): RenderedContent {
  const parts = typeof content === 'string' ? [content] : content;
  const markers = parts.flatMap((part) => (typeof part === 'string' ? [] : [part.secret.$secret]));
  const text = parts.map((part) => (typeof part === 'string' ? part : marker(part.secret, part.encoding))).join('');
  // in the whole text, because parts that are harmless by themselves may make a marker together
  if (text.split(markerStart).length - 1 !== markers.length) {
    throw reservedMarker();
  }
  return { text, secrets: [...new Set(markers)] };
}

/** The content with secret references as values of their own: `content\`token = ${ref}\n\``. Other values are written as text. */
export function content(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | SecretRef)[]
): readonly ContentPart[] {
  return strings.flatMap((text, index): ContentPart[] => {
    const value = values[index];
    if (value === undefined) {
      return [text];
    }
    return [text, isSecretRef(value) ? { secret: value, encoding: 'raw' } : String(value)];
  });
}

/** Whether a rendered text has a place for a secret. */
export function holdsSecret(text: string): boolean {
  return text.includes(markerStart);
}

/** Names of the secrets that a rendered text has places for, in order of first use. */
export function secretsIn(text: string): string[] {
  return [...new Set([...text.matchAll(/@@phoenix-secret:[a-z]+:([^@]+)@@/g)].map(([, name = '']) => name))];
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
