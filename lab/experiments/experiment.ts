import type { Ground, Lab } from '../lab.ts';
import type { Sample } from '../state.ts';

export type Measured = Pick<Sample, 'ms' | 'facts'>;

export type Experiment = {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly method: string;
  /** What its answer decides. */
  readonly decides: string;
  /** `all`: it runs alone, after the others. */
  readonly on: Ground | 'all';
  readonly runs: number;
  /** Runs that go on at the same time, each in a lane of its own; 1 when absent. */
  lanes?(lab: Lab): number;
  /** The figures of a run, as people read them. */
  readonly figures: Readonly<Record<string, string>>;
  /** Its figures are of the same failover, so that their differences count. */
  readonly isPaired?: boolean;
  /** One run. It first brings its ground back to where it begins: an earlier run may have been killed. */
  run(lab: Lab, run: number, lane: number, signal: AbortSignal): Promise<Measured>;
};
