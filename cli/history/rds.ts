import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  paginateDescribeEvents,
  type SourceType,
} from '@aws-sdk/client-rds';
import { asked, listOf } from '../../lib/adapters/asked.ts';
import { eventId } from '../../lib/events.ts';
import { awsError } from '../access/call.ts';
import type { Clients } from '../access/clients.ts';
import { CliError } from '../terminal/errors.ts';
import type { Window } from './logs.ts';

/** An event that RDS recorded. Times are ms since the epoch. */
export type RdsEvent = {
  readonly at: number;
  readonly source: string;
  readonly message: string;
  /** Derived from the message, since the API gives no number. Undefined for events that concern no address. */
  readonly eventId?: string;
  readonly isFailover: boolean;
};

/** A resource with RDS events. */
type Subject = { readonly type: SourceType; readonly id: string };

/** The database itself, and a cluster's present members: their restarts are events of instances. */
export async function subjectsOf(
  clients: Clients,
  database: { readonly kind: string; readonly id?: string | undefined },
  region?: string,
): Promise<Subject[]> {
  const { kind, id } = database;
  if (!id) return [];
  if (kind === 'instance') return [{ type: 'db-instance', id }];
  const members = await membersOf(clients, id).catch((error: unknown) => {
    if (error instanceof Error && /DBClusterNotFound/.test(error.name)) return undefined;
    throw awsError(error, { action: 'rds:DescribeDBClusters', region });
  });
  // RDS returns no events for an unknown cluster, which would pass for a quiet week.
  if (!members && kind === 'cluster') throw notFound('cluster', id, region);
  // A host name may stand for either.
  if (!members) return [{ type: 'db-instance', id }];
  return [{ type: 'db-cluster', id }, ...members.map((member): Subject => ({ type: 'db-instance', id: member }))];
}

const notFound = (what: 'cluster' | 'instance', id: string, region: string | undefined) =>
  new CliError(
    `RDS has no DB ${what} ${id}${region ? ` in ${region}` : ''}, so its events are unknown`,
    `check its identifier and kind in databases.json (with --function: DATABASE_ID and DATABASE_KIND of the function); --region and --profile must name its Region and account`,
  );

async function membersOf(clients: Clients, id: string): Promise<string[]> {
  const { DBClusters = [] } = await clients.rds().send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
  const cluster = asked('DescribeDBClusters', DBClusters, id, (one) => one.DBClusterIdentifier);
  return (cluster?.DBClusterMembers ?? []).flatMap(({ DBInstanceIdentifier }) => DBInstanceIdentifier ?? []);
}

/** A deleted instance still has events, so its existence is checked only where there are none. */
async function ensureInstance(clients: Clients, id: string, region: string | undefined): Promise<void> {
  try {
    await clients.rds().send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
  } catch (error) {
    if (error instanceof Error && /DBInstanceNotFound/.test(error.name)) throw notFound('instance', id, region);
    throw awsError(error, { action: 'rds:DescribeDBInstances', region });
  }
}

/** Far more than a database has in the 14 days that RDS keeps them. */
const mostEvents = 2000;

/** RDS's events about the subjects, oldest first. `readUntil`: later events exist that were not read. */
export async function readEvents(
  clients: Clients,
  subjects: readonly Subject[],
  window: Window,
  region?: string,
): Promise<{ readonly events: RdsEvent[]; readonly readUntil?: number }> {
  const found: RdsEvent[] = [];
  const ends: number[] = [];
  try {
    for (const subject of subjects) {
      const events = await eventsOf(clients, subject, window);
      found.push(...events.slice(0, mostEvents));
      if (events.length > mostEvents) ends.push(events[mostEvents - 1]?.at ?? window.since);
    }
  } catch (error) {
    throw awsError(error, { action: 'rds:DescribeEvents', region });
  }
  const [only, ...others] = subjects;
  if (found.length === 0 && only?.type === 'db-instance' && others.length === 0)
    await ensureInstance(clients, only.id, region);
  return {
    events: found.sort((one, other) => one.at - other.at),
    ...(ends.length > 0 ? { readUntil: Math.min(...ends) } : {}),
  };
}

async function eventsOf(clients: Clients, { type, id }: Subject, { since, until }: Window): Promise<RdsEvent[]> {
  const found: RdsEvent[] = [];
  const input = { SourceType: type, SourceIdentifier: id, StartTime: new Date(since), EndTime: new Date(until) };
  for await (const { Events } of paginateDescribeEvents({ client: clients.rds() }, input)) {
    for (const { Date: date, Message = '', SourceIdentifier = id, EventCategories = [] } of listOf(
      'DescribeEvents',
      Events,
    )) {
      const eventId = eventIdOf(Message);
      const isFailover = EventCategories.some((category) => category.toLowerCase() === 'failover');
      found.push({
        at: date?.getTime() ?? since,
        source: SourceIdentifier,
        message: Message,
        isFailover,
        eventId,
      });
    }
    if (found.length > mostEvents) break;
  }
  return found;
}

/*
 * DescribeEvents gives an event's message but not its number; EventBridge, and so the functions' reports, give the number. The messages
 * are those of "Amazon RDS event categories and event messages" in the RDS and Aurora user guides. Only events of a failover.
 */
const wordings: readonly (readonly [number: number, wording: RegExp])[] = [
  [6, /^DB instance restarted/i],
  [13, /^Multi-AZ instance failover started/i],
  [15, /^Multi-AZ failover to standby complete/i],
  [34, /^Abandoning user requested failover/i],
  [49, /^Multi-AZ instance failover completed/i],
  [50, /^Multi-AZ instance activation started/i],
  [51, /^Multi-AZ instance activation completed/i],
  [65, /^Recovered from partial failover/i],
  [69, /^Cluster failover failed/i],
  [70, /^Promoting previous primary again/i],
  [71, /^Completed failover to DB instance/i],
  [72, /^Started same AZ failover/i],
  [73, /^Started cross AZ failover/i],
];

export function eventIdOf(message: string): string | undefined {
  const number = wordings.find(([, wording]) => wording.test(message))?.[0];
  return number === undefined ? undefined : eventId(number);
}
