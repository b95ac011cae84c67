import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Estate, tidyUp } from './processes.ts';
import type { Notice } from './watchdog.ts';

/** Ends an engine's processes and removes its files when this process ends, also by a crash. */
export type Guard = {
  /** The watchdog's process. */
  readonly pid: number;
  /** Takes charge of a process of the engine until it ends. Call it in the same turn as the spawn. */
  watch(child: ChildProcess): void;
  /** Ends every watched process and removes the estate. */
  close(): Promise<void>;
};

export async function createGuard(estate: Estate): Promise<Guard> {
  const script = fileURLToPath(new URL('./watchdog.ts', import.meta.url));
  // A session of its own: Ctrl-C in a terminal goes to the whole foreground group and must not end the watchdog first.
  const watchdog = spawn(process.execPath, [script, JSON.stringify(estate)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  await once(watchdog, 'spawn');
  watchdog.stdin.on('error', () => {});
  watchdog.unref();
  const watched = new Set<number>();
  const tell = (notice: Notice) => watchdog.stdin.write(`${JSON.stringify(notice)}\n`);

  return {
    pid: watchdog.pid ?? 0,
    watch(child) {
      const { pid } = child;
      if (pid === undefined) return;
      watched.add(pid);
      tell({ started: pid });
      child.once('exit', () => {
        watched.delete(pid);
        tell({ ended: pid });
      });
    },
    async close() {
      watchdog.ref();
      watchdog.stdin.end();
      if (watchdog.exitCode === null && watchdog.signalCode === null) await once(watchdog, 'exit');
      // The watchdog may have been killed, and a server may have written files since.
      await tidyUp(estate, [...watched]);
    },
  };
}
