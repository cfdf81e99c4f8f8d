/** A value as messages show it: short, and a thing by its class, because a construct holds the whole program. */
export function shown(value: unknown): string {
  if (isThing(value)) {
    return `a ${value.constructor.name}`;
  }
  const text = jsonOf(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** What a report can hold of a value: anything may have been given, constructs that hold themselves included. */
export function printable(value: unknown): unknown {
  return jsonOf(value) === undefined ? undefined : value;
}

/** Whether it is an object of some class, neither a list nor a record. */
function isThing(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    ![Object.prototype, null].includes(Object.getPrototypeOf(value))
  );
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
