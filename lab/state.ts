import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { UsageError } from '../cli/terminal/errors.ts';
import type { LabSettings } from './lab.ts';
import { lock, unwritable } from './lock.ts';

/** One run of an experiment. Times in ms of AWS. */
export type Sample = {
  readonly run: number;
  readonly at: number;
  readonly ms: Readonly<Record<string, number>>;
  readonly facts?: Readonly<Record<string, string>>;
  /** Why there is no measurement. */
  readonly error?: string;
};

/** What the lab does to the account, in this order. */
export type StepName = 'deploy' | 'experiments' | 'report' | 'destroy' | 'list';
export type Step = {
  readonly name: StepName;
  readonly at: number;
  readonly state: 'begun' | 'ended' | 'failed';
  readonly detail?: string;
};

/** All that a lab has done, in its file: what a later process needs to go on, and what the report shows. */
export type LabState = {
  readonly version: 1;
  readonly account: string;
  readonly region: string;
  /** Absent on AWS. */
  readonly place?: 'sandbox';
  readonly speed: number;
  readonly startedAt: number;
  readonly maxHours: number;
  /** What the stacks are deployed with. */
  readonly settings: LabSettings;
  readonly experiments: readonly string[];
  readonly steps: readonly Step[];
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
  /** Raw `aws.rds` events and replies of the APIs, with other names in them. */
  readonly fixtures?: unknown;
};

/** Keeps the state: each change is in the file before the next step begins. */
export type Journal = {
  readonly state: LabState;
  step(name: StepName, state: Step['state'], detail?: string): Promise<void>;
  sample(experiment: string, sample: Sample): Promise<void>;
  keep(fixtures: unknown): Promise<void>;
  /** Removes the file: nothing is left that a later process would have to know of. */
  finish(): Promise<void>;
  /** Lets another process go on. */
  release(): Promise<void>;
};

export const hasBegun = ({ steps }: LabState, name: StepName): boolean => steps.some((step) => step.name === name);

/**
 * Begins a new state file.
 * @throws UsageError where there is one
 */
export async function beginState(file: string, first: LabState): Promise<Journal> {
  const release = await lock(file);
  try {
    if (existsSync(file))
      throw new UsageError(
        `${file} is the state of an earlier lab, whose stacks may still be in the account`,
        `continue it with --resume, which also destroys what is left; or name another file with --state`,
      );
    await save(file, first);
    return journalOf(file, first, release);
  } catch (error) {
    await release();
    throw error;
  }
}

/** @throws UsageError where there is no state to continue, or only one of a lab elsewhere */
export async function resumeState(file: string, where: Where): Promise<Journal> {
  const release = await lock(file);
  try {
    const state = stateIn(await readFile(file, 'utf8'));
    if (placeOf(state) !== placeOf(where))
      throw new Error(`it is that of ${placeOf(state)}, and not of ${placeOf(where)}`);
    return journalOf(file, state, release);
  } catch (error) {
    await release();
    throw new UsageError(
      `no lab can be continued from ${file} (${error instanceof Error ? error.message : error})`,
      'name the file of the earlier run with --state, or leave --resume out',
    );
  }
}

type Where = Pick<LabState, 'account' | 'region'>;

const placeOf = ({ account, region }: Where): string =>
  account === 'sandbox' ? 'a lab in a sandbox' : `a lab in account ${account}, ${region}`;

function stateIn(text: string): LabState {
  const state: Partial<LabState> = JSON.parse(text) ?? {};
  const { version, account, region, speed, startedAt, maxHours, settings, experiments, steps, samples } = state;
  const isOne =
    [account, region].every((one) => typeof one === 'string') &&
    [speed, startedAt, maxHours].every((one) => typeof one === 'number') &&
    [experiments, steps].every(Array.isArray) &&
    [settings, samples].every((one) => typeof one === 'object');
  if (version !== 1 || !isOne) throw new Error('it is no state of a lab of this version');
  return state as LabState;
}

/** Renamed over the old one: a process that is killed leaves the one or the other, whole. */
async function save(file: string, state: LabState): Promise<void> {
  try {
    await writeFile(`${file}.new`, `${JSON.stringify(state, null, 1)}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  } catch (error) {
    throw unwritable(file, error);
  }
}

function journalOf(file: string, first: LabState, release: () => Promise<void>): Journal {
  let state = first;
  let writing: Promise<void> = Promise.resolve();
  const change = (next: LabState): Promise<void> => {
    state = next;
    // A disk that was full may have room again.
    writing = writing.catch(() => {}).then(() => save(file, state));
    return writing;
  };
  return {
    get state() {
      return state;
    },
    step: (name, how, detail) =>
      change({
        ...state,
        steps: [...state.steps, { name, at: Date.now(), state: how, ...(detail ? { detail } : {}) }],
      }),
    sample: (experiment, sample) =>
      change({ ...state, samples: { ...state.samples, [experiment]: [...(state.samples[experiment] ?? []), sample] } }),
    keep: (fixtures) => change({ ...state, fixtures }),
    finish: () => rm(file, { force: true }),
    release,
  };
}
