import { expect, test } from 'vitest';
import type { Trigger } from '../../lib/domain.ts';
import { ReconcileError } from '../../lib/errors.ts';
import { failoverOf } from '../../lib/notice.ts';
import { newState, type RunState } from '../../lib/observations/run-state.ts';
import { a, b, begin, instance, requestOf, timings } from './scene.ts';

/* What a watch tells of a failover; that one run of several tells it is the notifier's. */

const desired = {
  kind: 'targets',
  targets: [b],
  evidence: { since: 0, complete: true },
  writer: { instanceId: 'orders', address: b.ip, port: b.port },
} as const;
const moved: RunState = {
  ...newState(0),
  plan: { kind: 'in-sync', stale: [] },
  desired,
  writerAtFirst: `${a.ip}:${a.port}`,
  convergedAt: 16_400,
};
const told = (more: Partial<RunState> = {}, trigger: Trigger = begin, mode: 'watch' | 'check' = 'watch') =>
  failoverOf(requestOf(instance, mode, trigger), { ...moved, ...more } as RunState);
const target = `${b.ip}:${b.port}`;

test('a watch that saw the writer move, and the group in sync, tells how long that took, and of which event on', () => {
  expect(told()).toEqual({
    database: 'orders',
    target,
    at: 16_400,
    apartMs: 10 * timings.settleMs,
    waitMs: 0,
    text: `orders: in sync 16 s after the first event (RDS-EVENT-0013); the writer is orders at ${target}`,
  });
});

test('a watch that another event woke lets the one of the first event tell, which knows when it began', () => {
  const end: Trigger = { kind: 'end', at: 10_000, eventId: 'RDS-EVENT-0015' };
  expect(told({}, end)).toMatchObject({
    waitMs: timings.settleMs / 2,
    text: `orders: in sync 6 s after RDS-EVENT-0015; the writer is orders at ${target}`,
  });
  expect(told({}, { ...end, at: 20_000 })?.text).toContain('in sync 0 s after');
});

test('a writer that no API names is told by its target', () => {
  const unnamed = { ...desired, writer: { address: b.ip, port: b.port } };
  expect(told({ desired: unnamed })?.text).toMatch(new RegExp(`; the writer is ${target}$`));
});

test('nothing is told by a check, of a fault, without a writer, before the group is in sync, or where the writer has not moved', () => {
  const drift: Trigger = { kind: 'schedule', at: 0 };
  expect(told({}, drift, 'check')).toBeUndefined();
  const hold = { kind: 'hold', reason: 'NoWriter', message: '' } as const;
  for (const more of [
    { fault: new ReconcileError('Throttled', 'slow down') },
    { desired: hold },
    { desired: undefined },
    { plan: hold },
    { plan: undefined },
    { convergedAt: undefined },
    { writerAtFirst: target },
  ])
    expect(told(more), JSON.stringify(more)).toBeUndefined();
});

test('a writer that was known at first has moved where the group held others alone', () => {
  const at = (...live: string[]) => ({
    writerAtFirst: target,
    observations: { ...moved.observations, liveAtFirst: new Set(live) },
  });
  expect(told(at(`${a.ip}:${a.port}`))).toMatchObject({ target });
  for (const more of [at(target), at()]) expect(told(more)).toBeUndefined();
});
