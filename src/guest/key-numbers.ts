/** Numbers of keys such as `mp3`: those that are given, and for the others the lowest that are free, in their order. */
export function keyNumbers(given: readonly (number | undefined)[]): number[] {
  const taken = new Set(given.filter((number) => number !== undefined));
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

/** The numbers that are given more than once. */
export function doubleNumbers(given: readonly (number | undefined)[]): number[] {
  const numbers = given.filter((number) => number !== undefined);
  return [...new Set(numbers.filter((number, index) => numbers.indexOf(number) !== index))];
}
