import { failoversOf } from '../../../cli/history/failovers.ts';
import type { Run } from '../../../cli/history/logs.ts';
import { eventIdOf, type RdsEvent } from '../../../cli/history/rds.ts';
import type { Records } from '../../../cli/history/read.ts';
import { failoverLines, timelineLines } from '../../../cli/history/text.ts';
import type { Io } from '../../../cli/terminal/io.ts';
import { coloursOf } from '../../../cli/terminal/styles.ts';
import type { Report } from '../../../lib/domain.ts';

const noon = Date.parse('2026-11-20T12:00:00Z');

export const at = (seconds: number) => noon + seconds * 1000;

export const rds = (seconds: number, message: string): RdsEvent => {
  const eventId = eventIdOf(message);
  return { at: at(seconds), source: 'orders', message, isFailover: true, ...(eventId ? { eventId } : {}) };
};

export const started = rds(0, 'Multi-AZ instance failover started.');

export const completed = rds(60, 'Multi-AZ instance failover completed.');

export type Told = {
  trigger: Report['trigger'];
  from: number;
  to: number;
  latencyMs?: number;
  outcome?: Report['outcome'];
};

export const run = ({ trigger, from, to, latencyMs, outcome = 'changed' }: Told): Run => ({
  functionName: trigger.kind === 'schedule' ? 'orders-drift' : 'orders-failover',
  startedAt: at(from),
  endedAt: at(to),
  ...(latencyMs === undefined ? {} : { latencyMs }),
  report: {
    trigger,
    outcome,
    ...(outcome === 'held' ? { reason: 'NoWriter' } : {}),
    registered: outcome === 'changed' ? ['10.0.2.10:5432'] : [],
    deregistered: outcome === 'changed' ? ['10.0.1.10:5432'] : [],
    durationMs: (to - from) * 1000,
  },
});

export const begin = { kind: 'begin', eventId: 'RDS-EVENT-0013' } as const;

export const end = { kind: 'end', eventId: 'RDS-EVENT-0049' } as const;

export const schedule = { kind: 'schedule' } as const;

export const records = (runs: readonly Run[], events = [started, completed]): Records => ({
  events,
  runs,
  failures: [],
  pendingSince: at(7200),
});

export const io = { colour: coloursOf(false), width: 80 } as Io;

export const told = (all: Records) =>
  [...timelineLines(io, all), ...failoverLines(io, failoversOf(all), all)].join('\n');
