import type { SandboxClock } from '../../world/clock.ts';
import type { Database } from '../../world/database/types.ts';
import type { EventBridgeEvent } from '../../world/types.ts';
import { filtersParam, listParam } from '../wire/params.ts';
import type { Operation, QueryParams } from '../wire/query.ts';
import type { XmlValue } from '../wire/xml.ts';
import { pageOf } from './describe.ts';
import { invalidParameterCombination, invalidParameterValue } from './faults.ts';

// EventBridge and this API name the same sources differently.
const SOURCE_TYPES: Readonly<Record<string, string>> = {
  DB_INSTANCE: 'db-instance',
  CLUSTER: 'db-cluster',
  BLUE_GREEN_DEPLOYMENT: 'blue-green-deployment',
  DB_PROXY: 'db-proxy',
};

// The SDK's enumeration of SourceType, and what describe-event-categories lists.
const ALL_SOURCE_TYPES = [
  ...Object.values(SOURCE_TYPES),
  'db-parameter-group',
  'db-security-group',
  'db-snapshot',
  'db-cluster-snapshot',
  'custom-engine-version',
  'db-shard-group',
  'zero-etl',
];
const CATEGORIES = [
  'availability',
  'backtrack',
  'backup',
  'configuration change',
  'creation',
  'deletion',
  'failover',
  'failure',
  'global failover',
  'low storage',
  'maintenance',
  'migration',
  'notification',
  'read replica',
  'recovery',
  'restoration',
  'security',
  'security patching',
  'serverless',
];

type PastEvent = {
  readonly source: string;
  readonly sourceType: string;
  readonly sourceArn: string;
  readonly message: string;
  readonly categories: readonly string[];
  readonly date: Date;
};

function pastEvent({ detail }: EventBridgeEvent): PastEvent {
  const categories = Array.isArray(detail.EventCategories) ? detail.EventCategories.map(String) : [];
  return {
    source: String(detail.SourceIdentifier),
    sourceType: SOURCE_TYPES[String(detail.SourceType)] ?? '',
    sourceArn: String(detail.SourceArn),
    message: String(detail.Message),
    categories,
    date: new Date(String(detail.Date)),
  };
}

function timeParam(params: QueryParams, name: string): number | undefined {
  const text = params.get(name);
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw invalidParameterValue(`Invalid value ${text} for ${name}`);
  return time;
}

// RDS keeps its events for 14 days.
const KEPT_MINUTES = 14 * 24 * 60;

function durationParam(params: QueryParams): number | undefined {
  const text = params.get('Duration');
  if (text === undefined) return undefined;
  const minutes = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (minutes >= 1 && minutes <= KEPT_MINUTES) return minutes;
  throw invalidParameterValue(`Invalid value ${text} for Duration. Must be between 1 and ${KEPT_MINUTES}`);
}

/** The period of the request; by default the past hour. Wall clock. */
function periodOf(params: QueryParams, now: number) {
  const minutes = durationParam(params);
  const from = timeParam(params, 'StartTime');
  const until = timeParam(params, 'EndTime');
  if (minutes !== undefined && (from ?? until) !== undefined)
    throw invalidParameterCombination('Duration cannot be specified together with StartTime or EndTime');
  const end = until ?? now;
  const start = from ?? end - (minutes ?? 60) * 60_000;
  if (start > end) throw invalidParameterCombination('StartTime must not be after EndTime');
  if (start < now - KEPT_MINUTES * 60_000 - 60_000)
    throw invalidParameterValue('StartTime must be within the last 14 days');
  return { start, end };
}

/** @throws AwsError for a type of source, or a category, that RDS does not have */
function sourceParams(params: QueryParams) {
  const source = params.get('SourceIdentifier');
  const sourceType = params.get('SourceType');
  if (source && !sourceType) throw invalidParameterCombination('SourceIdentifier needs a SourceType');
  if (sourceType && !ALL_SOURCE_TYPES.includes(sourceType))
    throw invalidParameterValue(`Invalid value ${sourceType} for SourceType`);
  const categories = listParam(params, 'EventCategories.EventCategory');
  const unknown = categories.find((category) => !CATEGORIES.includes(category));
  if (unknown !== undefined) throw invalidParameterValue(`Invalid value ${unknown} for EventCategories`);
  if (filtersParam(params).length > 0) throw invalidParameterValue('Filters are not supported by DescribeEvents');
  return { source, sourceType, categories };
}

const eventXml = ({ source, sourceType, sourceArn, message, categories, date }: PastEvent): XmlValue => ({
  SourceIdentifier: source,
  SourceType: sourceType,
  Message: message,
  EventCategories: { EventCategory: categories },
  Date: date.toISOString(),
  SourceArn: sourceArn,
});

export const describeEvents =
  (databases: () => readonly Database[], clock: SandboxClock): Operation =>
  (params) => {
    const { start, end } = periodOf(params, clock.date().getTime());
    const { source, sourceType, categories } = sourceParams(params);
    const wanted = databases()
      .flatMap((database) => database.events().map(pastEvent))
      .filter((event) => event.date.getTime() >= start && event.date.getTime() <= end)
      .filter((event) => !source || event.source === source)
      .filter((event) => !sourceType || event.sourceType === sourceType)
      .filter((event) => categories.length === 0 || event.categories.some((category) => categories.includes(category)))
      .sort((a, b) => a.date.getTime() - b.date.getTime());
    const page = pageOf(wanted, params);
    return { Events: { Event: page.items.map(eventXml) }, Marker: page.nextMarker };
  };
