import type { Run } from './logs.ts';
import type { RdsEvent } from './rds.ts';
import type { Records } from './read.ts';

/** Whether and when a function received one RDS event. */
export type Heard =
  | { readonly kind: 'heard'; readonly afterMs: number }
  | { readonly kind: 'late'; readonly afterMs: number }
  | { readonly kind: 'missed' }
  /** No run has reported it yet, but one may still be running. */
  | { readonly kind: 'pending' };

/** One failover: its events, and how the group was corrected. */
export type Failover = {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly events: readonly RdsEvent[];
  /** From the first event until the group is right; undefined when no run changed the group. */
  readonly lagMs?: number;
  readonly correctedBy?: 'event' | 'schedule' | 'manual';
};

type Heardable = Pick<Records, 'runs' | 'pendingSince'>;

const minuteMs = 60_000;

/** How far the clocks of two services may differ. */
const skewMs = 10_000;
/** The schedule checks once a minute: a later event is of no use. */
const lateMs = minuteMs;
/** How long an event is retried at most (docs/decisions/0010). */
const givenUpMs = 15 * minuteMs;
/** Events that are further apart belong to two failovers. */
const apartMs = 10 * minuteMs;

export function heardOf(event: RdsEvent, { runs, pendingSince }: Heardable): Heard | undefined {
  if (!event.eventId) return undefined;
  const starts = runs
    .filter(({ report }) => report.trigger.eventId === event.eventId)
    .map(({ startedAt }) => startedAt - event.at)
    .filter((afterMs) => afterMs >= -skewMs && afterMs <= givenUpMs)
    .sort((one, other) => one - other);
  const [first] = starts;
  if (first === undefined) return { kind: event.at > pendingSince ? 'pending' : 'missed' };
  const afterMs = Math.max(0, first);
  return { kind: afterMs > lateMs ? 'late' : 'heard', afterMs };
}

/** Whether the events did their work. One lost event of several does no harm; none in time, or a correction by the schedule, is a fault. */
export function isWell({ events, correctedBy }: Failover, records: Heardable): boolean {
  if (correctedBy === 'schedule') return false;
  const heard = events.flatMap((event) => heardOf(event, records)?.kind ?? []);
  return heard.length === 0 || heard.some((kind) => kind === 'heard' || kind === 'pending');
}

export function failoversOf({ events, runs }: Records): Failover[] {
  const groups: RdsEvent[][] = [];
  for (const event of events.filter(({ isFailover }) => isFailover)) {
    const open = groups.at(-1);
    if (open && event.at - (open.at(-1)?.at ?? 0) <= apartMs) open.push(event);
    else groups.push([event]);
  }
  return groups.map((group, index) => failoverOf(group, runs, groups[index + 1]?.[0]?.at));
}

function failoverOf(events: readonly RdsEvent[], runs: readonly Run[], nextAt = Number.POSITIVE_INFINITY): Failover {
  const startedAt = events[0]?.at ?? 0;
  const endedAt = events.at(-1)?.at ?? startedAt;
  const until = Math.min(endedAt + givenUpMs, nextAt);
  const corrections = runs
    .filter(({ report }) => report.registered.length > 0)
    .filter((run) => run.endedAt >= startedAt - skewMs && run.startedAt <= until)
    .map((run) => ({ run, rightAt: rightAt(run, events) }))
    .sort((one, other) => one.rightAt - other.rightAt);
  // DNS may flap: the group stays right after the last correction of this failover.
  const last = corrections.at(-1);
  if (!last) return { startedAt, endedAt, events };
  const { kind } = last.run.report.trigger;
  const correctedBy = kind === 'schedule' || kind === 'manual' ? kind : 'event';
  return { startedAt, endedAt, events, lagMs: Math.max(0, last.rightAt - startedAt), correctedBy };
}

/** When a run had corrected the group. A watch goes on after that, so its end says little; its latency counts from its event. */
function rightAt({ report, startedAt, endedAt, latencyMs }: Run, events: readonly RdsEvent[]): number {
  const { eventId } = report.trigger;
  if (latencyMs === undefined || !eventId) return endedAt;
  const heard = events.findLast((event) => event.eventId === eventId && event.at <= startedAt + skewMs);
  return heard ? Math.min(endedAt, heard.at + latencyMs) : endedAt;
}
