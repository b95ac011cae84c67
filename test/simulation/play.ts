import { lookAtEvent, pollByRole, pollFirstTarget } from './policies.ts';
import { deployReconciler, pace, periodMs } from './reconciler.ts';
import type { Score } from './score.ts';
import type { Story } from './story.ts';
import { createWorld, type World } from './world.ts';

/** Plays a story. A group that is not right at the end is a violation of the seventh invariant. */
export async function play(story: Story, isTraced = false): Promise<Score> {
  const world = createWorld(story, isTraced);
  deployReconciler(world);
  await world.clock.run(rightBy(story), () => isQuiet(world));
  if (!world.score.isRight) world.score.violate(7, `the group is [${world.group.live()}] at the end`);
  return finished(world);
}

/** One period after everything is stable, the schedule has come; then its run needs its time, twice where health is waited for. */
function rightBy({ stableAt, policy, healthMs }: Story): number {
  const onceMs = periodMs + pace.settleMs + 10_000;
  return stableAt + onceMs + (policy.removeStale === 'at-once' ? 0 : healthMs + onceMs);
}

/** Half a minute in which nobody had a reason to touch the group; one story in ten is played until every run has ended. */
const isQuiet = ({ story, clock, score, active }: World): boolean =>
  score.isRight &&
  clock.now() - Math.max(score.rightSince, story.stableAt) > 30_000 &&
  (active === 0 || story.seed % 10 !== 0);

/** Closes the account of the time that is still running. */
function finished({ score }: World): Score {
  score.moved('truth');
  return score;
}

const policies = {
  'one look at the event': lookAtEvent,
  'poll 1 min by role, deregister first': pollByRole,
  'poll 5 min, first target compared': pollFirstTarget,
} as const;

export type PolicyName = keyof typeof policies;
export const policyNames = Object.keys(policies) as readonly PolicyName[];

/** The same story under another policy, for as long as its slowest poll could need. */
export async function playPolicy(story: Story, name: PolicyName): Promise<Score> {
  const world = createWorld(story, false);
  policies[name](world);
  await world.clock.run(story.stableAt + 6 * 60_000);
  return finished(world);
}
