import type { Target } from '../../lib/domain.ts';
import { type Buckets, createBuckets } from './buckets.ts';
import { createVirtualClock, type VirtualClock } from './clock.ts';
import { createSimulatedGroup, type SimulatedGroup, targetOf } from './group.ts';
import { createDice, type Dice } from './random.ts';
import type { Run } from './run.ts';
import { createScore, type Score } from './score.ts';
import type { Story } from './story.ts';
import { lastChange, viewAt } from './views.ts';
import { isHealthy } from './warm.ts';

/** One story being played. */
export type World = {
  readonly story: Story;
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly group: SimulatedGroup;
  readonly score: Score;
  readonly caches: readonly Map<string, { readonly at: number; readonly fresh: number }>[];
  /** Undefined: AWS has room for every call. */
  readonly buckets: Buckets | undefined;
  /** How many invocations the function that events wake has room for. */
  readonly concurrency: number;
  /** Invocations that have begun and not ended. */
  readonly runs: Set<Invoked>;
  /** Of the whole account. */
  readonly load: Load;
  invocations: number;
  /** When the foreign hand last took something away. */
  foreignAt: number;
  /** When the group has to be right for good, and whether it was found wrong then. */
  dueAt: number;
  isLate: boolean;
  /** The version of the group that was checked last. */
  checkedVersion: number;
  /** Changes the group, and counts what that means. */
  change(by: 'own' | 'foreign', does: 'register' | 'deregister', targets: readonly Target[]): void;
};

export type Invoked = {
  readonly run: Run;
  readonly kind: 'event' | 'drift';
  readonly attempt: number;
  readonly endsAt: number;
};

/** From a member's word to the call that it leads to is a longer way. */
const turnsWithProbe = 32;

/** Invocations that run at the same moment: now, and the most that there were. */
export type Load = { open: number; most: number };

/** What several worlds of one account have in common. */
export type Account = {
  readonly clock: VirtualClock;
  readonly buckets: Buckets;
  readonly concurrency?: number;
  readonly load?: Load;
};

export function createWorld(story: Story, isTraced: boolean, account?: Account): World {
  const dice = createDice(story.seed ^ 0x5bd1e995);
  const clock = account?.clock ?? createVirtualClock(dice.number, story.probe ? turnsWithProbe : undefined);
  const initial = viewAt(story.truth, 0);
  const { warm } = story;
  const group = createSimulatedGroup({
    ...story,
    now: clock.now,
    initial,
    ...(warm ? { isHealthy: (key) => isHealthy(warm, key, clock.now()) } : {}),
  });
  const score = createScore(story, clock.now, group, isTraced);
  const world: World = {
    story,
    clock,
    dice,
    group,
    score,
    caches: [new Map(), new Map()],
    buckets: account?.buckets ?? (story.busyUntil ? createBuckets({ untilMs: story.busyUntil }) : undefined),
    concurrency: account?.concurrency ?? Number.POSITIVE_INFINITY,
    runs: new Set(),
    load: account?.load ?? { open: 0, most: 0 },
    invocations: 0,
    foreignAt: -1,
    dueAt: Number.POSITIVE_INFINITY,
    isLate: false,
    checkedVersion: 0,
    change(by, does, targets) {
      if (does === 'register' && targets.some((target) => group.isDraining(target)))
        score.fault('truth: back inside the drain window');
      group[does](targets);
      if (by === 'foreign') {
        score.fault(`foreign hand: ${does}`);
        if (does === 'deregister') world.foreignAt = clock.now();
      }
      score.moved(by);
    },
  };
  watchFor(world);
  for (const { at } of story.truth) if (at > 0) clock.at(at, () => score.moved('truth'));
  for (const { at, how } of story.hosts ?? []) clock.at(at, () => score.fault(`standby: ${how}`));
  for (const { at, does, key } of story.foreign) clock.at(at, () => world.change('foreign', does, [targetOf(key)]));
  return world;
}

/** Counts what happens to the database, and how late its sources are. */
function watchFor({ story, clock, score }: World): void {
  const { changes = [], lost = 0, dns, topology, database, policy } = story;
  score.fault(`database: ${database.kind}, ${database.role}, ${policy.removeStale}`);
  for (let count = 0; count < lost; count++) score.fault('event: lost');
  for (const { at, change } of changes)
    clock.at(at, () => {
      score.fault(`truth: ${change}`);
      if ([...dns.values()].some((view) => lastChange(view) > at)) score.fault('DNS: behind the truth');
      if (lastChange(topology) > at + 5000) score.fault('RDS describe: more than 5 s behind the truth');
    });
}

export const isBehind = ({ story, clock }: World): boolean =>
  [...story.dns.values()].some((view) => lastChange(view) > clock.now());
