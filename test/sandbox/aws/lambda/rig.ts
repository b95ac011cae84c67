import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFunction, type FunctionOptions } from '../../../../sandbox/aws/lambda/function.ts';
import { createClock } from '../../../../sandbox/world/clock.ts';
import { createJournal } from '../../../../sandbox/world/journal.ts';
import type { LambdaFunction } from '../../../../sandbox/world/types.ts';

/** A process that has ended and only waits for its parent's notice is not alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** A directory for bundles, and functions that are closed with it. */
export async function createRig(speed = 1_000) {
  const directory = await mkdtemp(join(tmpdir(), 'lambda-'));
  const clock = createClock(speed);
  const journal = createJournal();
  const functions: LambdaFunction[] = [];
  let bundles = 0;

  const bundle = async (source: string) => {
    bundles += 1;
    const path = join(directory, `bundle-${bundles}.mjs`);
    await writeFile(path, source);
    return path;
  };
  return {
    directory,
    clock,
    journal,
    bundle,
    async create(source: string, options: Partial<FunctionOptions> = {}) {
      const made = createFunction({
        name: 'drift',
        bundle: await bundle(source),
        environment: {},
        memoryMb: 128,
        timeoutMs: 10_000,
        clock,
        journal,
        ...options,
      });
      functions.push(made);
      return made;
    },
    occurrences: (what: string) => journal.all().filter((occurrence) => occurrence.what === what),
    pids: () =>
      journal
        .all()
        .filter(({ what }) => what === 'environment-started')
        .map(({ detail }) => Number(detail?.pid)),
    async close() {
      await Promise.all(functions.map((one) => one.close()));
      clock.close();
      await rm(directory, { recursive: true });
    },
  };
}

export type Rig = Awaited<ReturnType<typeof createRig>>;
