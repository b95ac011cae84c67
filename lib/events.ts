import { isMemberName } from './contradictions.ts';
import type { Action, Database, Trigger } from './domain.ts';
import { ReconcileError } from './errors.ts';
import { proxyOfHost } from './partitions.ts';
import { visible } from './visible.ts';

type Phase = 'begin' | 'end' | 'check';
type Catalogue = Readonly<Record<Phase, readonly number[]>>;

/*
 * Which RDS events wake a run, by their number (RDS-EVENT-0013 is 13) and by what they say about time. *begin*: the address is
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
  // The resource of a blue/green event is the deployment, never the database; the rule goes by its message, and what it lets through runs.
  'RDS Blue Green Deployment Event': { begin: [247, 250, 259], end: [248, 251, 260], check: [249, 252, 261] },
  'RDS DB Proxy Event': { begin: [], end: [], check: [207] },
};

/** A member that is deleted: the topology no longer lists it, and its address may still be in the group. */
const deleted = 3;

export const eventId = (number: number): string => `RDS-EVENT-${String(number).padStart(4, '0')}`;

const actions: readonly Action[] = ['resync', 'plan', 'status', 'doctor'];

/** What an event means for one database. `if-member`: only if the instance is a member of the cluster, or was one until it was deleted. */
export type EventMatch =
  | { readonly kind: 'run'; readonly trigger: Trigger }
  | {
      readonly kind: 'if-member';
      readonly instanceId: string;
      readonly isDeleted: boolean;
      readonly trigger: RdsTrigger;
    }
  | { readonly kind: 'ignored'; readonly trigger: Trigger; readonly message: string };

type RdsTrigger = Extract<Trigger, { readonly eventId: string }>;

/** RDS's identifiers have 63 characters, its messages a few hundred. A payload may have six megabytes, and a report repeats what it is about. */
const longestText = 1000;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, longestText) : '');

/**
 * Reads an invocation's payload. Only identity is taken from it, to decide whether to run; unknown fields are ignored.
 * @throws ReconcileError InvalidEvent, naming what is accepted
 */
export function triggerFrom(event: unknown, database: Database, now: number): EventMatch {
  if (isObject(event)) {
    if ('action' in event)
      return { kind: 'run', trigger: { kind: 'manual', at: now, action: actionFrom(event.action) } };
    const at = timeOf(event, now);
    if (isScheduled(event)) return { kind: 'run', trigger: { kind: 'schedule', at } };
    if (event.source === 'aws.rds') return matchOf(event, database, at);
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
    return visible(JSON.stringify(value) ?? String(value)).slice(0, 200);
  } catch {
    return 'something that is too deep to show';
  }
}

const isScheduled = ({ source, 'detail-type': type }: Json): boolean =>
  type === 'Scheduled Event' || source === 'aws.scheduler' || (source === 'aws.events' && type === undefined);

/** EventBridge tries to deliver an event for a day; one from an archive keeps its time. */
const latestMs = 24 * 3_600_000;

/** The event's own time, for the convergence latency; a missing or strange one counts as now. */
function timeOf(event: Json, now: number): number {
  const at = Date.parse(text(event.time));
  return at <= now && now - at <= latestMs ? at : now;
}

function matchOf(event: Json, database: Database, at: number): EventMatch {
  const detail = isObject(event.detail) ? event.detail : {};
  const id = text(detail.EventID);
  const type = text(event['detail-type']);
  const phase = phaseOf(type, id);
  const trigger: RdsTrigger = { kind: phase ?? 'check', at, eventId: id || 'unknown', ...named(id, detail) };
  if (!phase)
    return { kind: 'ignored', trigger, message: `${id || 'an event without EventID'} says nothing about addresses` };
  const subject = subjectOf(event, detail);
  switch (relation(type, subject, database)) {
    case 'ours':
      return { kind: 'run', trigger };
    case 'ask-topology':
      return { kind: 'if-member', instanceId: subject.name, isDeleted: id === eventId(deleted), trigger };
    case 'another':
      return {
        kind: 'ignored',
        trigger,
        message: `${id} is about ${subject.name ? `${subjects[type]} ${subject.name}` : 'no database'}, not about ${followed(database)}`,
      };
  }
}

/** A DB instance and a DB cluster may have one identifier. */
const followed = ({ kind, id, hostname, name }: Database): string =>
  kind !== 'hostname' && id ? `DB ${kind} ${id}` : (hostname ?? name);

const subjects: Readonly<Record<string, string>> = {
  'RDS DB Instance Event': 'DB instance',
  'RDS DB Cluster Event': 'DB cluster',
  'RDS DB Proxy Event': 'RDS Proxy',
  'RDS Blue Green Deployment Event': 'blue/green deployment',
};

function phaseOf(detailType: string, id: string): Phase | undefined {
  const number = /^RDS-EVENT-(\d{4})$/.exec(id)?.[1];
  const phases = Object.hasOwn(catalogue, detailType) ? catalogue[detailType] : undefined;
  if (!number || !phases) return undefined;
  return (['begin', 'end', 'check'] as const).find((phase) => phases[phase].includes(Number(number)));
}

/** What an event is about. `name`: the likeliest identifier; `names`: all that it is called, in lower case. */
type Subject = { readonly name: string; readonly names: readonly string[]; readonly message: string };

/** An ARN can end in the resource id (`prx-0123456789abcdef0`, `db-ABC…`) in the place of the identifier. */
const resourceId = /^(?:db|cluster|prx|prx-endpoint)-[a-z0-9]{16,}$/;

/**
 * AWS's samples name the subject in several ways: SourceIdentifier has a prefix ("rds:orders"), or is a proxy's endpoint while the ARN
 * ends in the proxy's name, or the ARN ends in a resource id while SourceIdentifier has the name. So an ARN goes first, unless it has an id.
 */
function subjectOf(event: Json, detail: Json): Subject {
  const arns = [...(Array.isArray(event.resources) ? event.resources : []), detail.SourceArn];
  const fromArns = arns.flatMap((arn) => /^arn:[^:]+:rds:[^:]*:[^:]*:[a-z-]+:(.+)$/.exec(text(arn))?.[1] ?? []);
  const names = [...fromArns, text(detail.SourceIdentifier).replace(/^rds:/, '')]
    .map((name) => name.toLowerCase())
    .filter(Boolean);
  const name = names.find((one) => !resourceId.test(one)) ?? names[0] ?? '';
  return { name, names, message: text(detail.Message).toLowerCase() };
}

function relation(detailType: string, subject: Subject, database: Database): 'ours' | 'ask-topology' | 'another' {
  const isSame = subject.name === database.id?.toLowerCase();
  switch (detailType) {
    case 'RDS Blue Green Deployment Event':
      return database.kind === 'hostname' && !database.id ? 'another' : 'ours';
    case 'RDS DB Proxy Event':
      return proxyWords(database).some((word) => namesProxy(subject, word)) ? 'ours' : 'another';
    case 'RDS DB Cluster Event':
      return isSame && database.kind !== 'instance' ? 'ours' : 'another';
    default:
      if (database.kind === 'cluster') return mayBeMember(subject.name, database) ? 'ask-topology' : 'another';
      return isSame ? 'ours' : 'another';
  }
}

const mayBeMember = (id: string, { memberPrefix }: Database): boolean => id !== '' && isMemberName(id, memberPrefix);

/** The names of the proxy behind a host name, and of its endpoint, in lower case. */
export function proxyWords({ hostname, proxyName }: Pick<Database, 'hostname' | 'proxyName'>): readonly string[] {
  const fromHost = Object.values(proxyOfHost(hostname ?? ''));
  return [...new Set([...(proxyName ? [proxyName.toLowerCase()] : []), ...fromHost])];
}

/** "RDS modified endpoint checkout-ro of DB Proxy checkout.": the message names what neither identifier nor ARN may name. */
const namesProxy = ({ names, message }: Subject, word: string): boolean =>
  names.includes(word) || message.split(/[^a-z0-9-]/).includes(word);

/** Only "Completed failover to DB instance: X" speaks of a fact; "started … to X" is a plan that may fail. */
function named(id: string, detail: Json): { named?: string } {
  if (id !== eventId(71)) return {};
  const name = /DB instance:?\s+([a-z][a-z0-9-]*)/i.exec(text(detail.Message))?.[1];
  return name ? { named: name.toLowerCase() } : {};
}
