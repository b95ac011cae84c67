import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTime } from '../soak/in-time.ts';
import { filesOf, type LabProcess, type Step, startLab, steps } from './lab.ts';
import { watchLabs } from './left.ts';

/** A whole lab of one short experiment takes half a minute; on a busy machine much longer. */
const longestMs = 600_000;

/** How long each step of an undisturbed lab takes; ms. */
export type Durations = Readonly<Record<Step, number>>;

export type Moment = { readonly step: Step; readonly afterMs: number };

/** Every step in turn, however short it is, and any moment in it. */
export function drawMoment(number: number, durations: Durations, random: () => number): Moment {
  const step = steps[number % steps.length] ?? 'start';
  return { step, afterMs: Math.round(random() * durations[step]) };
}

export type Killed = {
  /** Undefined: it was not to be killed, or had ended before. */
  readonly killed: Moment | undefined;
  /** Of the first process; undefined where it was killed. */
  readonly durations: Durations | undefined;
  /** What is not as it should be afterwards. */
  readonly wrong: readonly string[];
};

/** One lab, killed at a moment, and resumed. */
export async function killLab(
  only: string,
  moment: Moment | undefined,
  ends: (end: () => void) => void,
): Promise<Killed> {
  const folder = mkdtempSync(join(tmpdir(), 'lab-kills-'));
  const watched = watchLabs(folder);
  const tidy = () => {
    watched.end();
    rmSync(folder, { recursive: true, force: true });
  };
  ends(tidy);
  const start = (...args: string[]): LabProcess => {
    const lab = startLab(folder, ['--only', only, ...args]);
    watched.watch(lab.pid);
    return lab;
  };
  let killed: Moment | undefined;
  try {
    const first = start();
    killed = moment && (await killAt(first, moment, watched.note));
    // Before its first step and after its last one a lab has no state: then there is nothing to resume.
    const last = killed ? start(...(watched.hasState() ? ['--resume'] : [])) : first;
    const { at, code, said } = await inTime(longestMs, 'the lab', last.ended);
    const failed = code === 0 ? [] : [`exit code ${code}: ${said}`];
    const wrong = [...failed, ...missing(folder), ...(await watched.left())];
    return { killed, durations: killed ? undefined : durationsOf(first, at), wrong };
  } catch (error) {
    return { killed, durations: undefined, wrong: [error instanceof Error ? error.message : String(error)] };
  } finally {
    tidy();
  }
}

async function killAt(lab: LabProcess, { step, afterMs }: Moment, before: () => void): Promise<Moment | undefined> {
  await inTime(longestMs, `the step ${step} of the lab`, lab.reached(step));
  await sleep(afterMs);
  before();
  if (!lab.isAlive()) return undefined;
  lab.kill();
  const { at } = await inTime(10_000, 'the killed process', lab.ended);
  const [last, since] = [...lab.begun].at(-1) ?? [step, at];
  return { step: last, afterMs: at - since };
}

/** Runs that the report does not have. */
function missing(folder: string): string[] {
  const { results } = JSON.parse(readFileSync(filesOf(folder).report.replace('.html', '.json'), 'utf8'));
  return (results as { name: string; done: number; runs: number }[]).flatMap(({ name, done, runs }) =>
    done === runs ? [] : [`${name}: ${done} of ${runs} runs`],
  );
}

function durationsOf({ begun }: LabProcess, endedAt: number): Durations {
  const times = [...begun.values(), endedAt];
  return Object.fromEntries(
    steps.map((step, index) => [step, (times[index + 1] ?? endedAt) - (times[index] ?? endedAt)]),
  ) as Durations;
}
