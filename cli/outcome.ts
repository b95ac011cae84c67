import type { Report } from '../lib/domain.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

/** What a report means for the exit code. */
export const codeOf = ({ outcome }: Pick<Report, 'outcome'>): ExitCode =>
  outcome === 'in-sync' || outcome === 'changed' || outcome === 'ignored' ? exitCodes.inSync : exitCodes.drift;
