import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What a lab does, in this order; `start`: until it says that it deploys. */
export const steps = ['start', 'deploy', 'experiments', 'report', 'destroy', 'list'] as const;
export type Step = (typeof steps)[number];

/** A lab as a process of its own, which leads a group: what it starts is in it. */
export type LabProcess = {
  readonly pid: number;
  /** The steps that have begun, with the time. */
  readonly begun: ReadonlyMap<Step, number>;
  /** Resolves at the beginning of this step, or at the end of the process. */
  reached(step: Step): Promise<void>;
  isAlive(): boolean;
  /** As the system kills a process: nothing of it runs any more, and nothing else is told. */
  kill(): void;
  /** With what it says is wrong. */
  readonly ended: Promise<{ readonly at: number; readonly code: number | null; readonly said: string }>;
};

export const filesOf = (folder: string) => ({
  state: join(folder, 'lab-state.json'),
  report: join(folder, 'lab.html'),
  temporary: join(folder, 'tmp'),
});

export function startLab(folder: string, args: readonly string[]): LabProcess {
  const { state, report, temporary } = filesOf(folder);
  mkdirSync(temporary, { recursive: true });
  const all = ['lab/main.ts', '--sandbox', '--speed', '20', '--state', state, '--report', report, ...args];
  const child = spawn(process.execPath, all, {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, TMPDIR: temporary, COLUMNS: '500' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the lab cannot be started');
  const begun = new Map<Step, number>([['start', Date.now()]]);
  const waiting = new Map(steps.map((step) => [step, Promise.withResolvers<void>()]));
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      said.push(line);
      const step = steps.find((one) => line === `${one} …`);
      if (!step || begun.has(step)) return;
      begun.set(step, Date.now());
      waiting.get(step)?.resolve();
    });
  const ended = once(child, 'close').then(([code]) => ({
    at: Date.now(),
    code,
    said: said.filter((line) => /^(FAIL|left|error)/.test(line)).join(' / '),
  }));
  waiting.get('start')?.resolve();
  return {
    ...{ pid, begun, ended },
    reached: (step) => Promise.race([waiting.get(step)?.promise, ended]).then(() => {}),
    isAlive: () => child.exitCode === null && child.signalCode === null,
    kill: () => void child.kill('SIGKILL'),
  };
}
