import type { Journal } from '../../world/journal.ts';

/** A period without writes that began with a failure. Times in wall ms since the epoch. */
type Outage = {
  /** The last write before it; absent when there was none. */
  readonly lastWriteAt?: number;
  readonly firstFailureAt: number;
  /** Absent while it lasts. */
  readonly firstWriteAt?: number;
  /** From the last write (or the first failure) to the next write, or to now. */
  readonly gapMs: number;
  readonly failed: number;
  readonly refusedByReader: number;
};

export type ClientReport = {
  readonly attempted: number;
  readonly acknowledged: number;
  readonly failed: number;
  /** Of the failed: those that reached a server which takes no writes (SQLSTATE 25006). */
  readonly refusedByReader: number;
  /** Failures by SQLSTATE or system error code. */
  readonly failures: Readonly<Record<string, number>>;
  /** The longest time between two acknowledged writes, with or without failures, up to now. Wall ms. */
  readonly longestGapMs: number;
  /** The gaps of all outages together, in wall seconds. */
  readonly secondsWithoutWrites: number;
  readonly outages: readonly Outage[];
};

export type Write = { readonly number: number; readonly at: number };

/** Counts the outcome of each write, and journals where an outage begins and ends. */
export type Tally = {
  acknowledged(number: number): void;
  failed(number: number, error: unknown): void;
  lastWrite(): Write | undefined;
  /** The numbers of the acknowledged writes, ascending. */
  numbers(): readonly number[];
  report(): ClientReport;
};

const READ_ONLY_TRANSACTION = '25006';

export function createTally(journal: Journal): Tally {
  const numbers: number[] = [];
  const ended: Outage[] = [];
  const failures: Record<string, number> = {};
  let open: Outage | undefined;
  let last: Write | undefined;
  let longestGapMs = 0;

  const gapUntil = (now: number) => (last ? now - last.at : 0);
  const outagesUntil = (now: number): Outage[] =>
    open ? [...ended, { ...open, gapMs: now - (open.lastWriteAt ?? open.firstFailureAt) }] : ended;

  return {
    acknowledged(number) {
      const at = Date.now();
      longestGapMs = Math.max(longestGapMs, gapUntil(at));
      if (open) {
        const gapMs = at - (open.lastWriteAt ?? open.firstFailureAt);
        ended.push({ ...open, firstWriteAt: at, gapMs });
        open = undefined;
        journal.write('client', 'first-write', { number, gapMs });
      }
      numbers.push(number);
      last = { number, at };
    },
    failed(number, error) {
      const code = codeOf(error);
      failures[code] = (failures[code] ?? 0) + 1;
      if (!open) journal.write('client', 'first-failure', { number, code, error: String(error) });
      open ??= { ...(last ? { lastWriteAt: last.at } : {}), ...NEW_OUTAGE, firstFailureAt: Date.now() };
      const refused = code === READ_ONLY_TRANSACTION;
      if (refused && open.refusedByReader === 0) journal.write('client', 'refused-by-reader', { number });
      open = { ...open, failed: open.failed + 1, refusedByReader: open.refusedByReader + Number(refused) };
    },
    lastWrite: () => last,
    numbers: () => numbers,
    report() {
      const now = Date.now();
      const outages = outagesUntil(now);
      const failed = sum(Object.values(failures));
      return {
        attempted: numbers.length + failed,
        acknowledged: numbers.length,
        failed,
        refusedByReader: failures[READ_ONLY_TRANSACTION] ?? 0,
        failures: { ...failures },
        longestGapMs: Math.max(longestGapMs, gapUntil(now)),
        secondsWithoutWrites: sum(outages.map(({ gapMs }) => gapMs)) / 1000,
        outages: [...outages],
      };
    },
  };
}

const NEW_OUTAGE = { gapMs: 0, failed: 0, refusedByReader: 0 };

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function codeOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message);
}
