import type { TargetState } from '../../../lib/domain.ts';
import { mainOutage } from '../outage.ts';
import { type DrillRecord, type Invocation, ofKind } from '../record.ts';
import { burstsOf } from '../text.ts';

/* The content of the chart, with times but without positions. */

/** The style of a span; each has its own colour and pattern, so that it is distinct without colour. */
export const tones = [
  'old',
  'new',
  'flap',
  'none',
  'busy',
  'plain',
  'healthy',
  'initial',
  'unhealthy',
  'draining',
] as const;
export type Tone = (typeof tones)[number];

export type Span = {
  readonly from: number;
  readonly to: number;
  readonly tone: Tone;
  readonly label: string;
  /** Shown where the label does not fit; its last word when absent. */
  readonly short?: string;
};

/** A labelled run or moment, in a row of its own where others are near; a moment has no `to`. */
export type Item = {
  readonly from: number;
  readonly to?: number;
  readonly label: string;
  readonly tone: 'event' | 'lost' | 'changed' | 'quiet' | 'held' | 'failed';
};

export type Lane =
  | { readonly kind: 'spans'; readonly title: string; readonly spans: readonly Span[] }
  | { readonly kind: 'items'; readonly title: string; readonly items: readonly Item[] }
  | { readonly kind: 'client'; readonly title: string };

export type Range = { readonly from: number; readonly to: number };

/** From shortly before the failover until the last thing that changed. */
export function rangeOf(record: DrillRecord): Range {
  const { requestedAt, outageAt, endedAt, startedAt, timeline, client, observations } = record;
  if (requestedAt === undefined) return { from: startedAt, to: Math.max(endedAt, startedAt + 1) };
  const first = Math.min(requestedAt, outageAt);
  const moments = [
    requestedAt,
    ...timeline.map(({ atMs = 0 }) => outageAt + atMs),
    mainOutage(client.outages)?.firstWriteAt ?? endedAt,
    ...observations.filter(({ kind }) => kind === 'target' || kind === 'event' || kind === 'dns').map(({ at }) => at),
    ...runsOf(record).map(({ at }) => at),
  ];
  const last = Math.min(Math.max(...moments), Math.max(endedAt, first + 1));
  const span = last - first;
  return { from: Math.max(first - span * 0.12, startedAt), to: last + span * 0.04 };
}

/** The functions' runs, without the checks that found no difference. */
export const runsOf = ({ observations, requestedAt = 0 }: DrillRecord): readonly Invocation[] =>
  ofKind(observations, 'invocation').filter(
    ({ trigger, outcome, at }) => at >= requestedAt && !(trigger === 'schedule' && outcome === 'in-sync'),
  );

export function lanesOf(record: DrillRecord): readonly Lane[] {
  const range = rangeOf(record);
  const truth = truthSpans(record, range);
  const topology = topologySpans(record, range);
  const lanes: readonly Lane[] = [
    ...(truth.length > 1 ? [{ kind: 'spans' as const, title: 'Writer', spans: truth }] : []),
    { kind: 'spans', title: truth.length > 1 ? 'RDS API' : 'Writer (RDS API)', spans: topology },
    { kind: 'spans', title: 'DNS answer', spans: dnsSpans(record, range) },
    { kind: 'items', title: 'RDS events', items: eventItems(record) },
    { kind: 'items', title: 'Functions', items: runItems(record, range) },
    ...targetLanes(record, range),
    { kind: 'client', title: record.probe === 'tcp' ? 'Client: connections' : 'Client: writes' },
  ];
  return lanes.filter((lane) => lane.kind !== 'items' || lane.items.length > 0);
}

type Point = { readonly at: number; readonly tone: Tone | undefined; readonly label: string; readonly short?: string };

/** From each point to the next; a point without a tone leaves a gap. */
function spansOf(points: readonly Point[], { from, to }: Range): Span[] {
  const spans = points.flatMap(({ at, tone, label, short }, index) => {
    const start = Math.max(at, from);
    const end = Math.min(points[index + 1]?.at ?? to, to);
    return tone && end > start ? [{ from: start, to: end, tone, label, short }] : [];
  });
  // A repeated answer, for example after a failure of the source, is no change.
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last?.label === span.label && last.to === span.from) merged[merged.length - 1] = { ...last, to: span.to };
    else merged.push(span);
  }
  return merged;
}

function truthSpans({ observations, before }: DrillRecord, range: Range): Span[] {
  const points = ofKind(observations, 'writer').flatMap(({ at, state, address }): Point[] => {
    if (state === 'rejoined') return [];
    return [state === 'gone' ? { at, tone: 'none', label: 'none' } : { at, tone: 'new', label: address }];
  });
  return spansOf([{ at: range.from, tone: 'old', label: before.dns }, ...points], range);
}

function topologySpans({ observations, before, after }: DrillRecord, range: Range): Span[] {
  const toneOf = (writer: string | undefined, status: string): Tone => {
    if (!writer) return 'none';
    if (status !== 'available') return 'busy';
    if (before.writer === after.writer) return 'plain';
    return writer === before.writer ? 'old' : 'new';
  };
  const points = ofKind(observations, 'topology').map(({ at, writer, status }) => ({
    at,
    tone: toneOf(writer, status),
    label: `${writer ?? 'no writer'} ${status}`,
  }));
  return spansOf(points, range);
}

function dnsSpans({ observations, before, after }: DrillRecord, range: Range): Span[] {
  const toneOf = (answer: string): Tone => (answer === before.dns ? 'old' : answer === after.dns ? 'new' : 'none');
  const points = burstsOf(ofKind(observations, 'dns')).flatMap((burst): Point[] => {
    const shown = burst.map(({ at, answer }): Point => ({ at, tone: toneOf(answer), label: answer }));
    const [first] = shown;
    const last = shown.at(-1);
    if (!first || !last || shown.length <= 3) return shown;
    // A pixel or two per answer could be neither seen nor labelled: flapping answers are one span, until the last one stays.
    return [{ at: first.at, tone: 'flap', label: `flaps: ${shown.length} answers`, short: 'flaps' }, last];
  });
  return spansOf(points, range);
}

/** RDS's number where it is known, a letter otherwise; the tables below explain it. */
export const eventLabel = (id: string | undefined, index: number): string =>
  id?.replace('RDS-EVENT-', '') ?? String.fromCharCode(97 + (index % 26));

function eventItems({ observations, requestedAt = 0 }: DrillRecord): Item[] {
  const lost = new Set(ofKind(observations, 'event-lost').map(({ id }) => id));
  return eventsOf({ observations, requestedAt }).map(({ at, id }, index) => {
    const isLost = id !== undefined && lost.has(id);
    return { from: at, label: `${eventLabel(id, index)}${isLost ? ' lost' : ''}`, tone: isLost ? 'lost' : 'event' };
  });
}

/** The events of the failover; the clock of RDS may be a little behind ours. */
export const eventsOf = ({ observations, requestedAt = 0 }: Pick<DrillRecord, 'observations' | 'requestedAt'>) =>
  ofKind(observations, 'event').filter(({ at }) => at >= requestedAt - 1000);

/** A run of an earlier failover may still be running: it begins left of the picture. */
function runItems(record: DrillRecord, { from, to }: Range): Item[] {
  const shown = runsOf(record).filter(({ startedAt }) => startedAt < to);
  return shown.map(({ startedAt, at, trigger, outcome }) => {
    const tone = outcome === 'in-sync' || outcome === 'ignored' ? 'quiet' : outcome === 'changed' ? 'changed' : 'held';
    return {
      from: Math.max(startedAt, from),
      to: Math.min(at, to),
      label: `${startedAt < from ? '… ' : ''}${trigger.replace('RDS-EVENT-', '')} ${outcome}${at > to ? ' …' : ''}`,
      tone: outcome === 'failed' ? 'failed' : tone,
    };
  });
}

function targetLanes({ observations }: DrillRecord, range: Range): Lane[] {
  const seen = ofKind(observations, 'target');
  return [...new Set(seen.map(({ target }) => target))].map((target) => ({
    kind: 'spans',
    title: `Target ${target}`,
    spans: spansOf(
      seen
        .filter((one) => one.target === target)
        .map(({ at, state }) => ({ at, tone: state === 'gone' ? undefined : targetTone(state), label: state })),
      range,
    ),
  }));
}

function targetTone(state: TargetState): Tone {
  switch (state) {
    case 'healthy':
    case 'initial':
    case 'unhealthy':
    case 'draining':
      return state;
    case 'unhealthy.draining':
      return 'draining';
    default:
      return 'plain';
  }
}
