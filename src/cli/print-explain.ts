import { placeText } from '../base/errors.js';
import type { ExplainedValue, LayerSays } from '../model/explain.js';
import type { Explanation } from '../model/report.js';
import type { CodeMeaning } from '../toolkit/error-codes.js';
import type { Style } from './style.js';

/** A code for people. */
export function codeText(code: string, { severity, meaning, fix }: CodeMeaning, style: Style): string {
  return `${style.strong(code)}  ${severity}\n  ${meaning}\n  → ${fix}`;
}

/** Where values come from, for people: a line a value, or with one value a line a layer. */
export function explanationText(explanation: Explanation, style: Style): string {
  const { path, identity, type, artifact, reasons = [], values } = explanation;
  const head = `${style.strong(path)}  ${identity}  ${type}`;
  const line = artifact === undefined ? [] : [`${artifact.file}:${artifact.line}`, `  ${artifact.text}`];
  const [only] = values;
  const isOne = values.length === 1 || artifact !== undefined;
  const body = isOne ? values.flatMap((value) => chainLines(value, style)) : tableLines(values);
  const because = reasons.map((reason) => `  because ${reason}`);
  const none = only === undefined && because.length === 0 ? ['  no prop alone makes it; the construct does'] : [];
  return [...line, head, ...because, ...body, ...none].join('\n');
}

function chainLines({ key, value, chain }: ExplainedValue, style: Style): string[] {
  const said = chain.map(({ layer, value, effect, place }) => ({
    layer,
    shown: shown(value),
    place: place === undefined ? '' : placeText(place),
    effect,
  }));
  const wide = (pick: (row: (typeof said)[number]) => string) => Math.max(0, ...said.map((row) => pick(row).length));
  const [layers, values, places] = [wide((row) => row.layer), wide((row) => row.shown), wide((row) => row.place)];
  return [
    `${style.strong(key)} = ${shown(value)}`,
    ...said.map(({ layer, shown, place, effect }) =>
      `  ${layer.padEnd(layers)}  ${shown.padEnd(values)}  ${place.padEnd(places)}  ${words[effect]}`.trimEnd(),
    ),
  ];
}

const words: Readonly<Record<LayerSays['effect'], string>> = {
  wins: '← wins',
  adds: '← adds',
  removes: '← removes',
  covered: '',
};

function tableLines(values: readonly ExplainedValue[]): string[] {
  const rows = values.map(({ key, value, chain }) => {
    const from = chain.filter(({ effect }) => effect !== 'covered');
    const names = from.map(({ layer, place }) => (place === undefined ? layer : placeText(place)));
    return { key, shown: shown(value), names: names.join(', ') };
  });
  const keys = Math.max(0, ...rows.map(({ key }) => key.length));
  const widest = Math.min(48, Math.max(0, ...rows.map(({ shown }) => shown.length)));
  return rows.map(({ key, shown, names }) => `  ${key.padEnd(keys)}  ${shown.padEnd(widest)}  ${names}`);
}

function shown(value: unknown): string {
  if (value === undefined) {
    return '(none)';
  }
  if (value === null) {
    return 'null';
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
