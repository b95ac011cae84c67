import type { SandboxClock } from '../clock.ts';
import type { Database } from '../database/types.ts';
import type { EventBridgeEvent, Operation, QueryParams, XmlValue } from '../types.ts';
import { listParam } from '../wire/params.ts';
import { pageOf } from './describe.ts';
import { invalidParameterValue } from './faults.ts';

// EventBridge and this API name the same sources differently.
const SOURCE_TYPES: Readonly<Record<string, string>> = {
  DB_INSTANCE: 'db-instance',
  CLUSTER: 'db-cluster',
  BLUE_GREEN_DEPLOYMENT: 'blue-green-deployment',
  DB_PROXY: 'db-proxy',
};

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

/** The period that is asked for; the past hour when nothing is said. Wall clock. */
function periodOf(params: QueryParams, now: number) {
  const minutes = Number(params.get('Duration') ?? 60);
  const end = timeParam(params, 'EndTime') ?? now;
  return { start: timeParam(params, 'StartTime') ?? end - minutes * 60_000, end };
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
    const source = params.get('SourceIdentifier');
    const sourceType = params.get('SourceType');
    if (source && !sourceType) throw invalidParameterValue('SourceIdentifier needs a SourceType');
    const categories = listParam(params, 'EventCategories.EventCategory');
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
