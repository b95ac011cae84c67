import type { SimulatedGroup } from './group.ts';
import { inFlightMs } from './invariants.ts';
import type { Story } from './story.ts';
import { viewAt } from './views.ts';

export type Violation = { readonly invariant: number; readonly what: string; readonly at: number };

/** What a story came to. */
export type Score = {
  readonly calls: Map<string, number>;
  readonly faults: Map<string, number>;
  readonly violations: Violation[];
  readonly trace: string[];
  /** From the truth's (or the foreign hand's) change to the group being right, for the last change that needed one; ms. */
  lagMs: number | undefined;
  /** How long a group that follows a writer held targets, none of which was the writer; ms. */
  wrongOnlyMs: number;
  emptied: number;
  /** How long the function that events wake has run; ms. */
  eventMs: number;
  /** When runs ended without a fault. */
  readonly successes: number[];
  isRight: boolean;
  rightSince: number;
  call(name: string): void;
  fault(name: string): void;
  note(line: () => string): void;
  violate(invariant: number, what: string): void;
  /** The group or the truth has changed. */
  moved(by: 'own' | 'foreign' | 'truth'): void;
};

const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);

export function createScore(story: Story, now: () => number, group: SimulatedGroup, isTraced: boolean): Score {
  const follows = story.database.role === 'writer';
  let upsetAt = 0;
  let wrongSince: number | undefined;
  const score: Score = {
    calls: new Map(),
    faults: new Map(),
    violations: [],
    trace: [],
    lagMs: undefined,
    wrongOnlyMs: 0,
    emptied: 0,
    eventMs: 0,
    successes: [],
    isRight: true,
    rightSince: 0,
    call: (name) => count(score.calls, name),
    fault: (name) => count(score.faults, name),
    note: (line) => {
      if (isTraced) score.trace.push(`${(now() / 1000).toFixed(3)} ${line()}`);
    },
    violate: (invariant, what) => {
      score.violations.push({ invariant, what, at: now() });
      score.note(() => `VIOLATION of ${invariant}: ${what}`);
    },
    moved: (by) => {
      const wanted = viewAt(story.truth, now());
      const live = group.live();
      const isRight = live.length === wanted.length && wanted.every((key) => live.includes(key));
      score.note(() => `${by}: group [${live}], right is [${wanted}]`);
      if (isRight && !score.isRight && by === 'own') score.lagMs = now() - upsetAt;
      if (isRight !== score.isRight) score.rightSince = now();
      if (by !== 'own') upsetAt = now();
      else if (!isRight && score.isRight && now() > story.stableAt + inFlightMs)
        score.violate(5, `a group that was right became [${live}] after the truth had been stable`);
      score.isRight = isRight;
      const isWrongOnly =
        follows && live.length > 0 && !(story.warm ? wanted.slice(0, 1) : wanted).some((key) => live.includes(key));
      if (wrongSince !== undefined) score.wrongOnlyMs += now() - wrongSince;
      wrongSince = isWrongOnly ? now() : undefined;
    },
  };
  return score;
}
