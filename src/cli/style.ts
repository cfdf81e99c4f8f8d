import { styleText } from 'node:util';

/** How words look. Each function takes text and gives text; without colour the same text. */
export type Style = Readonly<Record<keyof typeof looks, (text: string) => string>>;

const looks = {
  strong: 'bold',
  dim: 'dim',
  good: 'green',
  careful: 'yellow',
  bad: 'red',
} as const;

/** The style of a stream that shows colour, or of one that does not. */
export function styleOf(color: boolean): Style {
  const of = (look: keyof typeof looks) => (text: string) => (color ? styleText(looks[look], text) : text);
  return { strong: of('strong'), dim: of('dim'), good: of('good'), careful: of('careful'), bad: of('bad') };
}
