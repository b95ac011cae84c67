import type { Journal } from '../journal.ts';
import type { EventBridgeEvent } from '../types.ts';
import { EVENT_CATALOGUE, type EventSourceType } from './event-catalogue.ts';
import { randomUuid } from './random.ts';

const DETAIL_TYPES: Readonly<Record<EventSourceType, string>> = {
  DB_INSTANCE: 'RDS DB Instance Event',
  CLUSTER: 'RDS DB Cluster Event',
  BLUE_GREEN_DEPLOYMENT: 'RDS Blue Green Deployment Event',
  DB_PROXY: 'RDS DB Proxy Event',
};

const ARN_TYPES: Readonly<Record<EventSourceType, string>> = {
  DB_INSTANCE: 'db',
  CLUSTER: 'cluster',
  BLUE_GREEN_DEPLOYMENT: 'deployment',
  DB_PROXY: 'db-proxy',
};

/** What every event of one account and region has in common. */
type EventOrigin = {
  readonly region: string;
  readonly account: string;
  readonly random: () => number;
};

export type EventContent = {
  /** The DB instance, cluster, `bgd-…` deployment or proxy. */
  readonly source: string;
  readonly date: Date;
  /** What the message names; `name` is the source when absent. */
  readonly values?: Readonly<Record<string, string>>;
  /** Where it differs from the source: AWS's samples sometimes prefix it (`rds:my-db-instance`). */
  readonly sourceIdentifier?: string;
  /** For a source whose ARN is not made of its name, such as a proxy (`prx-…`). */
  readonly arn?: string;
};

type RdsEventBuilder = (eventId: string, content: EventContent) => EventBridgeEvent;

const fill = (message: string, values: Readonly<Record<string, string>>) =>
  message.replace(/\{(\w+)\}/g, (placeholder, key: string) => values[key] ?? placeholder);

// AWS gives the envelope's time in whole seconds and the detail's in milliseconds.
const wholeSeconds = (date: Date) => date.toISOString().replace(/\.\d{3}Z$/, 'Z');

/** Builds the events of one account and region as EventBridge delivers them. Throws for an id outside the catalogue. */
export const rdsEvents =
  ({ region, account, random }: EventOrigin): RdsEventBuilder =>
  (eventId, { source, date, values, sourceIdentifier, arn }) => {
    const definition = EVENT_CATALOGUE.get(eventId);
    if (!definition) throw new Error(`${eventId} is not in the event catalogue`);
    const { sourceType, category, message } = definition;
    const sourceArn = arn ?? `arn:aws:rds:${region}:${account}:${ARN_TYPES[sourceType]}:${source}`;
    return {
      version: '0',
      id: randomUuid(random),
      'detail-type': DETAIL_TYPES[sourceType],
      source: 'aws.rds',
      account,
      time: wholeSeconds(date),
      region,
      resources: [sourceArn],
      detail: {
        EventCategories: [category],
        SourceType: sourceType,
        SourceArn: sourceArn,
        Date: date.toISOString(),
        Message: fill(message, { name: source, region, ...values }),
        SourceIdentifier: sourceIdentifier ?? source,
        EventID: eventId,
      },
    };
  };

/** What a schedule of our CDK sends (infra/reconciler/triggers.ts); region and account are those of its ARN. */
export function scheduledEvent(arn: string, date: Date, random: () => number = Math.random): EventBridgeEvent {
  const [, , , region = '', account = ''] = arn.split(':');
  return {
    version: '0',
    id: randomUuid(random),
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account,
    time: wholeSeconds(date),
    region,
    resources: [arn],
    detail: {},
  };
}

const KEPT = 1000;

type EventLog = {
  emit(event: EventBridgeEvent): void;
  /** The latest, oldest first. */
  events(): readonly EventBridgeEvent[];
  onEvent(listener: (event: EventBridgeEvent) => void): () => void;
};

/** What a database has sent, for listeners and for DescribeEvents. */
export function createEventLog(journal: Journal, database: string): EventLog {
  const listeners = new Set<(event: EventBridgeEvent) => void>();
  const sent: EventBridgeEvent[] = [];
  return {
    emit(event) {
      sent.push(event);
      if (sent.length > KEPT) sent.shift();
      const { EventID: eventId, SourceIdentifier: source } = event.detail;
      journal.write('database', 'event-emitted', { database, eventId, source, detailType: event['detail-type'] });
      for (const listener of listeners) listener(event);
    },
    events: () => sent,
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
