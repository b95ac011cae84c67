import type { Experiment, Measured } from './experiments/experiment.ts';
import type { Deployment, Lab } from './lab.ts';
import { hasBegun, type Journal, type LabState, type StepName } from './state.ts';

export type LabRun = {
  readonly deployment: Deployment;
  readonly journal: Journal;
  /** In the order in which those on the same database run. */
  readonly experiments: readonly Experiment[];
  /** What users may send: raw events and replies. */
  readonly fixtures: (lab: Lab) => Promise<unknown>;
  /** Writes the report of what there is. */
  readonly report: () => Promise<void>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly keep: boolean;
};

export type Ended = {
  /** What went wrong; empty: nothing. */
  readonly trouble: readonly string[];
  /** What is in the account afterwards. */
  readonly left: readonly string[];
};

/** Deploys, runs what has not been run yet, reports, and destroys, also after a failure or an interrupt. A killed run goes on from its journal. */
export async function runLab(run: LabRun): Promise<Ended> {
  const { deployment, journal, keep, report, say } = run;
  const { settings } = journal.state;
  const unwritten = new Set<string>();
  // What has been created is destroyed, also where no state can be written any more.
  const note = (...step: Parameters<Journal['step']>) =>
    journal.step(...step).catch((error: unknown) => void unwritten.add(textOf(error)));
  const attempt = async <T>(name: StepName, work: () => Promise<T>): Promise<T | undefined> => {
    await note(name, 'begun');
    say(`${name} …`);
    try {
      const result = await work();
      await note(name, 'ended');
      return result;
    } catch (error) {
      await note(name, 'failed', textOf(error));
      return undefined;
    }
  };
  if (!hasBegun(journal.state, 'destroy')) {
    // Also when it was deployed before: what is missing of it comes, and the rest stays.
    const outputs = await attempt('deploy', () => deployment.deploy(settings, run.signal));
    if (outputs) await attempt('experiments', async () => measure(run, await deployment.open(outputs, settings)));
    await attempt('report', report);
  }
  if (!keep) await attempt('destroy', () => deployment.destroy(settings));
  const left = (await attempt('list', () => deployment.left(settings, !keep))) ?? ['unknown: it could not be listed'];
  await report().catch((error: unknown) => unwritten.add(`report: ${textOf(error)}`));
  return { trouble: [...failuresIn(journal.state, run.experiments), ...unwritten], left };
}

/** What went wrong, a killed process's failures too: the steps whose last attempt failed, and the runs. */
function failuresIn({ steps, samples }: LabState, experiments: readonly Experiment[]): string[] {
  const last = new Map(steps.map((step) => [step.name, step]));
  return [
    ...[...last.values()].flatMap(({ name, state, detail }) => (state === 'failed' ? [`${name}: ${detail}`] : [])),
    ...experiments.flatMap(({ name, runs }) => {
      const failed = (samples[name] ?? []).filter(({ error }) => error !== undefined).length;
      return failed === 0 ? [] : [`${name}: ${failed} of ${runs} runs failed`];
    }),
  ];
}

async function measure(run: LabRun, lab: Lab): Promise<void> {
  const { experiments, journal, signal, fixtures } = run;
  const grounds = Map.groupBy(experiments, ({ on }) => (on === 'scratch' ? lab.scratchOn : on));
  const inTurn = async (those: readonly Experiment[] = []) => {
    for (const one of those) if (!signal.aborted) await repeat(run, lab, one);
  };
  const onAll = grounds.get('all');
  grounds.delete('all');
  try {
    await Promise.all([...grounds.values()].map(inTurn));
    await inTurn(onAll);
    await journal.keep(await fixtures(lab));
    if (signal.aborted) throw new Error(`ended early: ${textOf(signal.reason)}`);
  } finally {
    await lab.close();
  }
}

/** After so many failures in a row the rest of an experiment is left out. */
const mostFailures = 3;

async function repeat({ journal, signal, say }: LabRun, lab: Lab, experiment: Experiment): Promise<void> {
  const { name, runs } = experiment;
  const done = new Set((journal.state.samples[name] ?? []).map(({ run }) => run));
  const pending = Array.from({ length: runs }, (_, run) => run).filter((run) => !done.has(run));
  let inARow = 0;
  const work = async (lane: number) => {
    for (let run = pending.shift(); run !== undefined; run = pending.shift()) {
      if (signal.aborted || inARow >= mostFailures) return;
      const at = Date.now();
      try {
        const measured = await experiment.run(lab, run, lane, signal);
        inARow = 0;
        await journal.sample(name, { run, at, ...measured });
        say(`${name} ${run + 1} of ${runs}: ${saidOf(measured)}`);
      } catch (error) {
        if (signal.aborted) return;
        inARow += 1;
        await journal.sample(name, { run, at, ms: {}, error: textOf(error) });
        say(`${name} ${run + 1} of ${runs} failed: ${textOf(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: experiment.lanes?.(lab) ?? 1 }, (_, lane) => work(lane)));
}

const saidOf = ({ ms, facts }: Measured): string =>
  [
    ...Object.entries(ms).map(([name, value]) => `${name} ${(value / 1000).toFixed(1)} s`),
    ...Object.values(facts ?? {}),
  ].join(', ');

const textOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error));
