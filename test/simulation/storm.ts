import { readFileSync, writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { optionsOrUsage } from '../../scripts/options.ts';
import type { Batch, Column, Tallies } from './batch.ts';
import { printFlood } from './flood-print.ts';
import { plot } from './plot.ts';
import { printStorm, printStory } from './print.ts';
import { scriptFrom } from './script.ts';
import { printSquare } from './square-print.ts';
import { type StormOptions, stormOptions, usage } from './storm-options.ts';
import { merge, newTally } from './tally.ts';
import { printZone } from './zone-print.ts';

/* npm run storm -- --help */

const batchSize = 500;

const options = optionsOrUsage(usage, stormOptions);
if (options) process.exitCode = (await main(options)) ? 0 : 1;

/** Whether nothing was found. */
async function main(options: StormOptions): Promise<boolean> {
  if ('story' in options) return replay(options.story);
  const { seed, workers, plot: file } = options;
  const startedAt = performance.now();
  const tallies = await storm(options.failovers, seed, workers);
  const seconds = (performance.now() - startedAt) / 1000;
  const violations = await printStorm(tallies, { seed, seconds, workers });
  if (file) writeFileSync(file, plot(tallies));
  if (options.storiesOnly) return violations === 0;
  const isFloorKept = await printZone(seed);
  const isFloodBounded = await printFlood(seed);
  const isLinear = await printSquare(seed);
  return violations === 0 && isFloorKept && isFloodBounded && isLinear;
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

/** Batches go to whichever worker is free; what they found adds up to the same in any case. */
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
