import { parentPort } from 'node:worker_threads';
import { type Batch, playBatch } from './batch.ts';

/* Plays the batches that it is sent. A file of its own: what prints and shrinks would only make it start later. */

parentPort?.on('message', async (batch: Batch) => {
  Error.stackTraceLimit = 0;
  parentPort?.postMessage(await playBatch(batch));
});
