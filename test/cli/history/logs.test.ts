import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeEventsCommand, RDSClient } from '@aws-sdk/client-rds';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { Clients } from '../../../cli/access/clients.ts';
import { readLog, recordsOf } from '../../../cli/history/logs.ts';
import { readEvents } from '../../../cli/history/rds.ts';
import { gapLines } from '../../../cli/history/text.ts';
import { at, begin, io, records } from './records.ts';

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

  test('of RDS without a list are none, and no quiet week', async () => {
    events.on(DescribeEventsCommand).resolves({});
    const read = readEvents(clients, [{ type: 'db-cluster', id: 'orders' }], window);
    await expect(read).rejects.toThrow('DescribeEvents gave no list');
  });

  test('of no log: a time that no date can show is passed over', async () => {
    const event = { timestamp: 1e300, message: '{"level":"ERROR","message":"x"}' };
    logs.on(FilterLogEventsCommand).resolves({ events: [event, { ...event, timestamp: at(1) }] });
    expect((await readLog(clients, 'f', window))?.failures).toHaveLength(2);
  });
});
