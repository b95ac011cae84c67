/** What happened, and when. Every part of the sandbox reports here; the timeline of a failover is made of it. */
export type Occurrence = {
  /** Wall clock, ms since the epoch. */
  readonly at: number;
  /** Which part speaks. */
  readonly source:
    | 'database'
    | 'dns'
    | 'rds'
    | 'elbv2'
    | 'load-balancer'
    | 'lambda'
    | 'logs'
    | 'eventbridge'
    | 'client'
    | 'sandbox';
  /** A stable name, for example `promoted`, `target-healthy`; tests rely on it. */
  readonly what: string;
  readonly detail?: Readonly<Record<string, unknown>>;
};

export type Journal = {
  write(source: Occurrence['source'], what: string, detail?: Occurrence['detail']): void;
  /** The latest ones, a hundred thousand at most, oldest first. */
  all(): readonly Occurrence[];
  /** Calls `listener` for each later occurrence; the returned function ends it. */
  follow(listener: (occurrence: Occurrence) => void): () => void;
};

export function createJournal(): Journal {
  const occurrences: Occurrence[] = [];
  const listeners = new Set<(occurrence: Occurrence) => void>();
  return {
    write(source, what, detail) {
      const occurrence = { at: Date.now(), source, what, ...(detail ? { detail } : {}) };
      keep(occurrences, occurrence);
      for (const listener of listeners) listener(occurrence);
    },
    all: () => occurrences,
    follow(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** More than any failover leaves behind, and bounded, so that a sandbox that runs for days does not grow. */
const most = 100_000;

/** Adds what has just happened; of what lies too far back a tenth goes at once, so that this stays cheap. */
export function keep<T>(list: T[], item: T, limit = most): void {
  list.push(item);
  if (list.length > limit) list.splice(0, Math.ceil(limit / 10));
}
