import type { Session } from '../access/session.ts';
import { type Io, withProgress } from '../terminal/io.ts';
import { type Failover, failoversOf, heardOf, isWell } from './failovers.ts';
import type { Window } from './logs.ts';
import { type Records, readRecords } from './read.ts';

/** What happened in a window, as `events` tells it. */
export type History = {
  readonly window: Window;
  readonly records: Records;
  readonly failovers: readonly Failover[];
  /** All of it was read, and events did their work in each failover. */
  readonly isWell: boolean;
};

/** Reads what happened in the last `sinceMs`. A sandbox is failed over first: it has no past. */
export async function readHistory(io: Io, session: Session, sinceMs: number): Promise<History> {
  const { sandbox } = session;
  if (sandbox)
    await withProgress(io, 'failing over the database of the sandbox', async () => {
      await sandbox.database.failover({ cause: 'crash' });
      await sandbox.functions.failover.idle();
    });
  const until = Date.now();
  const window = { since: until - sinceMs, until };
  const records = await readRecords(io, session, window);
  const failovers = failoversOf(records);
  return {
    window,
    records,
    failovers,
    isWell: !records.unread && failovers.every((failover) => isWell(failover, records)),
  };
}

/** As `--json` prints it. */
export function historyAsJson({ window, records, failovers }: History): object {
  const events = records.events.map((event) => ({ ...event, heard: heardOf(event, records) }));
  return { ...window, failovers, ...records, events };
}

/** How many events woke no run, or woke it too late to be of use. */
export const missedIn = ({ records }: History): number =>
  records.events.filter((event) => ['missed', 'late'].includes(heardOf(event, records)?.kind ?? '')).length;
