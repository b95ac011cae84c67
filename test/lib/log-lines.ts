import { afterEach, beforeEach, vi } from 'vitest';

/** What each test of the file logs and measures, line by line. */
export function logLines(): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(JSON.parse(String(line))) > 0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return lines;
}
