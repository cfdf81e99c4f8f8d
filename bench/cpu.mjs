/** Processor seconds, user and system, of all threads of this process since `before`. */
export function cpuSince(before) {
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}

/** Says what was measured to the process that asked. */
export function report(figures) {
  process.stdout.write(`${JSON.stringify({ ...figures, peakMiB: process.resourceUsage().maxRSS / 1024 })}\n`);
}
