import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { LabOutputs } from '../../lab/contract.ts';
import type { Experiment } from '../../lab/experiments/experiment.ts';
import type { Deployment, Lab } from '../../lab/lab.ts';
import { runLab } from '../../lab/run.ts';
import { beginState, type Journal, type LabState, resumeState } from '../../lab/state.ts';

/* A lab in an account that outlives the processes which work on it, and processes that are killed wherever they touch anything. */

export const firstState: LabState = {
  version: 1,
  account: '123456789012',
  region: 'eu-central-1',
  speed: 1,
  maxHours: 4,
  startedAt: Date.parse('2026-11-30T12:00:00Z'),
  settings: { run: 'l1' },
  experiments: ['one', 'two'],
  steps: [],
  samples: {},
};

const place = { host: 'endpoint', port: 5432 };
const database = { id: 'lab', endpoint: place, securityGroupId: 'sg-1', functionNames: [], accesses: [] };
export const outputs: LabOutputs = {
  instance: { ...database, id: 'lab-instance' },
  cluster: { ...database, id: 'lab-cluster' },
  scratch: [],
  clientFunction: 'client',
  insideClientFunction: 'inside',
  eventsLogGroup: 'events',
};

export const labOf = (more: Partial<Lab> = {}): Lab => ({
  ...{ outputs, speed: 1, replies: [], lacks: new Set<never>(), scratchOn: 'cluster' },
  clients: () => {
    throw new Error('this lab has no clients');
  },
  database: (ground) => outputs[ground === 'scratch' ? 'cluster' : ground],
  client: async () => ({ attempts: [] }),
  events: async () => [],
  close: async () => {},
  ...more,
});

export function temporaryFile(name = 'lab-state.json'): string {
  const directory = mkdtempSync(join(tmpdir(), 'lab-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, name);
}

/** What is in the account. `ran` has every run that an experiment began, by name and number. */
export class Account {
  readonly stacks = new Set<string>();
  readonly ran: string[] = [];
  /** Runs that change the same database at once. */
  readonly atOnce = { instance: 0, cluster: 0, most: 0 };
  failing: { readonly deploy?: string; readonly destroy?: number } = {};
  #destroys = 0;

  deployment(): Deployment {
    return {
      problems: async () => [],
      plan: async () => ({ settings: { run: 'l1' }, lines: ['two stacks'] }),
      deploy: async ({ run }) => {
        this.stacks.add(`${run}-databases`);
        if (this.failing.deploy) throw new Error(this.failing.deploy);
        this.stacks.add(`${run}-services`);
        return outputs;
      },
      open: async () => labOf(),
      destroy: async ({ run }) => {
        this.#destroys += 1;
        this.stacks.delete(`${run}-services`);
        if (this.#destroys <= (this.failing.destroy ?? 0)) throw new Error('the endpoint service is in use');
        this.stacks.delete(`${run}-databases`);
      },
      left: async () => [...this.stacks],
    };
  }

  experiment(name: string, on: 'instance' | 'cluster', runs: number): Experiment {
    return {
      ...{ name, title: name, question: '', method: '', decides: '', figures: { took: 'time' }, on, runs },
      run: async (_lab, run) => {
        this.ran.push(`${name} ${run}`);
        this.atOnce[on] += 1;
        this.atOnce.most = Math.max(this.atOnce.most, this.atOnce[on]);
        await new Promise((resolve) => setImmediate(resolve));
        this.atOnce[on] -= 1;
        return { ms: { took: 1000 * (run + 1) } };
      },
    };
  }
}

/** A process that dies before its n-th touch of account or file: it does nothing any more, not even what stands in a `finally`. */
export function dyingAfter(touches: number) {
  let left = touches;
  let die = () => {};
  const died = new Promise<'killed'>((resolve) => {
    die = () => resolve('killed');
  });
  const touch = () => {
    left -= 1;
    if (left >= 0) return Promise.resolve();
    die();
    return new Promise<never>(() => {});
  };
  /** Before each of its methods, and after it. */
  const mortal = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...given: unknown[]) => {
          await touch();
          const result = await value.apply(target, given);
          await touch();
          return result;
        };
      },
    });
  return { died, mortal };
}

const { pid: deadPid } = spawnSync(process.execPath, ['--version']);

/** The lock as a process leaves it that was killed; `isOnItsWay`: before it had it. */
export function abandonLock(file: string, isOnItsWay = false): void {
  const name = `${hostname()} ${deadPid} ${randomUUID()}`;
  if (!isOnItsWay) rmSync(`${file}.lock`, { recursive: true, force: true });
  mkdirSync(join(isOnItsWay ? `${file}.lock ${name}` : `${file}.lock`, name), { recursive: true });
}

type Given = {
  readonly account: Account;
  readonly journal: Journal;
  readonly experiments: readonly Experiment[];
  readonly process?: ReturnType<typeof dyingAfter>;
  readonly signal?: AbortSignal;
  readonly keep?: boolean;
};

export function runIn({ account, journal, experiments, process, signal, keep = false }: Given) {
  const { mortal, died } = process ?? dyingAfter(Number.POSITIVE_INFINITY);
  const run = runLab({
    deployment: mortal(account.deployment()),
    journal: mortal(journal),
    experiments: experiments.map(mortal),
    fixtures: async () => ({}),
    report: mortal({ save: async () => {} }).save,
    say: () => {},
    signal: signal ?? new AbortController().signal,
    keep,
  });
  return Promise.race([run, died]);
}

export const begin = (file: string) => beginState(file, firstState);
export const resume = (file: string) => resumeState(file, firstState);
