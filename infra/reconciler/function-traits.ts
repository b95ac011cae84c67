import { Duration } from 'aws-cdk-lib';

export type FunctionName = 'failover' | 'drift';
export type Environment = Record<string, string>;

/** Seconds for the last look of a run and its last words; Lambda ends any function after 15 minutes. */
const timeoutAfter = (seconds: number): Duration => Duration.seconds(Math.min(900, Math.ceil(seconds) + 20));

/** In what the two functions differ. `delivery`: how long and how often an event is tried. */
export const traits = {
  failover: {
    description: 'Follows the database when an event says that it may move',
    timeout: ({ WATCH_SECONDS }: Environment) => timeoutAfter(Number(WATCH_SECONDS)),
    // Long enough for Lambda's two retries, which come one and two minutes after a run that failed at its end.
    delivery: { maxEventAge: Duration.minutes(15), retryAttempts: 2 },
  },
  drift: {
    description: 'Repairs the target group when it differs from the database',
    // A check ends after the settle time, and a fifth of it is its longest pause. By default it ends before the next one begins. Only
    // where a name shows some of its addresses at a time a check may take minutes to prove that one is gone (lib/observations/sampling.ts).
    timeout: ({ SETTLE_SECONDS, DATABASE_KIND }: Environment) =>
      timeoutAfter(Number(SETTLE_SECONDS) * (DATABASE_KIND === 'hostname' ? 12 : 1.2)),
    // The next check is the retry.
    delivery: { maxEventAge: Duration.minutes(1), retryAttempts: 0 },
  },
} as const;
