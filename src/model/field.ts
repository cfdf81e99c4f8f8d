import {
  choice,
  custom,
  decimal,
  defaulted,
  duration,
  flag,
  integer,
  list,
  map,
  object,
  openChoice,
  reference,
  required,
  size,
  text,
} from './fields.js';

/**
 * Makers of fields, for tables of a domain of one's own: `field.required(field.text('Version of Ollama.'))`.
 *
 * `field.reference(doc, kind)` is a thing that files give by its name: `dataset`, `storage`, `network`, `container archive` and so on, or the
 * `kind` of a section of one's own.
 */
export const field = {
  choice,
  custom,
  decimal,
  defaulted,
  duration,
  flag,
  integer,
  list,
  map,
  object,
  openChoice,
  reference,
  required,
  size,
  text,
} as const;
