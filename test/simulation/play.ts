import { checkDue, checkStep } from './invariants.ts';
import { lookUpOnEvent, pollByRole, pollFirstTarget } from './policies.ts';
import { deployReconciler, periodMs, type Sabotage, timings } from './reconciler.ts';
import type { Score } from './score.ts';
import type { Story } from './story.ts';
import { createWorld, type World } from './world.ts';

/** Plays a story. A group that is not right when it is due is a violation of the seventh invariant. */
export async function play(story: Story, isTraced = false, sabotage?: Sabotage): Promise<Score> {
  const { stackTraceLimit } = Error;
  // Most errors are expected, and to write down where they come from takes longer than all the rest.
  Error.stackTraceLimit = 0;
  try {
    return await played(createWorld(story, isTraced), sabotage);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** One story in twenty is played to the end, and for a period after the group was due; the others until no run has anything to do. */
async function played(world: World, sabotage?: Sabotage): Promise<Score> {
  const { story, clock } = world;
  world.dueAt = rightBy(story);
  deployReconciler(world, sabotage);
  clock.at(world.dueAt + 1, () => undefined);
  const isThorough = story.seed % 20 === 0;
  await clock.run(world.dueAt + (isThorough ? periodMs : 1), () => {
    checkStep(world);
    return !isThorough && isQuiet(world);
  });
  return finished(world);
}

/**
 * One period after everything is stable, the schedule has come; then its run needs its time, twice where health is waited for. About a name
 * nothing but its answers tells, and that an address is gone takes 75 s of the same one (docs/decisions/0022).
 */
function rightBy({ stableAt, policy, healthMs, database }: Story): number {
  const runMs = database.kind === 'hostname' ? 2.5 * timings.settleMs : timings.settleMs;
  const onceMs = periodMs + runMs + 10_000;
  return stableAt + onceMs + (policy.removeStale === 'at-once' ? 0 : healthMs + onceMs);
}

/** Half a minute in which no run had a reason to touch the group. */
const isQuiet = ({ story, clock, score }: World): boolean =>
  score.isRight && clock.now() - Math.max(score.rightSince, story.stableAt) > 30_000;

/** Closes the account of the time that is still running. */
function finished({ score }: World): Score {
  score.moved('truth');
  return score;
}

const policies = {
  'one lookup per event': lookUpOnEvent,
  'poll 1 min by role, deregister first': pollByRole,
  'poll 5 min, first target compared': pollFirstTarget,
} as const;

export type PolicyName = keyof typeof policies;
export const policyNames = Object.keys(policies) as readonly PolicyName[];

/** The same story under another policy, for as long as its slowest poll could need. */
export async function playPolicy(story: Story, name: PolicyName): Promise<Score> {
  const world = createWorld(story, false);
  world.dueAt = rightBy(story);
  policies[name](world);
  await world.clock.run(story.stableAt + 6 * 60_000, () => {
    checkStep(world);
    return false;
  });
  if (!world.score.isRight) checkDue(world);
  return finished(world);
}
