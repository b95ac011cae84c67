import { describe, expect, test } from 'vitest';
import type { TargetState } from '../../../lib/domain.ts';
import { rememberObserved } from '../../../lib/observations/observations.ts';
import { sampleOf } from '../../../lib/observations/partial-answers.ts';
import type { DnsAnswer } from '../../../lib/ports.ts';
import { addresses, host, hostname, inputAfter } from '../scene.ts';

const ip = (number: number) => `10.0.1.${number}`;
const showing = (...numbers: number[]) => addresses(...numbers.map(ip));
const failed: DnsAnswer = { kind: 'failed', code: 'ESERVFAIL' };

type Story = {
  /** One each `everyMs`, with such a TTL. */
  readonly answers: readonly DnsAnswer[];
  readonly everyMs?: number;
  readonly ttlMs?: number;
  /** What the group held when the run began, by number. */
  readonly held?: readonly number[];
  readonly state?: TargetState;
  /** After the first of them. */
  readonly until?: number;
};

/** When the first answer comes. */
const begun = 1_000_000;

function sampled({ answers, everyMs = 5000, ttlMs = everyMs, held = [], state = 'healthy', until }: Story) {
  const live = held.map((number) => ({ ip: ip(number), port: 5432, state }));
  const moments = answers.map((answer, i) => ({ at: begun + i * everyMs, dns: { [host]: { ...answer, ttlMs } } }));
  const input = inputAfter(hostname, moments, { live, ...(until === undefined ? {} : { until: begun + until }) });
  return sampleOf({ ...input, observations: rememberObserved(input.observations, live, begun) });
}

const times = (count: number, ...answers: DnsAnswer[]): DnsAnswer[] =>
  Array.from({ length: count }, () => answers).flat();

describe('an address that the name does not show', () => {
  const gone = (story: Story, state: TargetState = 'healthy') => sampled(story).isGone({ ip: ip(9), state });
  /** A name of so many addresses, one at a time, each second; 9 is a former one. */
  const rotating = (of: number, answers: number): Story => ({
    answers: Array.from({ length: answers }, (_, i) => showing(1 + (i % of))),
    everyMs: 1000,
    held: [...Array.from({ length: of }, (_, i) => 1 + i), 9],
  });

  test.each<[string, number, number]>([
    // K (1 - 1/K)^n <= 1/10,000; not before 24 s.
    ['three', 2, 26],
    ['four', 3, 37],
    ['five', 4, 49],
    ['six', 5, 61],
  ])('is gone once one of %s is missed so often once in 10,000 checks', (_, of, answers) => {
    expect(gone(rotating(of, answers))).toBe(true);
    expect(gone(rotating(of, answers - 1))).toBe(false);
  });

  test('is gone sooner when answers show more of the name at a time', () => {
    const answers = (count: number) => times(count / 2, showing(1, 2, 3, 4), showing(3, 4, 5, 1));
    const story = (count: number): Story => ({ answers: answers(count), held: [9] });
    expect([gone(story(10)), gone(story(12))]).toEqual([false, true]);
    // The shortest answer says how many at a time.
    expect(gone({ answers: times(6, showing(1, 2, 3, 4), showing(5)), held: [9] })).toBe(false);
  });

  test('is not gone by answers that a cache has repeated', () => {
    const { answers, held = [] } = rotating(2, 60);
    const cached = answers.map((_, i) => showing(1 + (Math.floor(i / 5) % 2)));
    expect(gone({ answers: cached, everyMs: 1000, ttlMs: 5000, held })).toBe(false);
  });

  test('is gone after 75 s of one answer, whatever its TTL, and after 45 s where the run has no more time', () => {
    const one = (answers: number, until?: number): Story => ({
      answers: times(answers, showing(1)),
      ttlMs: 300_000,
      held: [1, 9],
      ...(until === undefined ? {} : { until }),
    });
    expect([gone(one(15)), gone(one(16))]).toEqual([false, true]);
    expect([gone(one(9, 54_000)), gone(one(10, 55_000)), gone(one(10, 60_000))]).toEqual([false, true, false]);
    expect(sampled({ ...one(16), held: [1] }).shown).toEqual([ip(1)]);
  });

  test('is gone after five answers over 24 s when it is not healthy, and never before', () => {
    const story = (answers: number, everyMs = 6000): Story => ({
      answers: times(answers, showing(1)),
      everyMs,
      held: [1, 9],
    });
    expect([gone(story(4), 'unhealthy'), gone(story(5), 'unhealthy'), gone(story(5))]).toEqual([false, true, false]);
    for (const state of ['initial', 'unavailable', 'unknown'] as const) expect(gone(story(5), state)).toBe(false);
    expect(gone(story(50, 10), 'unhealthy')).toBe(false);
    expect(gone(story(4, 9000), 'unhealthy')).toBe(false);
    expect(gone({ ...story(0), answers: [showing(1), ...times(4, failed)] }, 'unhealthy')).toBe(false);
  });

  test('and the group does not hold is gone after five answers over 24 s', () => {
    const story = (after: number): Story => ({
      answers: [showing(9), ...times(after, showing(1))],
      everyMs: 6000,
      held: [1],
    });
    expect([sampled(story(4)).shown, sampled(story(5)).shown]).toEqual([[ip(1), ip(9)], [ip(1)]]);
  });

  test('counts from the answer that showed it last', () => {
    const story = (after: number): Story => ({ answers: [showing(9), ...times(after, showing(1))], held: [1, 9] });
    expect(gone(story(14))).toBe(false);
    expect(gone(story(15))).toBe(true);
    expect(sampled(story(14)).shown).toEqual([ip(1), ip(9)]);
    expect(sampled(story(15)).shown).toEqual([ip(1)]);
  });
});

describe('a name', () => {
  const mayHaveMore = (story: Story) => sampled(story).mayHaveMore;

  test('is not asked again when its first answer is what the group holds', () => {
    expect(mayHaveMore({ answers: [showing(1)], held: [1] })).toBe(false);
    expect(mayHaveMore({ answers: [showing(1, 2)], held: [1, 2] })).toBe(false);
  });

  test.each<[string, Story]>([
    ['its first answer lacks a target', { answers: [showing(1)], held: [1, 2] }],
    ['its first answer is new to the group', { answers: [showing(1)] }],
    ['its answers differ', { answers: [showing(1), showing(2)], held: [1, 2] }],
  ])('may have more addresses where %s', (_, story) => {
    expect(mayHaveMore(story)).toBe(true);
  });

  test.each<[string, Story, number]>([
    [
      'another of three would be missed so often once in 50 checks',
      { answers: times(5, showing(1), showing(2)), held: [1, 2] },
      10,
    ],
    [
      'another of two would be missed so often once in 10,000, where one was new',
      { answers: times(15, showing(1)) },
      15,
    ],
    [
      'another of three would, counted from the new one',
      { answers: [...times(3, showing(1)), ...times(12, showing(2), showing(1))], held: [1] },
      27,
    ],
    ['one answer has lasted for 75 s, however long its TTL', { answers: times(16, showing(1)), ttlMs: 300_000 }, 16],
  ])('may have no more once %s', (_, story, count) => {
    expect(mayHaveMore(story)).toBe(false);
    expect(mayHaveMore({ ...story, answers: story.answers.slice(0, count - 1) })).toBe(true);
  });

  test('has addresses that take turns once three answers differ: DNS that flaps shows two', () => {
    expect(sampled({ answers: times(9, showing(1), showing(2)) }).rotates).toBe(false);
    expect(sampled({ answers: [showing(1), showing(2), showing(3)] }).rotates).toBe(true);
  });
});
