import type { Session } from '../access/session.ts';
import { CliError, linesOf } from '../terminal/errors.ts';
import { type ExitCode, exitCodes } from '../terminal/exit-codes.ts';
import { type Io, withProgress } from '../terminal/io.ts';
import type { Paint } from '../terminal/verdict.ts';
import { limitTo, type Rate } from './rate.ts';

/* One question to many databases. */

/** What one database answered. */
export type Answer = {
  readonly code: ExitCode;
  readonly paint: Paint;
  /** What stands between the name and the text. */
  readonly cells: readonly string[];
  readonly text: string;
  /** What to do next: a command, or a section of the runbook. */
  readonly next?: string | undefined;
  readonly json: object;
};

export type Row<A extends Answer = Answer> = { readonly name: string } & (A | Answer);

/** What is asked of each database. */
export type Question<A extends Answer = Answer> = {
  /** For the progress line. */
  readonly doing: string;
  /** Columns: the database, those of the cells, and the text. */
  readonly heads: readonly string[];
  /** How long one database may take; another is asked in its place then. */
  readonly limitMs: number;
  /** How many databases are asked at first, and then in a second: AWS's limits are those of the functions, which may be at a failover. */
  readonly rate: Rate;
  /** With an `io` that shows no progress of its own. */
  readonly ask: (session: Session, io: Io) => Promise<A>;
};

const atOnce = 10;

/** How often a database is asked again whose function was throttled. */
const mostTries = 3;

/**
 * Asks every database, ten at a time, no faster than the rate. What cannot be asked is a row with its fault, and stops no other. Worst
 * first.
 */
export async function askEach<A extends Answer>(
  io: Io,
  sessions: readonly Session[],
  question: Question<A>,
): Promise<readonly Row<A>[]> {
  const rows: Row<A>[] = [];
  const doing = () => `${question.doing}: ${rows.length} of ${sessions.length} databases`;
  const quiet = { ...io, status: () => {} };
  const left = sessions.map((session) => ({ session, tries: 1 }));
  const turn = limitTo(question.rate);
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      await turn();
      const row = await rowOf(quiet, next.session, question);
      // The next turn comes later, and the function is warm by then.
      if (isThrottled(row) && next.tries < mostTries) left.push({ ...next, tries: next.tries + 1 });
      else rows.push(row);
    }
  };
  await withProgress(io, doing, () => Promise.all(Array.from({ length: atOnce }, worker)));
  return rows.sort((one, other) => gravityOf(other) - gravityOf(one) || byName(one, other));
}

const isThrottled = ({ code, text }: Answer): boolean =>
  code === exitCodes.fault && /\bThrottl(ed|ing)|is throttling/.test(text);

async function rowOf<A extends Answer>(io: Io, session: Session, { ask, limitMs }: Question<A>): Promise<Row<A>> {
  const { name } = session.selection;
  try {
    return { name, ...(await inTime(limitMs, name, ask(session, io))) };
  } catch (error) {
    return { name, ...faultOf(error) };
  }
}

async function inTime<T>(ms: number, name: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const problem = `no answer within ${ms / 1000} s`;
    const next = `rds-target status ${name} waits for the answer; --local shows which API or DNS server does not answer`;
    timer = setTimeout(() => reject(new CliError(problem, next)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A fault as an answer. */
export function faultOf(error: unknown): Answer {
  const [problem = '', ...rest] = linesOf(error);
  const next = rest.join(' ').replace(/^Next: /, '');
  return {
    code: exitCodes.fault,
    paint: 'red',
    cells: [],
    text: `FAULT: ${problem}`,
    next: next || undefined,
    json: { fault: problem, ...(next ? { next } : {}) },
  };
}

/** What cannot be asked is worse than what is wrong: it may be that, too. */
const codeGravity: Readonly<Record<ExitCode, number>> = { 1: 30, 2: 20, 3: 10, 0: 0 };
const paintGravity: Readonly<Record<Paint, number>> = { red: 2, yellow: 1, green: 0, dim: 0 };

const gravityOf = ({ code, paint }: Row): number => codeGravity[code] + paintGravity[paint];

const byName = (one: Row, other: Row): number => one.name.localeCompare(other.name, 'en', { numeric: true });

/** The exit code of the worst row. */
export const worstCode = (rows: readonly Row[]): ExitCode => rows[0]?.code ?? exitCodes.inSync;
