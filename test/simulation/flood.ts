import { isMemberName } from '../../lib/contradictions.ts';
import type { Database } from '../../lib/domain.ts';
import { createBuckets } from './buckets.ts';
import { createVirtualClock } from './clock.ts';
import { clusterHost, endpointHost } from './constants.ts';
import { payloadOf, strangerId } from './payloads.ts';
import { createDice } from './random.ts';
import { deployReconciler, periodMs } from './reconciler.ts';
import type { Story } from './story.ts';
import { dnsOf, topologyView, truthOf } from './story-truth.ts';
import { type Account, createWorld, type Load } from './world.ts';
import { endMs, followed, longestGap, shownMs, tokenless, zoneStory } from './zone.ts';

/* Events about instances of an account wake the functions of clusters that they do not concern. Meanwhile other databases fail over. */

export type Flood = {
  readonly seed: number;
  /** The databases that the events do not concern. */
  readonly woken: number;
  readonly kind?: 'cluster' | 'instance';
  /** How the members of each begin, where the rules know it. */
  readonly memberPrefix?: string;
  /** Each about one instance that is none of theirs. */
  readonly events: number;
  /** Over so long a time; ms. */
  readonly forMs: number;
  /** Databases that fail over meanwhile. */
  readonly hit: number;
  /** How often the schedule checks each; ms. */
  readonly everyMs?: number;
  /** Another client uses up the tokens of the RDS API. */
  readonly isThrottled?: boolean;
  /** Reserved for each database's function that events wake; undefined: none is reserved. */
  readonly concurrency?: number;
};

export type FloodFigures = {
  readonly runs: number;
  /** How long the functions ran because of these events; ms. */
  readonly ranMs: number;
  /** The most of their functions that ran at the same moment, those for checks too. */
  readonly atOnce: number;
  /** Their questions to the RDS API, each attempt counted; and as many as their checks ask without any event. */
  readonly rdsCalls: number;
  readonly quietCalls: number;
  /** From the moment at which DNS shows the new writers; ms. */
  readonly rightMs: readonly number[];
  readonly neverRight: number;
  readonly violations: readonly string[];
  /** The longest time that a database went without a check that succeeded. */
  readonly longestGapMs: number;
  /** Calls that found no token, after the client's own attempts. */
  readonly refused: number;
};

/** When the events begin. */
const beginMs = 120_000;

export async function flood({ seed, events, forMs, concurrency, ...how }: Flood): Promise<FloodFigures> {
  const dice = createDice(seed);
  const load: Load = { open: 0, most: 0 };
  const account = {
    clock: createVirtualClock(dice.number),
    buckets: createBuckets(how.isThrottled ? { untilMs: endMs, calls: 'RDS' } : undefined),
    ...(concurrency === undefined ? {} : { concurrency }),
  };
  const times = Array.from({ length: events }, () => (how.isThrottled ? 0 : beginMs) + dice.between(0, forMs));
  const worlds = (count: number, of: Account, story: (seed: number) => Story) =>
    Array.from({ length: count }, (_, index) => followed(createWorld(story(index), false, of), () => undefined));
  const woken = worlds(how.woken, { ...account, load }, (index) => storyOf(seed + 1000 + index, times, how));
  const hit = worlds(how.hit, account, (index) => zoneStory(seed + index, true));
  for (const world of [...woken, ...hit]) deployReconciler(world);
  await account.clock.run(endMs);
  const all = [...woken, ...hit];
  return {
    runs: events * how.woken,
    ranMs: woken.reduce((sum, { score }) => sum + score.eventMs, 0),
    atOnce: load.most,
    rdsCalls: woken.reduce((sum, { score }) => sum + (score.calls.get('RDS describe') ?? 0), 0),
    quietCalls: (how.woken * endMs) / (how.everyMs ?? periodMs),
    rightMs: hit.map(({ score }) => score.rightSince - shownMs).sort((one, other) => one - other),
    neverRight: hit.filter(({ score }) => !score.isRight).length,
    violations: all.flatMap(({ score }) => score.violations.map(({ invariant, what }) => `${invariant}: ${what}`)),
    longestGapMs: Math.max(...woken.map(({ score }) => longestGap(score.successes))),
    refused: all.reduce((sum, world) => sum + tokenless(world), 0),
  };
}

function storyOf(
  seed: number,
  times: readonly number[],
  { kind = 'cluster', memberPrefix, everyMs }: Pick<Flood, 'kind' | 'memberPrefix' | 'everyMs'>,
): Story {
  const dice = createDice(seed);
  const endpoint = { host: kind === 'cluster' ? clusterHost : endpointHost, port: 5432 };
  const prefix = memberPrefix === undefined ? {} : { memberPrefix };
  const database: Database = { name: `orders-${seed}`, kind, id: 'orders', role: 'writer', endpoint, ...prefix };
  const truths = truthOf(dice, database, 'failover').slice(0, 1);
  return {
    ...zoneStory(seed, false),
    database,
    truth: truths.map(({ at, wanted }) => ({ at, value: wanted })),
    dns: dnsOf(dice, database, truths),
    topology: topologyView(dice, database, truths, false),
    // As infra/reconciler/event-pattern.ts has it.
    events: (kind === 'cluster' && isMemberName(strangerId, memberPrefix) ? times : []).map((sentAt) => ({
      ...payloadOf('another instance', { kind, at: sentAt, writer: '' }),
      at: sentAt + dice.between(50, 1000),
      sentAt,
    })),
    ...(everyMs === undefined ? {} : { everyMs, scheduleAt: dice.between(0, everyMs) }),
  };
}
