import { setTimeout as timer } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Report } from '../../lib/domain.ts';
import { isMany } from '../access/select-many.ts';
import { type Session, withSession, withSessions } from '../access/session.ts';
import { shownOf } from '../fleet/many.ts';
import { reportQuestion } from '../fleet/report.ts';
import { errorLines } from '../terminal/errors.ts';
import { type ExitCode, exitCodes } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import { type CommonOptions, manyCommand, numberFrom } from '../terminal/options.ts';
import { headLines, targetLines } from '../terminal/report-text.ts';
import { jsonLines } from '../terminal/text.ts';
import { codeOf } from '../terminal/verdict.ts';

type Options = CommonOptions & { readonly watch?: number | true };

const defaultSeconds = 5;

export function statusCommand(io: Io): Command {
  return manyCommand('status', 'shows what the target group holds, and whether that is right')
    .option('--watch [seconds]', `repeats the check every ${defaultSeconds} seconds, or as given`, numberFrom(1, 3600))
    .action((name: string | undefined, options: Options) => {
      if (isMany(name, options))
        return withSessions(io, name, options, (sessions) =>
          show(io, options, () => shownOf(io, sessions, options, reportQuestion('status'))),
        );
      return withSession(io, name, options, (session) => show(io, options, () => check(io, session, options)));
    });
}

async function check(io: Io, session: Session, { json, watch }: Options): Promise<Answer> {
  const report = await session.ask('status');
  const told = json ? jsonLines(report, watch === undefined ? 2 : 0) : lines(io, session, report);
  return { lines: told, code: codeOf(report) };
}

/** Once, or again and again. */
async function show(io: Io, { watch }: Options, ask: () => Promise<Answer>): Promise<void> {
  if (watch !== undefined) return repeat(io, watch === true ? defaultSeconds : watch, ask);
  const { lines, code } = await ask();
  io.out(lines);
  io.setExitCode(code);
}

const lines = (io: Io, session: Session, report: Report): string[] => [
  ...headLines(io, session, report),
  ...targetLines(io, report),
];

/** One check: the lines to print and their exit code. */
type Answer = { readonly lines: readonly string[]; readonly code: ExitCode };

/**
 * Repeats a check until Ctrl-C; a terminal shows the latest answer, a pipe all of them. The exit code is the latest one. A fault of the
 * first check ends the command; later ones are printed, since an outage may be what the operator watches.
 */
async function repeat(io: Io, seconds: number, ask: () => Promise<Answer>): Promise<void> {
  const interrupt = new AbortController();
  const release = io.onInterrupt(() => interrupt.abort());
  const { signal } = interrupt;
  const ended = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
  try {
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const seen = await Promise.race([isFirst ? ask() : orFault(io, ask), ended]);
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

const orFault = ({ width }: Io, ask: () => Promise<Answer>): Promise<Answer> =>
  ask().catch((error: unknown) => ({ lines: errorLines(error, width), code: exitCodes.fault }));
