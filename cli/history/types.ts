import type { Report } from '../../lib/domain.ts';

/** What RDS recorded. Times are ms since the epoch. */
export type RdsEvent = {
  readonly at: number;
  readonly source: string;
  readonly message: string;
  /** By its wording; the API does not tell numbers. Undefined for those that concern no address. */
  readonly eventId?: string;
  readonly isFailover: boolean;
};

/** One run of a function, as it reported it. */
export type Run = {
  readonly functionName: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** From the event to the group being right; only when something changed. */
  readonly latencyMs?: number;
  readonly report: Pick<
    Report,
    'trigger' | 'outcome' | 'reason' | 'detail' | 'registered' | 'deregistered' | 'durationMs'
  >;
};

/** A run that failed, or was ended from outside. */
export type Failure = { readonly functionName: string; readonly at: number; readonly message: string };

export type Records = {
  readonly events: readonly RdsEvent[];
  readonly runs: readonly Run[];
  readonly failures: readonly Failure[];
  /** Functions whose log is not there: what they did is not known, and an event that woke them looks missed. */
  readonly withoutLog?: readonly string[];
  /** What holds more than is read, and until when it was. */
  readonly unread?: readonly { readonly what: string; readonly readUntil: number }[];
  /** How many lines of the logs look like reports and are none. */
  readonly unreadable?: number;
  /** A run reports when it ends: one that an event after this time woke may still be at work. */
  readonly pendingSince: number;
};
