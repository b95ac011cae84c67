import type { Report } from '../../lib/domain.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { isServed } from './words.ts';

/** What a report means for the exit code: 0 only where the group is right and, as far as the report tells, consumers are served. */
export const codeOf = (report: Pick<Report, 'outcome' | 'targets'>): ExitCode => {
  const { outcome } = report;
  if (outcome === 'ignored') return exitCodes.inSync;
  return (outcome === 'in-sync' || outcome === 'changed') && isServed(report) !== false
    ? exitCodes.inSync
    : exitCodes.drift;
};
