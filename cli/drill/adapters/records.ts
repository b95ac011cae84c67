import type { Report } from '../../../lib/domain.ts';
import { summary } from '../../../lib/report.ts';
import type { Clients } from '../../access/clients.ts';
import { readLog } from '../../history/logs.ts';
import { readEvents, subjectsOf } from '../../history/rds.ts';
import type { Failure, Run } from '../../history/types.ts';
import type { Chronicle } from '../ports.ts';
import type { DrillRecord, Invocation } from '../record.ts';

/** The clock of RDS may be a little ahead of ours. */
const aheadMs = 60_000;
const windowFrom = (since: number) => ({ since, until: Date.now() + aheadMs });

/** RDS's own events about the database and, for a cluster, its members. */
export const rdsChronicle = (
  clients: Clients,
  database: Pick<DrillRecord['database'], 'kind' | 'id'>,
  region?: string,
): Chronicle => ({
  name: 'DescribeEvents',
  async since(at) {
    const subjects = await subjectsOf(clients, database, region);
    const { events } = await readEvents(clients, subjects, windowFrom(at), region);
    return events.map(({ at, eventId, message, source }) => ({
      kind: 'event',
      at,
      ...(eventId ? { id: eventId } : {}),
      message,
      source,
    }));
  },
});

/** What the functions report in their logs. */
export const functionChronicle = (clients: Clients, functionName: string, region?: string): Chronicle => ({
  name: `the log of ${functionName}`,
  async since(at) {
    const log = await readLog(clients, functionName, windowFrom(at), region);
    if (!log) throw new Error('it has no log group; its decisions will be missing');
    return [...log.runs.map(runOf), ...log.failures.map(failureOf)];
  },
});

export function runOf({ functionName, startedAt, endedAt, report }: Omit<Run, 'latencyMs'>): Invocation {
  const { trigger, outcome, registered } = report;
  return {
    kind: 'invocation',
    at: endedAt,
    function: functionName,
    startedAt,
    trigger: trigger.eventId ?? trigger.action ?? trigger.kind,
    outcome,
    // The line has the whole report; only its type was narrowed.
    summary: summary(report as Report),
    registered,
  };
}

export const failureOf = ({ functionName, at, message }: Failure): Invocation => ({
  kind: 'invocation',
  at,
  function: functionName,
  startedAt: at,
  trigger: 'unknown',
  outcome: 'failed',
  summary: message,
  registered: [],
});
