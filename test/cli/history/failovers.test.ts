import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeEventsCommand, RDSClient } from '@aws-sdk/client-rds';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { Clients } from '../../../cli/access/clients.ts';
import { agoFrom } from '../../../cli/commands/events.ts';
import { failoversOf, heardOf, isWell } from '../../../cli/history/failovers.ts';
import { type Run, readLog, recordsOf } from '../../../cli/history/logs.ts';
import { eventIdOf, type RdsEvent, readEvents } from '../../../cli/history/rds.ts';
import type { Records } from '../../../cli/history/read.ts';
import { failoverLines, gapLines, timelineLines } from '../../../cli/history/text.ts';
import type { Io } from '../../../cli/terminal/io.ts';
import { coloursOf } from '../../../cli/terminal/styles.ts';
import type { Report } from '../../../lib/domain.ts';
import { widest } from '../rig.ts';

const noon = Date.parse('2026-11-20T12:00:00Z');
const at = (seconds: number) => noon + seconds * 1000;

const rds = (seconds: number, message: string): RdsEvent => {
  const eventId = eventIdOf(message);
  return { at: at(seconds), source: 'orders', message, isFailover: true, ...(eventId ? { eventId } : {}) };
};
const started = rds(0, 'Multi-AZ instance failover started.');
const completed = rds(60, 'Multi-AZ instance failover completed.');

type Told = { trigger: Report['trigger']; from: number; to: number; latencyMs?: number; outcome?: Report['outcome'] };
const run = ({ trigger, from, to, latencyMs, outcome = 'changed' }: Told): Run => ({
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
const begin = { kind: 'begin', eventId: 'RDS-EVENT-0013' } as const;
const end = { kind: 'end', eventId: 'RDS-EVENT-0049' } as const;
const schedule = { kind: 'schedule' } as const;

const records = (runs: readonly Run[], events = [started, completed]): Records => ({
  events,
  runs,
  failures: [],
  pendingSince: at(7200),
});

const io = { colour: coloursOf(false), width: 80 } as Io;
const told = (all: Records) => [...timelineLines(io, all), ...failoverLines(io, failoversOf(all), all)].join('\n');

describe('whether an event woke a run', () => {
  test('is told by the number that the run reports, and by the time between', () => {
    expect(heardOf(started, records([run({ trigger: begin, from: 2, to: 80 })]))).toEqual({
      kind: 'heard',
      afterMs: 2000,
    });
    expect(heardOf(started, records([run({ trigger: begin, from: 75, to: 80 })]))).toEqual({
      kind: 'late',
      afterMs: 75_000,
    });
    expect(heardOf(started, records([run({ trigger: end, from: 2, to: 80 })]))).toEqual({ kind: 'missed' });
    expect(heardOf(started, records([run({ trigger: begin, from: -600, to: -500 })]))).toEqual({ kind: 'missed' });
    expect(heardOf(started, records([run({ trigger: begin, from: 3000, to: 3050 })]))).toEqual({ kind: 'missed' });
  });

  test('is not known while a run that it woke may still be at work', () => {
    const now = { ...records([]), pendingSince: at(-1) };
    expect(heardOf(started, now)).toEqual({ kind: 'pending' });
    expect(told(now)).toContain('[no run has reported yet]');
    expect(told(now)).toMatch(/failover 2026-11-20 12:00:00 +no run has reported yet: try again/);
    expect(told(now)).not.toContain('MISSED');
  });

  test('says nothing of events that concern no address', () => {
    expect(heardOf(rds(0, 'Finished DB Instance backup'), records([]))).toBeUndefined();
  });
});

describe('the lag of a failover', () => {
  test('runs from its first event to the group being right, not to the end of the watch', () => {
    const all = records([run({ trigger: begin, from: 1, to: 120, latencyMs: 34_500 })]);
    expect(failoversOf(all)).toMatchObject([
      { lagMs: 34_500, correctedBy: 'event', startedAt: at(0), endedAt: at(60) },
    ]);
  });

  test('counts from the first event when a later one woke the run that corrected it', () => {
    const all = records([run({ trigger: end, from: 61, to: 95, latencyMs: 4000 })]);
    expect(failoversOf(all)).toMatchObject([{ lagMs: 64_000, correctedBy: 'event' }]);
  });

  test('is that of the schedule when every event was lost, and says so', () => {
    const all = records([run({ trigger: schedule, from: 80, to: 87, latencyMs: 20_000 })]);
    expect(failoversOf(all)).toMatchObject([{ lagMs: 87_000, correctedBy: 'schedule' }]);
    expect(told(all)).toMatch(/MISSED: woke no run/);
    expect(told(all)).toMatch(/in sync after 87\.0 s, by the schedule;\s+2 of 2\s+events\s+MISSED/);
  });

  test('is not known when no run changed the group', () => {
    const all = records([run({ trigger: begin, from: 1, to: 60, outcome: 'in-sync' })]);
    expect(failoversOf(all)[0]?.lagMs).toBeUndefined();
    expect(told(all)).toContain('no run changed the group');
  });

  test('is told for each of two failovers an hour apart', () => {
    const later = [
      rds(3600, 'Multi-AZ instance failover started.'),
      rds(3660, 'Multi-AZ instance failover completed.'),
    ];
    const runs = [
      run({ trigger: begin, from: 1, to: 120, latencyMs: 30_000 }),
      run({ trigger: begin, from: 3601, to: 3720, latencyMs: 40_000 }),
    ];
    expect(failoversOf(records(runs, [started, completed, ...later])).map(({ lagMs }) => lagMs)).toEqual([
      30_000, 40_000,
    ]);
  });
});

describe('the events of a failover', () => {
  const well = (all: Records) => failoversOf(all).map((failover) => isWell(failover, all));

  test('did what they are for when one of them woke a run in time, whatever became of the others', () => {
    expect(well(records([run({ trigger: begin, from: 2, to: 80 })]))).toEqual([true]);
    expect(well(records([run({ trigger: end, from: 61, to: 95, outcome: 'in-sync' })]))).toEqual([true]);
    expect(well({ ...records([]), pendingSince: at(30) })).toEqual([true]);
  });

  test('failed when all were lost or late, or when the schedule had to correct the group', () => {
    expect(well(records([]))).toEqual([false]);
    expect(well(records([run({ trigger: begin, from: 75, to: 80 })]))).toEqual([false]);
    const heard = run({ trigger: begin, from: 1, to: 20, outcome: 'held' });
    expect(well(records([heard, run({ trigger: schedule, from: 80, to: 87 })]))).toEqual([false]);
  });
});

describe('the time line', () => {
  test('tells many checks that hold for one reason in one row', () => {
    const runs = [0, 60, 120].map((from) => run({ trigger: schedule, from, to: from + 1, outcome: 'held' }));
    const text = told(records(runs, []));
    expect(text).toContain('schedule: held (NoWriter) (3 checks, until 12:02:01)');
    expect(text.match(/held/g)).toHaveLength(1);
  });

  test('marks a late event, shows failures, and fits 80 columns', () => {
    const all = {
      ...records([run({ trigger: begin, from: 75, to: 120, latencyMs: 90_000 })]),
      failures: [{ functionName: 'orders-drift', at: at(70), message: 'Task timed out after 56.00 seconds' }],
    };
    const text = told(all);
    expect(text).toContain('LATE: after 75.0 s');
    expect(text).toMatch(/12:01:10 +drift +failed: Task timed out after 56\.00 seconds/);
    expect(text.indexOf('failover completed')).toBeLessThan(text.indexOf('Task timed out'));
    expect(widest(text)).toBeLessThanOrEqual(80);
  });
});

describe("a function's log", () => {
  const report = {
    database: 'orders',
    trigger: begin,
    outcome: 'changed',
    registered: ['a'],
    deregistered: [],
    stale: [],
    durationMs: 5000,
  };
  const line = (value: unknown, seconds: number, stream = 's') => ({
    at: at(seconds),
    stream,
    message: typeof value === 'string' ? value : JSON.stringify(value),
  });
  const metrics = { _aws: {}, ConvergenceLatency: 1234, outcome: 'changed' };

  test('gives each run its times, and the latency that its own environment measured', () => {
    const lines = [line(metrics, 9.99), line({ ...metrics, ConvergenceLatency: 9 }, 9.99, 'other'), line(report, 10)];
    const { runs } = recordsOf('orders-failover', lines, []);
    expect(runs).toMatchObject([{ startedAt: at(5), endedAt: at(10), latencyMs: 1234, report }]);
  });

  test('gives faults and what Lambda itself wrote, and passes over the rest', () => {
    const lines = [line({ level: 'ERROR', message: 'denied', ...report }, 1), line('no JSON', 2), line('null', 3)];
    const { runs, failures } = recordsOf('f', lines, [
      line(`${new Date(0).toISOString()} id Task timed out after 3.00 seconds`, 4),
    ]);
    expect(runs).toEqual([]);
    expect(failures.map(({ message }) => message)).toEqual(['Task timed out after 3.00 seconds', 'denied']);
  });
});

describe('a log that means ill', () => {
  const line = (value: unknown, seconds = 10) => ({ at: at(seconds), stream: 's', message: JSON.stringify(value) });
  const report = {
    database: 'orders',
    trigger: begin,
    outcome: 'changed',
    registered: ['10.0.2.10:5432'],
    deregistered: [],
    stale: [],
    durationMs: 5000,
  };
  const odd: readonly object[] = [
    ...[null, [], 'begin', { kind: 1 }, { kind: 'begin', eventId: {} }, { kind: 'manual', action: 7 }].map(
      (trigger) => ({
        ...report,
        trigger,
      }),
    ),
    ...[null, -1, '5000', 1e300, 900_001].map((durationMs) => ({ ...report, durationMs })),
    ...[null, 'a', [1], ['x'.repeat(1001)]].map((registered) => ({ ...report, registered })),
    { ...report, deregistered: {} },
    { ...report, outcome: {} },
    { ...report, reason: ['x'] },
    { ...report, writer: { address: {}, port: 1 } },
  ];

  test('is read past: what is not a whole report is counted, and told', () => {
    const { runs, failures, unreadable } = recordsOf(
      'orders-drift',
      [...odd, report].map((one) => line(one)),
      [],
    );
    expect([runs.length, failures.length, unreadable]).toEqual([1, 0, odd.length]);
    expect(gapLines(io, { ...records(runs), unreadable }).join(' ')).toMatch(
      new RegExp(`^${odd.length} log lines resemble reports but are none`),
    );
  });

  test.each([-1, 1e300, '1234', null])('has no latency of %j', (ConvergenceLatency) => {
    const { runs } = recordsOf('f', [line({ _aws: {}, ConvergenceLatency }, 9.99), line(report)], []);
    expect(runs[0]).not.toHaveProperty('latencyMs');
  });

  test.each([null, 5, [[]], { toString: 1, valueOf: 1 }])(
    'is shown as it was logged where its message is no text: %j',
    (message) => {
      const { failures } = recordsOf('f', [line({ level: 'ERROR', message })], []);
      expect(failures[0]?.message).toBe(JSON.stringify({ level: 'ERROR', message }));
    },
  );

  test('shows the beginning of a message alone', () => {
    const { failures } = recordsOf('f', [line({ level: 'ERROR', message: 'x'.repeat(100_000) })], []);
    expect(failures[0]?.message).toHaveLength(1000);
  });
});

describe('more than is read', () => {
  const logs = mockClient(CloudWatchLogsClient);
  const events = mockClient(RDSClient);
  const region = 'eu-central-1';
  const clients = {
    logs: () => new CloudWatchLogsClient({ region }),
    rds: () => new RDSClient({ region }),
  } as Clients;
  const window = { since: at(0), until: at(1_000_000) };
  afterEach(() => {
    logs.reset();
    events.reset();
  });
  afterAll(() => {
    logs.restore();
    events.restore();
  });
  const pageOf = (token: string | undefined, message: string) => {
    const page = Number(token ?? 0);
    return {
      events: Array.from({ length: 1000 }, (_, i) => ({ timestamp: at(page * 1000 + i), message })),
      nextToken: `${page + 1}`,
    };
  };

  test('of a log ends after 10,000 lines, and says when', async () => {
    logs.on(FilterLogEventsCommand).callsFake(({ nextToken }) => pageOf(nextToken, '{"level":"ERROR","message":"x"}'));
    const log = await readLog(clients, 'orders-drift', window);
    expect(log).toMatchObject({ readUntil: at(9999) });
    expect(log?.failures).toHaveLength(20_000);
    const text = gapLines(io, { ...records([]), unread: [{ what: 'the log of orders-drift', readUntil: at(9999) }] });
    expect(text.join(' ').replace(/\s+/g, ' ')).toMatch(
      /^the log of orders-drift: there is more than is read here, and nothing is known after 2026-11-20T14:46:39Z/,
    );
  });

  test('of a log ends after 30 MB', async () => {
    logs.on(FilterLogEventsCommand).callsFake(({ nextToken }) => pageOf(nextToken, 'x'.repeat(250_000)));
    expect(await readLog(clients, 'orders-drift', window)).toMatchObject({ readUntil: at(119) });
  });

  test('of RDS ends after 2,000 events of each subject', async () => {
    events.on(DescribeEventsCommand).callsFake(({ Marker = '0' }) => ({
      Events: Array.from({ length: 100 }, (_, i) => ({ Date: new Date(at(Number(Marker) + i)), Message: 'm' })),
      Marker: `${Number(Marker) + 100}`,
    }));
    const read = await readEvents(clients, [{ type: 'db-instance', id: 'orders' }], window);
    expect(read.events).toHaveLength(2000);
    expect(read.readUntil).toBe(at(1999));
  });

  test('of no log: a time that no date can show is passed over', async () => {
    const event = { timestamp: 1e300, message: '{"level":"ERROR","message":"x"}' };
    logs.on(FilterLogEventsCommand).resolves({ events: [event, { ...event, timestamp: at(1) }] });
    expect((await readLog(clients, 'f', window))?.failures).toHaveLength(2);
  });
});

describe('how far back', () => {
  test('is a period or a time, at most the 14 days that RDS keeps', () => {
    expect(['90s', '90m', '1.5h', '14d'].map((text) => agoFrom(text))).toEqual([
      90_000, 5_400_000, 5_400_000, 1_209_600_000,
    ]);
    expect(agoFrom('2026-11-20T11:00Z', noon)).toBe(3_600_000);
    for (const wrong of ['', '7', '-1h', '0m', '15d', '7 days', '2027-01-01', '2026-13-01'])
      expect(() => agoFrom(wrong, noon), wrong).toThrow(/90m, 12h, 7d/);
  });
});
