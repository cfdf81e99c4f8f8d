/** What is given, as Proxmox writes it: truth values as 1 and 0. */
export function configTexts(
  values: Readonly<Record<string, string | number | boolean | undefined>>,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const key of Object.keys(values)) {
    const value = values[key];
    if (value !== undefined) {
      result[key] = typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
    }
  }
  return result;
}
