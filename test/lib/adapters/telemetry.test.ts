import { describe, expect, test } from 'vitest';
import { createTelemetry } from '../../../lib/adapters/telemetry.ts';
import type { Report } from '../../../lib/domain.ts';
import { ReconcileError } from '../../../lib/errors.ts';
import { logLines } from '../log-lines.ts';

const lines = logLines();

const report: Report = {
  database: 'orders',
  trigger: { kind: 'schedule' },
  outcome: 'in-sync',
  registered: [],
  deregistered: [],
  stale: [],
  passes: 1,
  durationMs: 5,
};
const telemetry = (logLevel: 'INFO' | 'ERROR' = 'INFO') =>
  createTelemetry({ database: 'orders', namespace: 'Databases', logLevel });

describe('a log line', () => {
  test('of a run holds its summary and its whole report', () => {
    telemetry().report(report);
    expect(lines).toEqual([
      expect.objectContaining({
        ...report,
        level: 'INFO',
        service: 'rds-target-reconciler',
        message: 'orders in-sync: nothing to do',
      }),
    ]);
  });

  test('of a hold is a warning', () => {
    telemetry().report({ ...report, outcome: 'held', reason: 'NoWriter', detail: 'no writer' });
    expect(lines).toEqual([expect.objectContaining({ level: 'WARN', message: 'orders held: NoWriter: no writer' })]);
  });

  test('of a fault holds the error, its code and what had been done', () => {
    telemetry().fault(new ReconcileError('Throttled', 'slow down'), { ...report, registered: ['10.0.2.10:5432'] });
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'ERROR',
        message: 'slow down',
        registered: ['10.0.2.10:5432'],
        error: expect.objectContaining({ name: 'ReconcileError', message: 'slow down' }),
      }),
    ]);
  });

  test('of something thrown that is no error shows it all the same', () => {
    telemetry().fault('boom');
    expect(lines).toEqual([
      expect.objectContaining({ message: 'boom', error: expect.objectContaining({ message: 'boom' }) }),
    ]);
  });

  test('of a fault holds what caused it and which call it was, whatever that is', () => {
    const denied = Object.assign(new Error('denied', { cause: 'a text' }), { code: 'E', $metadata: { attempts: 3 } });
    telemetry().fault(new ReconcileError('Throttled', 'slow down', { cause: denied }));
    const own = new Error('of itself');
    own.cause = own;
    telemetry().fault(own);
    expect(lines).toMatchObject([
      {
        error: {
          ...{ code: 'Throttled', retriable: true },
          cause: { name: 'Error', message: 'denied', code: 'E', $metadata: { attempts: 3 }, cause: 'a text' },
        },
      },
      { message: 'of itself', error: { cause: { message: 'of itself' } } },
    ]);
  });

  test('of a fault without cause or stack has neither', () => {
    const bare = new Error('bare');
    bare.stack = undefined;
    telemetry().fault(bare);
    expect(lines).toMatchObject([{ error: { name: 'Error', message: 'bare' } }]);
    expect(Object.keys(lines[0]?.error as object)).toEqual(['name', 'message']);
  });

  test('tells when it was written', () => {
    telemetry().report(report);
    expect(Math.abs(Date.now() - Date.parse(String(lines[0]?.timestamp)))).toBeLessThan(60_000);
  });

  test('shows what others said without what controls a terminal, also in what a fault was caused by', () => {
    const evil = 'a\u009b2J\u202eb\nc';
    telemetry().report({ ...report, detail: evil });
    telemetry().fault(new ReconcileError('Unexpected', evil, { cause: new Error(evil) }));
    const [told, fault] = lines as [{ detail: string }, { error: { stack: string; cause: { message: string } } }];
    expect(told.detail).toBe('a\\u009b2J\\u202eb\\nc');
    expect(fault.error.cause.message).toBe(told.detail);
    const stack = fault.error.stack.split('\n');
    expect(stack.length).toBeGreaterThan(2);
    expect(stack[0]).toMatch(/^\w*Error: a/);
    expect(JSON.stringify(lines)).not.toMatch(/[\u0080-\u009f\u202e]/);
  });

  test('is written from the configured level on', () => {
    telemetry('ERROR').report(report);
    expect(lines).toEqual([]);
  });
});

test('a failover of which no topic was told is a warning with its cause, and a count that an alarm watches', () => {
  telemetry().untold(new ReconcileError('AccessDenied', 'grant sns:Publish'));
  expect(lines).toEqual([
    expect.objectContaining({
      level: 'WARN',
      message: 'no topic was told of the failover of orders: grant sns:Publish',
      error: expect.objectContaining({ code: 'AccessDenied', message: 'grant sns:Publish' }),
    }),
    expect.objectContaining({
      _aws: expect.objectContaining({
        CloudWatchMetrics: [expect.objectContaining({ Metrics: [{ Name: 'NotNotified', Unit: 'Count' }] })],
      }),
    }),
  ]);
});

describe('metrics', () => {
  const success = { name: 'Success', unit: 'Count', value: 1 } as const;
  const latency = { name: 'ConvergenceLatency', unit: 'Milliseconds', value: 2500 } as const;

  test('are one line with one dimension, beside what was done and why', () => {
    telemetry().measure([success, latency], { ...report, outcome: 'changed', registered: ['10.0.2.10:5432'] });
    expect(lines).toEqual([
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'Databases',
              Dimensions: [['Database']],
              Metrics: [
                { Name: 'Success', Unit: 'Count' },
                { Name: 'ConvergenceLatency', Unit: 'Milliseconds' },
              ],
            },
          ],
        },
        Database: 'orders',
        Success: 1,
        ConvergenceLatency: 2500,
        outcome: 'changed',
        registered: ['10.0.2.10:5432'],
        deregistered: [],
      },
    ]);
  });

  test('of a hold say its reason', () => {
    telemetry().measure([{ ...success, name: 'Held' }], { ...report, outcome: 'held', reason: 'NoWriter' });
    expect(lines).toEqual([expect.objectContaining({ Held: 1, outcome: 'held', reason: 'NoWriter' })]);
  });

  test('that are none leave no line, and those of one run are not in the next', () => {
    const of = telemetry();
    of.measure([], report);
    expect(lines).toEqual([]);
    of.measure([latency], report);
    of.measure([success], report);
    expect(lines).toHaveLength(2);
    expect(lines[1]).not.toHaveProperty('ConvergenceLatency');
  });
});
