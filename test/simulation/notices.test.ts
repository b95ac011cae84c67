import { expect, test } from 'vitest';
import { tellOnce } from '../../lib/adapters/notifier.ts';
import type { Failover } from '../../lib/notice.ts';
import { play } from './play.ts';
import type { Script } from './script.ts';
import { type Arm, storyFrom } from './story.ts';
import { scriptOf } from './story-draw.ts';

/** What a topic is told in a story, and how many runs saw something to tell. */
async function noticesOf(script: Script) {
  const names = new Set<string>();
  const told: Failover[] = [];
  let seen = 0;
  await play(storyFrom(script), false, {
    notify(failover) {
      seen += 1;
      return tellOnce(failover, {
        claim: async (name) => !names.has(name) && names.add(name).has(name),
        publish: async (one) => void told.push(one),
      });
    },
  });
  return { told, seen };
}

/** Of a writer. A story whose seed is a multiple of 20 is played to its end. */
const stories = (arm: Arm, count: number): readonly Script[] =>
  Array.from({ length: count }, (_, index) => scriptOf(20 * (index + 1), arm)).filter(
    ({ database }) => database === 'instance writer' || database === 'cluster writer',
  );

/** One writer after the other; nothing fails or flaps, and the first event comes at once. */
const isUsual = ({ killPercent, faultPercent, slowness, steps, removeStale }: Script): boolean =>
  killPercent + faultPercent === 0 &&
  slowness === 1 &&
  removeStale === 'at-once' &&
  steps.filter(({ does }) => does === 'truth').length === 2 &&
  steps.every((step) => (step.does === 'truth' ? step.flapMs === 0 : step.does === 'event')) &&
  steps.some((step) => step.does === 'event' && step.payload === 'started' && step.afterMs > 0 && step.afterMs <= 1000);

test('no failover is told twice, whatever events come twice or late, and whatever fails', {
  timeout: 60_000,
}, async () => {
  let all = { told: 0, seen: 0 };
  for (const arm of ['events', 'hostile'] as const)
    for (const script of stories(arm, 40)) {
      const { told, seen } = await noticesOf(script);
      const targets = told.map(({ target }) => target);
      expect(targets, `seed ${script.seed}, ${arm}`).toEqual([...new Set(targets)]);
      all = { told: all.told + told.length, seen: all.seen + seen };
    }
  // Runs did compete.
  expect(all.seen).toBeGreaterThan(1.2 * all.told);
  expect(all.told).toBeGreaterThan(25);
});

test('a failover whose first event comes is told once, with the seconds since that event', {
  timeout: 60_000,
}, async () => {
  const usual = stories('events', 800).filter(isUsual);
  expect(usual.length).toBeGreaterThan(8);
  for (const script of usual) {
    const { told } = await noticesOf(script);
    expect(
      told.map(({ text }) => text),
      `seed ${script.seed}`,
    ).toEqual([
      expect.stringMatching(
        /^orders: in sync \d+ s after the first event \(RDS-EVENT-00(13|73)\); the writer is orders(-2)? at 10\.0\.2\.10:5432$/,
      ),
    ]);
  }
});

test('a failover that only the drift check noticed is left to its alarm', async () => {
  for (const script of stories('events lost', 20)) expect(await noticesOf(script)).toEqual({ told: [], seen: 0 });
});
