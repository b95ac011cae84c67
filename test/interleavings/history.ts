import type { Violation } from './invariants.ts';
import { type Reply, type Run, type Step, startRun } from './run.ts';
import type { Scenario } from './scenario.ts';

/**
 * A run after all that it was told so far. The core sees nothing but replies and times, so two runs that were told the same at the
 * same times since their start are the same: the real one is asked once for each history, and what it does next is remembered.
 */
export type Observations = {
  readonly id: number;
  readonly steps: readonly Step[];
  readonly isOver: boolean;
  /** What this latest reply made it break. */
  readonly violations: readonly Violation[];
  readonly next: Map<string, Observations>;
  readonly parent?: {
    readonly observations: Observations;
    readonly index: number;
    readonly reply: Reply;
    readonly at: number;
    readonly isPromoted: boolean;
  };
  /** What the members said when the run began. */
  readonly isPromotedAtStart: boolean;
};

const textOf = (steps: readonly Step[]): string => JSON.stringify(steps);

export type Histories = {
  first(isPromoted: boolean): Promise<Observations>;
  /** `text` stands for the reply: different replies, different texts. At once where this was asked before. */
  after(
    observations: Observations,
    index: number,
    reply: Reply,
    text: string,
    at: number,
    isPromoted: boolean,
  ): Observations | Promise<Observations>;
  count(): number;
};

export function createHistories(scenario: Scenario, payload: unknown): Histories {
  let count = 0;
  const roots = new Map<boolean, Observations>();
  /** The real run that came last, and where it stands: it goes on from there, or a new one repeats the way. */
  let latest: { readonly run: Run; at: Observations } | undefined;

  const noteOf = (
    run: Run,
    known: number,
    isPromotedAtStart: boolean,
    parent?: Observations['parent'],
  ): Observations => ({
    isPromotedAtStart,
    id: count++,
    steps: run.steps(),
    isOver: run.isOver(),
    violations: run.violations.slice(known),
    next: new Map(),
    ...(parent ? { parent } : {}),
  });
  const bringTo = async (observations: Observations): Promise<Run> => {
    if (latest?.at === observations) return latest.run;
    const run = await startRun(scenario, payload, observations.isPromotedAtStart);
    const way: NonNullable<Observations['parent']>[] = [];
    for (let { parent } = observations; parent; { parent } = parent.observations) way.push(parent);
    for (const { index, reply, at, isPromoted } of way.reverse()) await run.take(index, reply, at, isPromoted);
    // What holds the whole thing up: told the same, it does the same.
    if (textOf(run.steps()) !== textOf(observations.steps))
      throw new Error('a run that was told the same does something else');
    return run;
  };
  const find = async (
    observations: Observations,
    index: number,
    reply: Reply,
    text: string,
    at: number,
    isPromoted: boolean,
  ): Promise<Observations> => {
    const run = await bringTo(observations);
    const known = run.violations.length;
    await run.take(index, reply, at, isPromoted);
    const parent = { observations, index, reply, at, isPromoted };
    const found = noteOf(run, known, observations.isPromotedAtStart, parent);
    observations.next.set(`${index} ${at} ${isPromoted} ${text}`, found);
    latest = { run, at: found };
    return found;
  };
  return {
    async first(isPromoted) {
      const root = roots.get(isPromoted) ?? noteOf(await startRun(scenario, payload, isPromoted), 0, isPromoted);
      roots.set(isPromoted, root);
      return root;
    },
    after: (observations, index, reply, text, at, isPromoted) =>
      observations.next.get(`${index} ${at} ${isPromoted} ${text}`) ??
      find(observations, index, reply, text, at, isPromoted),
    count: () => count,
  };
}
