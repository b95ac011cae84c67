import { RDSClient } from '@aws-sdk/client-rds';
import { afterEach, expect, test, vi } from 'vitest';
import { readReport } from '../../../cli/access/functions.ts';
import type { Report } from '../../../lib/domain.ts';
import { runHere } from '../terminal.ts';

/* What a function answers is shown only where it is a report, whole. */

afterEach(() => void vi.restoreAllMocks());

const target = '10.0.1.10:5432';
const whole: Required<Report> = {
  database: 'orders',
  trigger: { kind: 'manual', action: 'doctor' },
  outcome: 'held',
  reason: 'NoWriter',
  detail: 'd',
  writer: { instanceId: 'orders-1', address: '10.0.1.10', port: 5432 },
  standby: { kind: 'unproven', target: '10.0.2.10:5432', why: 'w' },
  registered: [target],
  deregistered: [],
  stale: [],
  plan: { kind: 'hold', register: [], deregister: [] },
  passes: 1,
  durationMs: 5,
  pausedUntil: '2036-01-01T00:00:00Z',
  targets: [{ target, state: 'healthy', reason: 'r', override: 'o' }],
  checks: [{ check: 'group-type', result: 'failed', detail: 'd', meaning: 'm', failure: 'f', remedy: 'r' }],
};

test('a whole report is read as it is, with what a newer function says beside it', () => {
  const newer = { ...whole, more: { a: 1 } };
  expect(readReport(newer)).toEqual({ report: newer });
});

const odd: readonly (readonly [path: string, value: unknown])[] = [
  ['', null],
  ['', 'in-sync'],
  ['database', { ...whole, database: {} }],
  ['trigger', { ...whole, trigger: null }],
  ['outcome', { ...whole, outcome: 'splendid' }],
  ['reason', { ...whole, reason: { a: 1 } }],
  ['detail', { ...whole, detail: ['x'] }],
  ['writer.address', { ...whole, writer: { address: 5, port: 1 } }],
  ['registered', { ...whole, registered: undefined }],
  ['stale', { ...whole, stale: Array(10_001).fill(target) }],
  ['plan.kind', { ...whole, plan: { ...whole.plan, kind: 'x' } }],
  ['durationMs', { ...whole, durationMs: -1 }],
  ['targets.1', { ...whole, targets: [{ target, state: 'healthy' }, null] }],
  ['checks.0.result', { ...whole, checks: [{ check: 'x', result: 'splendid', detail: 'd' }] }],
];

test.each(odd)('a report whose %s is odd is none: %#', async (path, value) => {
  const { report, problem } = readReport(value);
  expect(report).toBeUndefined();
  expect(problem?.startsWith(path ? `${path}: ` : 'Invalid input')).toBe(true);
  vi.spyOn(Object.getPrototypeOf(RDSClient.prototype), 'send').mockResolvedValue({
    Payload: { transformToString: () => JSON.stringify(value) },
  });
  for (const command of ['status', 'plan', 'resync', 'doctor']) {
    const { code, err } = await runHere([command, '--function', 'orders', '--region', 'eu-central-1']);
    expect([code, err.replace(/\s+/g, ' ')]).toEqual([
      1,
      expect.stringContaining('orders answered, but not with a report that this command understands'),
    ]);
  }
});

test.each([
  [{ errorType: { toString: 1 }, errorMessage: ['x'] }, 'failed: {"toString":1}: ["x"]'],
  [null, 'failed: Error: null'],
])('what a function throws is shown, whatever it is: %j', async (thrown, shown) => {
  vi.spyOn(Object.getPrototypeOf(RDSClient.prototype), 'send').mockResolvedValue({
    FunctionError: 'Unhandled',
    Payload: { transformToString: () => JSON.stringify(thrown) },
  });
  const { err } = await runHere(['status', '--function', 'orders', '--region', 'eu-central-1']);
  expect(err).toContain(shown);
});
