import { type PolicyName, play, playPolicy, policyNames } from './play.ts';
import { createDice } from './random.ts';
import type { Script } from './script.ts';
import { type Arm, type Story, storyFrom } from './story.ts';
import { scriptOf, storyOf, withProbe } from './story-draw.ts';
import { newTally, record, type Tally } from './tally.ts';
import { warmed } from './warm.ts';

/** Our own figures for the worlds that the other policies meet as well. */
export const ownInSameWorlds = 'the reconciler, same worlds' as const;

/** The same worlds once more, in which the functions ask the members of the database, and without that. */
export const probeColumns = ['events, with a probe', 'the same without', 'other arms, with a probe'] as const;
export type ProbeColumn = (typeof probeColumns)[number];

/** Instances whose standby stays in the group, in worlds of their own: those of the arms stay the same. */
export const warmColumns = ['warm standby', 'warm standby, hosts change'] as const;

export type WarmColumn = (typeof warmColumns)[number];

export type Column = Arm | typeof ownInSameWorlds | PolicyName | ProbeColumn | WarmColumn;
export type Batch = { readonly from: number; readonly to: number; readonly seed: number };
export type Tallies = Partial<Record<Column, Tally>>;

/** Half of the failovers with events, a quarter with all of them lost, an eighth with the RDS API down, an eighth among enemies. */
const half = ['events', 'events lost', 'events'] as const;
const arms: readonly [Arm, ...Arm[]] = [...half, 'RDS API down', ...half, 'hostile'];

/** The other policies meet the first of these many stories: theirs are the same worlds, and fewer are enough for their figures. */
const comparedShare = 4;

/** Every third story, and so some of each arm, is played with a probe as well. */
const probedShare = 3;

const warmShare = 4;
const warmArms = ['events', 'events lost', 'hostile', 'events'] as const;

export const warmScriptOf = (seed: number): Script =>
  warmed(scriptOf(seed, warmArms[seed % 4] ?? warmArms[0]), createDice(seed ^ 0x7feb352d));

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
    if (index % probedShare === 0 && story.database.kind !== 'hostname') {
      const isUsual = arm === 'events';
      const probed = await play(storyFrom(withProbe(scriptOf(own, arm))));
      record(tallyOf(isUsual ? 'events, with a probe' : 'other arms, with a probe'), probed, own, arm, true);
      if (isUsual) record(tallyOf('the same without'), score, own, arm);
    }
    if (index % warmShare === 0) {
      const warm = storyFrom(warmScriptOf(own));
      const column = warmColumns[warm.hosts?.length ? 1 : 0];
      const played = await play(warm);
      // A failover to a standby that is in the group needs no change: the group was never wrong.
      played.lagMs ??= 0;
      record(tallyOf(column), played, own, column);
    }
    if (arm !== 'events' || index % (2 * comparedShare) !== 0 || !isForScripts(story)) continue;
    record(tallyOf(ownInSameWorlds), score, own, arm);
    for (const name of policyNames) record(tallyOf(name), await playPolicy(story, name), own, name);
  }
  return tallies;
}
