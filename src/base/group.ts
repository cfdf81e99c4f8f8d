/** Adds a value to the list under a key. */
export function addTo<K, V>(lists: Map<K, V[]>, key: K, ...values: readonly V[]): void {
  const list = lists.get(key);
  if (list === undefined) {
    lists.set(key, [...values]);
  } else {
    list.push(...values);
  }
}
