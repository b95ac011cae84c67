/** One event, with its time. Every part of the sandbox reports here; the drill's timeline is made of it. */
export type Occurrence = {
  /** Wall clock, ms since the epoch. */
  readonly at: number;
  /** The part that reports. */
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

/** More than any failover needs; bounded, so that a sandbox that runs for days does not grow. */
const most = 100_000;

/** Appends the item. Above the limit it drops the oldest tenth at once, so that appending stays cheap. */
export function keep<T>(list: T[], item: T, limit = most): void {
  list.push(item);
  if (list.length > limit) list.splice(0, Math.ceil(limit / 10));
}
