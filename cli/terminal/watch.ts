import { setTimeout as timer } from 'node:timers/promises';
import { errorLines } from './errors.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';

/** One look: what to show of it, and what it means. */
export type Look = { readonly lines: readonly string[]; readonly code: ExitCode };

/**
 * Looks again and again until Ctrl-C; a terminal shows the latest look, a pipe all of them. The exit code is that of the latest. The
 * first fault ends it; later ones are shown, since what is watched may be what fails.
 */
export async function watchLooks(io: Io, seconds: number, look: () => Promise<Look>): Promise<void> {
  const interrupt = new AbortController();
  const release = io.onInterrupt(() => interrupt.abort());
  const { signal } = interrupt;
  const ended = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
  try {
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const seen = await Promise.race([isFirst ? look() : bearing(io, look), ended]);
      if (!seen) return;
      const time = new Date().toISOString().slice(11, 19);
      const head = io.isTty ? [io.colour.dim(`${time} UTC, every ${seconds} s; Ctrl-C ends`)] : [];
      io.redraw([...head, ...seen.lines]);
      io.setExitCode(seen.code);
      await timer(seconds * 1000, undefined, { signal }).catch(() => {});
    }
  } finally {
    release();
  }
}

const bearing = ({ width }: Io, look: () => Promise<Look>): Promise<Look> =>
  look().catch((error: unknown) => ({ lines: errorLines(error, width), code: exitCodes.fault }));
