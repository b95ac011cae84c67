import { afterEach, beforeEach, vi } from 'vitest';

/** What each test of the file logs and measures, line by line. */
export function logLines(): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  beforeEach(() => {
    lines.length = 0;
    vi.stubEnv('POWERTOOLS_DEV', 'true'); // Powertools writes through the console that the test watches…
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false'); // …and still measures
    for (const level of ['log', 'info', 'warn', 'error'] as const)
      vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(JSON.parse(line)));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });
  return lines;
}
