/** Numbers of keys such as `mp3`: those that are given, and for the others the lowest that are free, in their order. */
export function keyNumbers(given: readonly (number | undefined)[], reserved: readonly number[] = []): number[] {
  const taken = new Set([...given.filter((number) => number !== undefined), ...reserved]);
  let next = 0;
  return given.map((number) => {
    if (number !== undefined) {
      return number;
    }
    while (taken.has(next)) {
      next++;
    }
    return next++;
  });
}

/**
 * Numbers of keys that an adopted guest has past its props: what is added to the program later must not come in their place. In other
 * guests an override is meant for the prop that has the number.
 */
export function overriddenNumbers(
  stem: string,
  {
    source,
    overrides,
  }: {
    readonly source: { readonly from: string };
    readonly overrides: readonly { readonly key: string; readonly subkey: string | undefined }[];
  },
): number[] {
  const keys = source.from === 'adopted' ? overrides.filter(({ subkey }) => subkey === undefined) : [];
  return keys.flatMap(({ key }) => (new RegExp(`^${stem}\\d+$`).test(key) ? [Number(key.slice(stem.length))] : []));
}

/** The numbers that are given more than once. */
export function doubleNumbers(given: readonly (number | undefined)[]): number[] {
  const numbers = given.filter((number) => number !== undefined);
  return [...new Set(numbers.filter((number, index) => numbers.indexOf(number) !== index))];
}
