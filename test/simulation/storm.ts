import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Batch, Column, Tallies } from './batch.ts';
import { plot } from './plot.ts';
import { printStorm, printStory } from './print.ts';
import { scriptFrom } from './script.ts';
import { merge, newTally } from './tally.ts';
import { printZone } from './zone-print.ts';

/* npm run storm -- --failovers 100000 --seed 1 [--workers 2] [--plot docs/lag.svg]
 * npm run storm -- --story FILE: one story, as a violation leaves it behind */

const batchSize = 500;

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      failovers: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      workers: { type: 'string', default: '2' },
      plot: { type: 'string' },
      story: { type: 'string' },
    },
  });
  if (values.story !== undefined) {
    process.exitCode = (await replay(values.story)) ? 0 : 1;
    return;
  }
  const [failovers, seed, workers] = [values.failovers, values.seed, values.workers].map(Number) as [
    number,
    number,
    number,
  ];
  const startedAt = performance.now();
  const tallies = await storm(failovers, seed, workers);
  const seconds = (performance.now() - startedAt) / 1000;
  const violations = await printStorm(tallies, { seed, seconds, workers });
  const isFloorKept = await printZone(seed);
  if (values.plot) writeFileSync(values.plot, plot(tallies));
  process.exitCode = violations === 0 && isFloorKept ? 0 : 1;
}

/** Plays the story in a file; a file that holds none says what is wrong with it. */
async function replay(file: string): Promise<boolean> {
  try {
    return await printStory(scriptFrom(readFileSync(file, 'utf8')));
  } catch (error) {
    console.error(`${file}: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

/** Batches go to whichever worker is free; what they found adds up to the same whoever played them. */
async function storm(failovers: number, seed: number, workers: number): Promise<Tallies> {
  const batches: Batch[] = [];
  for (let from = 0; from < failovers; from += batchSize)
    batches.push({ from, to: Math.min(failovers, from + batchSize), seed });
  const sum: Tallies = {};
  await Promise.all(Array.from({ length: workers }, () => work(batches, sum)));
  return sum;
}

function work(batches: Batch[], sum: Tallies): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const worker = new Worker(new URL('./storm-worker.ts', import.meta.url));
    const next = () => {
      const batch = batches.shift();
      if (batch) return worker.postMessage(batch);
      void worker.terminate();
      resolve();
    };
    worker.on('error', reject);
    worker.on('message', (found: Tallies) => {
      for (const [column, tally] of Object.entries(found)) {
        const into = sum[column as Column] ?? newTally();
        sum[column as Column] = into;
        merge(into, tally);
      }
      next();
    });
    next();
  });
}
