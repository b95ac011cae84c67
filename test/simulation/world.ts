import type { Target } from '../../lib/domain.ts';
import type { Buckets } from './buckets.ts';
import { createVirtualClock, type VirtualClock } from './clock.ts';
import { createSimulatedGroup, type SimulatedGroup, targetOf } from './group.ts';
import { createDice, type Dice } from './random.ts';
import { createScore, type Score } from './score.ts';
import type { Story } from './story.ts';
import { viewAt } from './views.ts';

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
  /** Runs that have begun and not ended. */
  active: number;
  /** When the foreign hand last took something away. */
  foreignAt: number;
  /** Changes the group, and counts what that means. */
  change(by: 'own' | 'foreign', does: 'register' | 'deregister', targets: readonly Target[]): void;
};

/** What several worlds of one account have in common. */
export type Account = { readonly clock: VirtualClock; readonly buckets: Buckets };

export function createWorld(story: Story, isTraced: boolean, account?: Account): World {
  const dice = createDice(story.seed ^ 0x5bd1e995);
  const clock = account?.clock ?? createVirtualClock(dice.number);
  const initial = viewAt(story.truth, 0);
  const group = createSimulatedGroup({ ...story, now: clock.now, initial });
  const score = createScore(story, clock.now, group, isTraced);
  const world: World = {
    story,
    clock,
    dice,
    group,
    score,
    caches: [new Map(), new Map()],
    buckets: account?.buckets,
    active: 0,
    foreignAt: -1,
    change(by, does, targets) {
      group[does](targets);
      if (by === 'foreign') {
        score.fault(`foreign hand: ${does}`);
        if (does === 'deregister') world.foreignAt = clock.now();
      }
      score.moved(by);
    },
  };
  for (const { at } of story.truth) if (at > 0) clock.at(at, () => score.moved('truth'));
  for (const { at, does, key } of story.foreign) clock.at(at, () => world.change('foreign', does, [targetOf(key)]));
  return world;
}
