import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../lib/domain.ts';
import { newState, type RunState } from '../../../lib/observations/run-state.ts';
import { endOfSampling, hashOf, nextAnswerMs, untilOf } from '../../../lib/observations/sampling.ts';
import { a, b, hostname, requestOf } from '../scene.ts';

const check = requestOf(hostname, 'check');
const resync = requestOf(hostname, 'check', { kind: 'manual', at: 0, action: 'resync' });

describe('a check of a name asks it', () => {
  test('until its deadline, and for a client that waits 55 s at most', () => {
    expect(untilOf(check, 1000, 380_000)).toBe(380_000);
    expect(untilOf(resync, 1000, 380_000)).toBe(56_000);
    expect(untilOf(resync, 1000, 20_000)).toBe(20_000);
  });

  const until = 380_000;
  const asking = { ...check, until };
  const begun = newState(0);
  /** Its answers differ from each other. */
  const rotating: RunState = {
    ...begun,
    observations: { ...begun.observations, followed: { key: a.ip, since: 0, moved: true } },
    plan: { kind: 'in-sync', stale: [] },
  };
  const waiting = (stale: readonly (typeof a)[]): Plan => ({ kind: 'waiting', for: 'answers', stale });
  const endOf = (over: Partial<RunState>) => endOfSampling(asking, { ...rotating, ...over });
  const next = 57_000;

  test('until the next check begins, while all is well', () => {
    expect(endOf({})).toBe(next);
    expect(endOfSampling({ ...asking, until: 20_000 }, rotating)).toBe(20_000);
    expect(endOfSampling(check, rotating)).toBe(next);
    expect(endOf({ plan: undefined })).toBe(next);
    expect(endOf({ plan: waiting([]) })).toBe(next);
  });

  test('for longer where more may be missing, the name does not rotate, or a change or its cause is due', () => {
    expect(endOf({ registered: [b] })).toBe(until);
    expect(endOf({ observations: begun.observations })).toBe(until);
    const still = { ...rotating.observations, followed: { key: a.ip, since: 0, moved: false } };
    expect(endOf({ observations: still })).toBe(until);
    expect(endOf({ plan: { kind: 'hold', reason: 'AddressUnknown', message: '' } })).toBe(until);
    expect(endOf({ plan: { kind: 'change', register: [], deregister: [a], stale: [] } })).toBe(until);
  });

  test('for as long as a proof takes in one check of ten, at another minute for each database', () => {
    const longOnes = (name: string, plan = waiting([b])) =>
      Array.from({ length: 30 }, (_, minute) => minute).filter((minute) => {
        const startedAt = minute * 60_000;
        const observations = { ...rotating.observations, startedAt };
        const request = { ...asking, database: { ...hostname, name }, until: startedAt + until };
        return endOfSampling(request, { ...rotating, observations, plan }) === startedAt + until;
      });
    const minutes = longOnes('orders');
    expect(minutes).toHaveLength(3);
    expect(minutes.map((minute) => minute - (minutes[0] ?? 0))).toEqual([0, 10, 20]);
    expect(minutes[0]).toBe((10 - (hashOf('orders') % 10)) % 10);
    expect(longOnes('payments')).not.toEqual(minutes);
    expect(longOnes('orders', waiting([]))).toEqual([]);
  });
});

test('the next answer is due when the TTL of the latest is over, and not before a recheck', () => {
  const state = newState(0);
  const after = (ttlMs?: number, now = 1500) =>
    nextAnswerMs(
      check,
      {
        ...state,
        observations: {
          ...state.observations,
          answers: [
            { at: 0, addresses: [a.ip], ttlMs: 60_000 },
            { at: 1000, addresses: [a.ip], ...(ttlMs === undefined ? {} : { ttlMs }) },
          ],
        },
      },
      now,
    );
  expect([after(), after(300), after(3000), after(60_000)]).toEqual([500, 500, 2500, 4500]);
  expect(after(300, 9000)).toBe(1);
  expect(nextAnswerMs(check, state, 1500)).toBe(1000);
});
