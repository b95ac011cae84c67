import { createBuckets } from './buckets.ts';
import { createVirtualClock } from './clock.ts';
import { clusterHost } from './constants.ts';
import { payloadOf } from './payloads.ts';
import { createDice } from './random.ts';
import { deployReconciler } from './reconciler.ts';
import type { Story } from './story.ts';
import { dnsOf, topologyView, truthOf } from './story-truth.ts';
import { createWorld } from './world.ts';
import { endMs, followed, longestGap, shownMs, tokenless, zoneStory } from './zone.ts';

/*
 * Instances of an account restart while another client uses up the tokens of the RDS API: each of them wakes the function of every cluster,
 * and none belongs to one. Meanwhile other databases of the account fail over.
 */

export type Flood = {
  readonly seed: number;
  readonly clusters: number;
  /** Events, each about an instance that is no member of any of the clusters. */
  readonly events: number;
  /** Over so long a time; ms. */
  readonly forMs: number;
  /** Databases that fail over meanwhile. */
  readonly hit: number;
  /** Reserved for each database's function that events wake; undefined: none is reserved. */
  readonly concurrency?: number;
};

export type FloodFigures = {
  readonly runs: number;
  /** How long the functions of the clusters ran because of these events; ms. */
  readonly ranMs: number;
  /** From the moment at which DNS shows the new writers; ms. */
  readonly rightMs: readonly number[];
  readonly neverRight: number;
  readonly violations: readonly string[];
  /** The longest time that a cluster went without a check that succeeded. */
  readonly longestGapMs: number;
  /** Calls that found no token, after the client's own attempts. */
  readonly refused: number;
};

export async function flood({ seed, events, forMs, concurrency, ...counts }: Flood): Promise<FloodFigures> {
  const dice = createDice(seed);
  const account = {
    clock: createVirtualClock(dice.number),
    buckets: createBuckets({ untilMs: endMs, calls: 'RDS' }),
    ...(concurrency === undefined ? {} : { concurrency }),
  };
  const times = Array.from({ length: events }, () => dice.between(0, forMs));
  const stories = (count: number, story: (seed: number) => Story) =>
    Array.from({ length: count }, (_, index) => followed(createWorld(story(index), false, account), () => undefined));
  const clusters = stories(counts.clusters, (index) => clusterStory(seed + 1000 + index, times));
  const hit = stories(counts.hit, (index) => zoneStory(seed + index, true));
  for (const world of [...clusters, ...hit]) deployReconciler(world);
  await account.clock.run(endMs);
  return {
    runs: events * counts.clusters,
    ranMs: clusters.reduce((sum, { score }) => sum + score.eventMs, 0),
    rightMs: hit.map(({ score }) => score.rightSince - shownMs).sort((one, other) => one - other),
    neverRight: hit.filter(({ score }) => !score.isRight).length,
    violations: [...clusters, ...hit].flatMap(({ score }) =>
      score.violations.map(({ invariant, what }) => `${invariant}: ${what}`),
    ),
    longestGapMs: Math.max(...clusters.map(({ score }) => longestGap(score.successes))),
    refused: [...clusters, ...hit].reduce((sum, world) => sum + tokenless(world), 0),
  };
}

function clusterStory(seed: number, times: readonly number[]): Story {
  const dice = createDice(seed);
  const endpoint = { host: clusterHost, port: 5432 };
  const database = { name: `orders-${seed}`, kind: 'cluster', id: 'orders', role: 'writer', endpoint } as const;
  const truths = truthOf(dice, database, 'failover').slice(0, 1);
  return {
    ...zoneStory(seed, false),
    database,
    truth: truths.map(({ at, wanted }) => ({ at, value: wanted })),
    dns: dnsOf(dice, database, truths),
    topology: topologyView(dice, database, truths, false),
    events: times.map((sentAt) => ({
      ...payloadOf('another instance', { kind: 'cluster', at: sentAt, writer: '' }),
      at: sentAt + dice.between(50, 1000),
      sentAt,
    })),
  };
}
