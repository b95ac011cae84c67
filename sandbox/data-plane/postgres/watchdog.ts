import { createInterface } from 'node:readline';
import { type Estate, tidyUp } from './processes.ts';

/** One line to the watchdog: a process of the engine started or ended. */
export type Notice = { readonly started: number } | { readonly ended: number };

/*
 * Runs as a process of its own, and waits for the end of its standard input: that comes when the engine is closed, and
 * equally when the engine's process ends in any other way, SIGKILL included. Then it tidies up.
 */
const estate: Estate = JSON.parse(process.argv[2] ?? '');
const pids = new Set<number>();

for await (const line of createInterface({ input: process.stdin })) {
  const notice: Notice = JSON.parse(line);
  if ('started' in notice) pids.add(notice.started);
  else pids.delete(notice.ended);
}
await tidyUp(estate, [...pids]);
