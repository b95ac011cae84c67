import { setTimeout as timer } from 'node:timers/promises';
import { textOf } from './errors.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';

/** One look: what to show of it, and what it means. */
export type Look = { readonly text: string; readonly code: ExitCode };

const home = '\u001b[H\u001b[2J';

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
      const seen = await Promise.race([isFirst ? look() : bearing(look), ended]);
      if (!seen) return;
      const time = new Date().toISOString().slice(11, 19);
      io.out(
        io.isTty ? `${home}${io.colour.dim(`${time} UTC, every ${seconds} s; Ctrl-C ends`)}\n${seen.text}` : seen.text,
      );
      io.setExitCode(seen.code);
      await timer(seconds * 1000, undefined, { signal }).catch(() => {});
    }
  } finally {
    release();
  }
}

const bearing = (look: () => Promise<Look>): Promise<Look> =>
  look().catch((error: unknown) => ({ text: `error: ${textOf(error)}`, code: exitCodes.fault }));
