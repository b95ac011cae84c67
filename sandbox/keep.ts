/** More than any failover leaves behind, and bounded, so that a sandbox that runs for days does not grow. */
const most = 100_000;

/** Adds what has just happened; of what lies too far back a tenth goes at once, so that this stays cheap. */
export function keep<T>(list: T[], item: T, limit = most): void {
  list.push(item);
  if (list.length > limit) list.splice(0, Math.ceil(limit / 10));
}
