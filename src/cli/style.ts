/** How words look. Each function takes text and gives text; without colour the same text. */
export type Style = Readonly<Record<keyof typeof looks, (text: string) => string>>;

/** Codes that switch a look on and off. (`styleText` of node decides by the stream on some releases, and not on others.) */
const looks = {
  strong: [1, 22],
  dim: [2, 22],
  good: [32, 39],
  careful: [33, 39],
  bad: [31, 39],
} as const;

/** The style of a stream that shows colour, or of one that does not. */
export function styleOf(hasColor: boolean): Style {
  const look = (name: keyof typeof looks) => {
    const [on, off] = looks[name];
    return (text: string) => (hasColor && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text);
  };
  return { strong: look('strong'), dim: look('dim'), good: look('good'), careful: look('careful'), bad: look('bad') };
}
