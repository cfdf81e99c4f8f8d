/** The candidate that is most like `text`, if any is like it at all. In up to three letters one may differ. Ties go to the first. */
export function nearest(text: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(text.length > 3 ? 2 : 1, Math.floor(text.length / 2)) + 1;
  const wanted = plainForm(text);
  for (const candidate of candidates) {
    const distance = editDistance(wanted, plainForm(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `max_model_len` and `maxModelLen` are the same to somebody who mistypes. */
function plainForm(text: string): string {
  return text.toLowerCase().replace(/[-_. ]/g, '');
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
