/** Options as a firewall file names and writes them; those that nobody gave are left out, and so are empty lists, which no file can hold. */
export function optionWords<K extends string>(
  names: Readonly<Record<K, string>>,
  values: { readonly [key in NoInfer<K>]?: unknown },
): Record<string, string> {
  const words: Record<string, string> = {};
  for (const key of Object.keys(names) as K[]) {
    const value = values[key];
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) {
      words[names[key]] = wordOf(value);
    }
  }
  return words;
}

function wordOf(value: unknown): string {
  if (typeof value === 'boolean') {
    return value ? '1' : '0';
  }
  return Array.isArray(value) ? value.join(',') : String(value);
}
