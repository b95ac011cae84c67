import { describe, expect, test } from 'vitest';
import {
  absences,
  confirmationMs,
  contestedMs,
  followedEndpoint,
  gracePeriodMs,
  newObservations,
  type Observations,
  rememberDeregistered,
  rememberDesired,
  rememberLookups,
  rememberObserved,
  reversalMs,
  stabilityMs,
  topologyOf,
} from '../../../lib/observations/observations.ts';
import type { DnsAnswer } from '../../../lib/ports.ts';
import { a, addresses, b, c, draining, healthy, host, hostname, instance, port, seen, timings } from '../scene.ts';
import { unavailable } from '../world.ts';

const keys = { a: '10.0.1.10:5432', b: '10.0.2.10:5432', c: '10.0.3.10:5432' };
const known = { ...instance, endpoint: { host: 'known.example.com', port } };

/** Answers for the followed name, each with its time. */
const having = (...answers: readonly (readonly [number, DnsAnswer | undefined])[]): Observations =>
  answers.reduce(
    (observations, [at, answer]) =>
      rememberLookups(observations, { at, answers: new Map(answer ? [[host, answer]] : []) }, hostname, timings),
    newObservations(0),
  );

test('waits are the documented fractions of the settle time', () => {
  expect(
    [stabilityMs, reversalMs, gracePeriodMs, confirmationMs, contestedMs, absences.windowMs].map((ms) => ms(timings)),
  ).toEqual([10_000, 10_000, 10_000, 6000, 60_000, 24_000]);
});

describe('the followed name', () => {
  test('is the endpoint that the RDS API names, and the one of the deployment only while it does not answer', () => {
    const api = { host, port: 1 };
    expect(followedEndpoint(known, seen([], api))).toEqual(api);
    expect(followedEndpoint(known, seen([]))).toBeUndefined();
    expect(followedEndpoint(known, unavailable)).toEqual(known.endpoint);
    expect(followedEndpoint(known, undefined)).toEqual(known.endpoint);
    expect(followedEndpoint(instance, unavailable)).toBeUndefined();
  });

  test('of a hostname is that name, whatever else is known', () => {
    expect(followedEndpoint({ ...hostname, endpoint: known.endpoint }, seen([], { host: 'x.y' }))).toEqual({ host });
    // Only of a hostname: a database may carry a name for other reasons.
    expect(followedEndpoint({ ...known, hostname: host }, undefined)).toEqual(known.endpoint);
  });

  test('of a topology that was not seen is nothing', () => {
    expect(topologyOf(seen([]))).toEqual({ instances: [] });
    expect([topologyOf(unavailable), topologyOf(undefined)]).toEqual([undefined, undefined]);
  });
});

describe('answers', () => {
  const [one, other] = [addresses(a.ip), addresses(b.ip)];

  test('count as the same since the first of them', () => {
    expect(having([100, one], [200, one], [300, one]).followed).toEqual({ key: a.ip, since: 100, moved: false });
  });

  test('that differ count anew, and the name has moved from then on', () => {
    expect(having([100, one], [200, other]).followed).toEqual({ key: b.ip, since: 200, moved: true });
    expect(having([100, one], [200, other], [300, other]).followed).toEqual({ key: b.ip, since: 200, moved: true });
    expect(having([100, one], [200, other], [300, one]).followed).toEqual({ key: a.ip, since: 300, moved: true });
  });

  test('are told apart by every address', () => {
    expect(having([0, addresses(a.ip, b.ip)], [5, addresses(a.ip)]).followed).toMatchObject({ since: 5, moved: true });
    expect(having([0, addresses(a.ip, b.ip)]).followed?.key).toBe('10.0.1.10 10.0.2.10');
  });

  test('that failed or are missing change nothing', () => {
    const before = having([100, one]);
    for (const answer of [
      { kind: 'failed', code: 'X' },
      { kind: 'not-found' },
      { kind: 'no-address' },
      undefined,
    ] as const)
      expect(having([100, one], [200, answer])).toEqual(before);
    expect(rememberLookups(before, { at: 1, answers: new Map([[host, one]]) }, instance, timings)).toEqual(before);
  });

  test('are all kept, with one spelling for each address', () => {
    expect(having([0, one], [6000, addresses('fd00:0::1')]).answers).toEqual([
      { at: 0, addresses: [a.ip] },
      { at: 6000, addresses: ['fd00::1'] },
    ]);
  });

  const ttl = (answer: DnsAnswer, seconds: number | undefined) =>
    seconds === undefined ? answer : { ...answer, ttlMs: 1000 * seconds };
  const isRepeated = (...given: readonly (readonly [number, DnsAnswer])[]) =>
    having(...given).answers.at(-1)?.isRepeated ?? false;

  test.each<[string, first: number | undefined, at: number, second: number | undefined, boolean]>([
    ['before its TTL is over', 5, 4999, 5, true],
    ['when its TTL is over', 5, 5000, 5, false],
    ['before 5 s are over, where no TTL is told', undefined, 4999, undefined, true],
    ['when 5 s are over, where no TTL is told', undefined, 5000, undefined, false],
    ['that ends with it, although its TTL, which was rounded down, is over', 4, 4000, 0, true],
    ['each second, where the TTL is one', 1, 1000, 1, false],
    ['each time, where the TTL is none', 0, 250, 0, false],
    ['a moment after its TTL of half a second', 0.5, 700, 0.5, false],
  ])('tell what a cache may repeat: an answer %s', (_, first, at, second, expected) => {
    expect(isRepeated([0, ttl(one, first)], [at, ttl(one, second)])).toBe(expected);
  });

  test('tell what a cache cannot repeat: another address, and an answer after one that was repeated itself', () => {
    expect(isRepeated([0, ttl(one, 5)], [1000, ttl(other, 5)])).toBe(false);
    expect(isRepeated([0, ttl(one, 5)], [3000, ttl(one, 2)], [5000, ttl(one, 5)])).toBe(false);
  });
});

describe('the desired state', () => {
  const desired = (since: number, ...targets: readonly { ip: string; port: number }[]) =>
    ({ kind: 'targets', targets, evidence: { complete: true, since } }) as const;

  test('has been so since its earliest evidence', () => {
    const first = rememberDesired(newObservations(0), desired(500, a));
    expect(first.desired).toEqual({ key: keys.a, since: 500 });
    expect(rememberDesired(first, desired(900, a)).desired).toEqual({ key: keys.a, since: 500 });
    expect(rememberDesired(first, desired(200, a)).desired).toEqual({ key: keys.a, since: 200 });
  });

  test('that is another one begins anew, in whatever order its targets are listed', () => {
    const first = rememberDesired(newObservations(0), desired(500, a));
    expect(rememberDesired(first, desired(900, b)).desired).toEqual({ key: keys.b, since: 900 });
    const both = rememberDesired(newObservations(0), desired(500, b, a));
    expect(both.desired?.key).toBe(`${keys.a} ${keys.b}`);
    expect(rememberDesired(both, desired(900, a, b)).desired?.since).toBe(500);
  });

  test('that is unknown leaves what was known', () => {
    const first = rememberDesired(newObservations(0), desired(500, a));
    expect(rememberDesired(first, { kind: 'hold', reason: 'NoWriter', message: '' })).toBe(first);
  });
});

describe('the group', () => {
  const first = rememberObserved(newObservations(0), [healthy(a), { ...b, state: 'initial' }, draining(c)], 100);

  test('is remembered as it was first seen, with what had just been registered; draining is absent', () => {
    expect(first).toMatchObject({
      liveAtFirst: new Set([keys.a, keys.b]),
      lastNewAt: new Map([[keys.b, 100]]),
      live: new Set([keys.a, keys.b]),
      removedSince: new Set(),
    });
    expect(first).not.toHaveProperty('groupMovedAt');
  });

  test('that stays the same has not moved, and a new state of a target is no move', () => {
    const next = rememberObserved(first, [healthy(a), healthy(b)], 200);
    expect(next).toEqual({ ...first, initial: new Set() });
  });

  test('is new for as long as it is initial, and at the first read that shows it', () => {
    const later = rememberObserved(first, [healthy(a), { ...b, state: 'initial' }, healthy(c)], 200);
    expect(later.lastNewAt).toEqual(
      new Map([
        [keys.b, 200],
        [keys.c, 200],
      ]),
    );
    expect(rememberObserved(later, [healthy(a), healthy(b), healthy(c)], 300).lastNewAt).toEqual(later.lastNewAt);
  });

  test('has moved when a target is initial again: it left and came back between two reads', () => {
    const grown = rememberObserved(first, [healthy(a), healthy(b)], 200);
    const back = rememberObserved(grown, [healthy(a), { ...b, state: 'initial' }], 300);
    expect(back).toMatchObject({ removedSince: new Set([keys.b]), groupMovedAt: 300 });
    expect(rememberObserved(back, [healthy(a), { ...b, state: 'initial' }], 400).groupMovedAt).toBe(300);
  });

  test('has moved when a target left, which is remembered though it comes back', () => {
    const next = rememberObserved(first, [healthy(a), draining(b)], 200);
    expect(next).toMatchObject({ live: new Set([keys.a]), removedSince: new Set([keys.b]), groupMovedAt: 200 });
    const back = rememberObserved(next, [healthy(a), healthy(b)], 300);
    expect(back).toMatchObject({ live: new Set([keys.a, keys.b]), removedSince: new Set([keys.b]), groupMovedAt: 300 });
    expect(rememberObserved(back, [healthy(b)], 400).removedSince).toEqual(new Set([keys.a, keys.b]));
    expect(back.liveAtFirst).toEqual(first.liveAtFirst);
  });

  test('has not moved where it does not show yet what this run has registered', () => {
    const next = rememberObserved(first, [healthy(a)], 200, new Set([keys.b]));
    expect(next.removedSince).toEqual(new Set());
    expect(next).not.toHaveProperty('groupMovedAt');
  });

  test('has moved when one target took the place of another', () => {
    expect(rememberObserved(first, [healthy(a), healthy(c)], 200)).toMatchObject({
      live: new Set([keys.a, keys.c]),
      removedSince: new Set([keys.b]),
      groupMovedAt: 200,
    });
  });

  test('is remembered without what was deregistered, beside what had left before', () => {
    const once = rememberDeregistered(first, [a]);
    expect(rememberDeregistered(once, [b, c]).removedSince).toEqual(new Set([keys.a, keys.b, keys.c]));
    expect(first.removedSince).toEqual(new Set());
  });
});
