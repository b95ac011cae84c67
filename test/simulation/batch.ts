import { type PolicyName, play, playPolicy, policyNames } from './play.ts';
import type { Arm, Story } from './story.ts';
import { storyOf } from './story-draw.ts';
import { newTally, record, type Tally } from './tally.ts';

/** Our own figures for the worlds that the other policies meet as well. */
export const ownInSameWorlds = 'the reconciler, same worlds' as const;

export type Column = Arm | typeof ownInSameWorlds | PolicyName;
export type Batch = { readonly from: number; readonly to: number; readonly seed: number };
export type Tallies = Partial<Record<Column, Tally>>;

/** Half of the failovers with events, a quarter with all of them lost, an eighth with the RDS API down, an eighth among enemies. */
const half = ['events', 'events lost', 'events'] as const;
const arms: readonly [Arm, ...Arm[]] = [...half, 'RDS API down', ...half, 'hostile'];

/** The other policies meet the first of these many stories: theirs are the same worlds, and fewer are enough for their figures. */
const comparedShare = 4;

/** What the other policies set out to follow: one writer of RDS at its port. Against the rest they would only look worse than they are. */
const isForScripts = ({ database, change }: Story): boolean =>
  database.role === 'writer' && database.kind !== 'hostname' && change !== 'port change';

export const seedOf = (seed: number, index: number): number => (Math.imul(seed, 0x9e3779b1) + index) >>> 0;

export async function playBatch({ from, to, seed }: Batch): Promise<Tallies> {
  const tallies: Tallies = {};
  const tallyOf = (column: Column): Tally => {
    const tally = tallies[column] ?? newTally();
    tallies[column] = tally;
    return tally;
  };
  for (let index = from; index < to; index++) {
    const own = seedOf(seed, index);
    const arm = arms[index % arms.length] ?? arms[0];
    const story = storyOf(own, arm);
    const score = await play(story);
    record(tallyOf(arm), score, own, arm);
    if (arm !== 'events' || index % (2 * comparedShare) !== 0 || !isForScripts(story)) continue;
    record(tallyOf(ownInSameWorlds), score, own, arm);
    for (const name of policyNames) record(tallyOf(name), await playPolicy(story, name), own, name);
  }
  return tallies;
}
