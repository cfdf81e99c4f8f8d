/** One thing that the doctor looked at. */
export interface Check {
  /** What was looked at: `node`, `app`, `lock file`. */
  readonly name: string;
  /** `warn` is what may be meant so; `fail` keeps phoenix from working. */
  readonly status: 'ok' | 'warn' | 'fail';
  /** What is the case. */
  readonly message: string;
  /** The way out. */
  readonly fix?: string;
}
