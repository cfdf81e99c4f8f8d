import * as z from 'zod';
import type { Problem } from '../base/errors.js';
import { compareText } from '../base/stable.js';

/** `error`: Proxmox, the kernel or the server would refuse it, or data could be lost. Everything else warns or informs. */
export const severities = ['error', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];

/** Form of a code: `domain/what`. */
export const findingCode = /^[a-z0-9]+(-[a-z0-9]+)*\/[a-z0-9]+(-[a-z0-9]+)*$/;

export const findingSchema = z.strictObject({
  /** Stable code, `domain/what`; documented and never reused. */
  code: z.string().regex(findingCode),
  severity: z.enum(severities),
  /** Construct path, or the path of the host the finding is about. */
  path: z.string(),
  /** What is the case, with the values. */
  message: z.string(),
  value: z.json().optional(),
  /** The way out. */
  fix: z.string().optional(),
  /** Why somebody said that it is meant so. Errors cannot be acknowledged. */
  acknowledged: z.string().optional(),
});

/** Something that a person should know of before applying. Stays in the report when it is acknowledged. */
export type Finding = Readonly<z.infer<typeof findingSchema>>;

/** By severity, then path, then code, then text: the order of every report. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    compareText(a.path, b.path) ||
    compareText(a.code, b.code) ||
    compareText(a.message, b.message)
  );
}

/** The finding as something that stops the synth. */
export function problemOf(finding: Finding): Problem {
  const { code, message, path, value, fix } = finding;
  return { code, message, path, ...(value === undefined ? {} : { value }), ...(fix === undefined ? {} : { fix }) };
}
