import { PhoenixError } from '../base/errors.js';

/** An expectation that does not hold: an error that every test runner shows as a failed test. */
export function unmet(code: string, message: string, fix?: string): PhoenixError {
  return new PhoenixError({ code: `testing/${code}`, message, ...(fix === undefined ? {} : { fix }) });
}
