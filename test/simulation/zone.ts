import { createBuckets, mutations } from './buckets.ts';
import { noToken } from './calls.ts';
import { createVirtualClock } from './clock.ts';
import { endpointHost, outageMs } from './constants.ts';
import { checkStep } from './invariants.ts';
import { createDice } from './random.ts';
import { deployReconciler } from './reconciler.ts';
import type { Story } from './story.ts';
import { eventsOf } from './story-events.ts';
import { dnsOf, topologyView, truthOf } from './story-truth.ts';
import { type Account, createWorld, type World } from './world.ts';

/* An Availability Zone fails: many databases of one account fail over in the same second, several events each. */

const promotedMs = 40_000;
export const shownMs = promotedMs + 15_000;
export const endMs = 600_000;

export type Zone = {
  readonly seed: number;
  /** Databases that fail over, and others of the account. */
  readonly hit: number;
  readonly others: number;
  /** Reserved for each database's function that events wake; undefined: none is reserved. */
  readonly concurrency?: number;
};

export type ZoneFigures = {
  /** From the moment at which DNS shows the new writers; ms. */
  readonly registeredMs: readonly number[];
  readonly rightMs: readonly number[];
  readonly floors: { readonly last: number; readonly medianOfPairs: number; readonly medianOfRegistrations: number };
  readonly neverRight: number;
  readonly violations: readonly string[];
  /** The longest time that a database which did not fail over went without a check that succeeded. */
  readonly longestGapMs: number;
  readonly calls: Readonly<Record<string, number>>;
  /** Calls that found no token, after the client's own attempts. */
  readonly refused: number;
};

const floorMs = (calls: number): number => ((calls - mutations.tokens) / mutations.perSecond) * 1000;

export async function failZone({ seed, concurrency, ...counts }: Zone): Promise<ZoneFigures> {
  const account: Account = {
    clock: createVirtualClock(createDice(seed).number),
    buckets: createBuckets(),
    ...(concurrency === undefined ? {} : { concurrency }),
  };
  const registeredMs: number[] = [];
  const hit = Array.from({ length: counts.hit }, (_, index) => {
    const world = createWorld(zoneStory(seed + index, true), false, account);
    return followed(world, (at) => registeredMs.push(at - shownMs));
  });
  const others = Array.from({ length: counts.others }, (_, index) =>
    followed(createWorld(zoneStory(seed + 1000 + index, false), false, account), () => undefined),
  );
  for (const world of [...hit, ...others]) deployReconciler(world);
  await account.clock.run(endMs);
  const calls: Record<string, number> = {};
  for (const { score } of [...hit, ...others])
    for (const [name, count] of score.calls) calls[name] = (calls[name] ?? 0) + count;
  return {
    registeredMs: registeredMs.sort((one, other) => one - other),
    rightMs: hit.map(({ score }) => score.rightSince - shownMs).sort((one, other) => one - other),
    floors: {
      last: floorMs(2 * counts.hit),
      medianOfPairs: floorMs(counts.hit),
      medianOfRegistrations: floorMs(counts.hit / 2),
    },
    neverRight: hit.filter(({ score }) => !score.isRight).length,
    violations: [...hit, ...others].flatMap(({ score }) =>
      score.violations.map(({ invariant, what }) => `${invariant}: ${what}`),
    ),
    longestGapMs: Math.max(...others.map(({ score }) => longestGap(score.successes))),
    calls,
    refused: [...hit, ...others].reduce((sum, world) => sum + tokenless(world), 0),
  };
}

export const tokenless = ({ score }: World): number =>
  [...score.faults].reduce((sum, [name, count]) => sum + (name.endsWith(noToken) ? count : 0), 0);

/** Tells when the new writer was first registered; checks the group after each change. */
export function followed(world: World, tell: (at: number) => void): World {
  let isTold = false;
  return {
    ...world,
    change(by, does, targets) {
      world.change(by, does, targets);
      checkStep(world);
      if (does === 'register' && !isTold) tell(world.clock.now());
      isTold ||= does === 'register';
    },
  };
}

export function longestGap(successes: readonly number[]): number {
  const times = [0, ...successes, endMs];
  return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
}

export function zoneStory(seed: number, isHit: boolean): Story {
  const dice = createDice(seed);
  const database = {
    name: `orders-${seed}`,
    kind: 'instance',
    id: 'orders',
    role: 'writer',
    endpoint: { host: endpointHost, port: 5432 },
  } as const;
  const all = truthOf(dice, database, 'failover');
  const truths = all.slice(0, isHit ? 2 : 1).map((truth) => (truth.at < 0 ? truth : { ...truth, at: promotedMs }));
  const shown = dnsOf(dice, database, truths).get(endpointHost) ?? [];
  const answers = [shown[0], shown.findLast(({ value }) => value !== shown[0]?.value)].filter(
    (one) => one !== undefined,
  );
  const dns = new Map([
    [endpointHost, answers.map(({ at, value }) => ({ at: at < 0 ? at : shownMs + dice.between(0, 1000), value }))],
  ]);
  return {
    seed,
    arm: 'events',
    change: 'failover',
    database,
    policy: { removeStale: 'at-once', allowedCidrs: ['10.0.0.0/8'], verifyInterfaces: true, observeOnly: false },
    own: truths.map(({ at, members }) => ({ at, value: members.map(({ ip }) => ip) })),
    truth: truths.map(({ at, wanted }) => ({ at, value: wanted })),
    dns,
    topology: topologyView(dice, database, truths, false),
    events: isHit ? zoneEvents(seed, database, truths) : [],
    scheduleAt: dice.between(0, 60_000),
    foreign: [],
    faults: { from: 0, to: 0, rate: 0 },
    killRate: 0,
    slowness: 1,
    drainMs: 300_000,
    healthMs: 30_000,
    stableAt: endMs,
  };
}

/** Two draws of the events: each database gets two to four, most of them within the second of the outage or of the promotion. */
function zoneEvents(
  seed: number,
  database: Story['database'],
  truths: Parameters<typeof eventsOf>[2],
): Story['events'] {
  const drawn = [seed, seed + 77_777].flatMap((one) => eventsOf(createDice(one), database, truths));
  return drawn.length > 0 ? drawn : [{ at: outageMs, payload: { source: 'aws.scheduler' } }];
}
