import type { Action, Database, Trigger } from './domain.ts';
import { ReconcileError } from './errors.ts';

type Phase = 'begin' | 'end' | 'check';
type Catalogue = Readonly<Record<Phase, readonly number[]>>;

/*
 * Which RDS events make us look, by their number (RDS-EVENT-0013 is 13) and by what they say about time. *begin*: the address is
 * about to change. *end*: the change is said to be over; the address may still be the old one. *check*: something may differ.
 * Source: "Amazon RDS event categories and event messages" in the RDS and Aurora user guides.
 */
export const catalogue: Readonly<Record<string, Catalogue>> = {
  'RDS DB Instance Event': {
    begin: [13, 50, 233, 422],
    end: [6, 15, 49, 51, 65, 385],
    check: [3, 4, 14, 17, 18, 19, 21, 22, 25, 26, 27, 29, 30, 34, 43, 47, 52, 53, 88, 154, 221, 419],
  },
  'RDS DB Cluster Event': {
    // 0181–0184, 0423: a global switchover on its way; 0185, 0238, 0397: over; 0186, 0187, 0239–0241: given up, failed, resynchronizing.
    begin: [72, 73, 181, 182, 183, 423],
    end: [70, 71, 184, 185, 238, 397],
    check: [69, 151, 153, 171, 172, 186, 187, 239, 240, 241],
  },
  // The resource of a blue/green event is the deployment, never the database: each one makes every database look.
  'RDS Blue Green Deployment Event': { begin: [247, 250, 259], end: [248, 251, 260], check: [249, 252, 261] },
  'RDS DB Proxy Event': { begin: [], end: [], check: [207] },
};

export const eventId = (number: number): string => `RDS-EVENT-${String(number).padStart(4, '0')}`;

const actions: readonly Action[] = ['resync', 'plan', 'status', 'doctor'];

/** What an event means for one database. `if-member`: only if the topology, asked once, lists the instance. */
export type Reading =
  | { readonly kind: 'look'; readonly trigger: Trigger }
  | { readonly kind: 'if-member'; readonly instanceId: string; readonly trigger: Trigger }
  | { readonly kind: 'ignored'; readonly trigger: Trigger; readonly message: string };

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * Reads an invocation's payload. Only identity is taken from it, to decide whether to look; unknown fields are ignored.
 * @throws ReconcileError InvalidEvent, naming what is accepted
 */
export function triggerFrom(event: unknown, database: Database, now: number): Reading {
  if (isObject(event)) {
    if ('action' in event)
      return { kind: 'look', trigger: { kind: 'manual', at: now, action: actionFrom(event.action) } };
    const at = timeOf(event, now);
    if (isScheduled(event)) return { kind: 'look', trigger: { kind: 'schedule', at } };
    if (event.source === 'aws.rds') return rdsReading(event, database, at);
  }
  throw invalidEvent(`got ${shown(event)}`);
}

function actionFrom(value: unknown): Action {
  const action = actions.find((known) => known === value);
  if (!action) throw invalidEvent(`action is ${shown(value)}`);
  return action;
}

const invalidEvent = (what: string) =>
  new ReconcileError(
    'InvalidEvent',
    `event not accepted: ${what}. Accepted: {"action": ${actions.map((action) => `"${action}"`).join(' | ')}}, ` +
      'an RDS event from EventBridge (source aws.rds), or a scheduled event (source aws.events or aws.scheduler). Nothing was changed.',
  );

function shown(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 200);
  } catch {
    return 'something that is too deep to show';
  }
}

const isScheduled = ({ source, 'detail-type': type }: Json): boolean =>
  type === 'Scheduled Event' || source === 'aws.scheduler' || (source === 'aws.events' && type === undefined);

/** The event's own time, for the convergence latency; a missing or strange one counts as now. */
function timeOf(event: Json, now: number): number {
  const at = Date.parse(text(event.time));
  return Number.isFinite(at) && at <= now ? at : now;
}

function rdsReading(event: Json, database: Database, at: number): Reading {
  const detail = isObject(event.detail) ? event.detail : {};
  const id = text(detail.EventID);
  const type = text(event['detail-type']);
  const phase = phaseOf(type, id);
  const trigger: Trigger = { kind: phase ?? 'check', at, eventId: id || 'unknown', ...named(id, detail) };
  if (!phase)
    return { kind: 'ignored', trigger, message: `${id || 'an event without EventID'} says nothing about addresses` };
  const source = sourceOf(event, detail);
  // A proxy's ARN ends in its resource id (prx-…), its name stands beside it.
  const names = [source, text(detail.SourceIdentifier).toLowerCase()];
  switch (relation(type, names, database)) {
    case 'ours':
      return { kind: 'look', trigger };
    case 'ask-topology':
      return { kind: 'if-member', instanceId: source, trigger };
    case 'another':
      return {
        kind: 'ignored',
        trigger,
        message: `${id} is about ${source || 'no database'}, not about ${followed(database)}`,
      };
  }
}

const followed = ({ id, hostname, name }: Database): string => id ?? hostname ?? name;

function phaseOf(detailType: string, id: string): Phase | undefined {
  const number = /^RDS-EVENT-(\d{4})$/.exec(id)?.[1];
  const phases = Object.hasOwn(catalogue, detailType) ? catalogue[detailType] : undefined;
  if (!number || !phases) return undefined;
  return (['begin', 'end', 'check'] as const).find((phase) => phases[phase].includes(Number(number)));
}

/** The identifier of the event's subject. Some events carry a prefix in SourceIdentifier ("rds:orders"), so the ARN goes first. */
function sourceOf(event: Json, detail: Json): string {
  const arns = [...(Array.isArray(event.resources) ? event.resources : []), detail.SourceArn];
  const fromArn = arns.map((arn) => /^arn:[^:]+:rds:[^:]*:[^:]*:[a-z-]+:(.+)$/.exec(text(arn))?.[1]).find(Boolean);
  return (fromArn ?? text(detail.SourceIdentifier).replace(/^rds:/, '')).toLowerCase();
}

function relation(
  detailType: string,
  names: readonly string[],
  database: Database,
): 'ours' | 'ask-topology' | 'another' {
  const [source = ''] = names;
  const same = source !== '' && source === database.id?.toLowerCase();
  switch (detailType) {
    case 'RDS Blue Green Deployment Event':
      return database.kind === 'hostname' && !database.id ? 'another' : 'ours';
    case 'RDS DB Proxy Event':
      return names.some((name) => name && database.hostname?.toLowerCase().startsWith(`${name}.proxy-`))
        ? 'ours'
        : 'another';
    case 'RDS DB Cluster Event':
      return same && database.kind !== 'instance' ? 'ours' : 'another';
    default:
      if (database.kind === 'cluster') return source === '' ? 'another' : 'ask-topology';
      return same ? 'ours' : 'another';
  }
}

/** Only "Completed failover to DB instance: X" speaks of a fact; "started … to X" is a plan that may fail. */
function named(id: string, detail: Json): { named?: string } {
  if (id !== eventId(71)) return {};
  const name = /DB instance:?\s+([a-z][a-z0-9-]*)/i.exec(text(detail.Message))?.[1];
  return name ? { named: name.toLowerCase() } : {};
}
