import { explained } from '../../lib/doctor/diagnose.ts';
import type { Check, Report } from '../../lib/domain.ts';
import { FunctionFault } from '../access/functions.ts';
import type { Session } from '../access/session.ts';
import { CliError, linesOf } from '../terminal/errors.ts';
import { type Io, withProgress } from '../terminal/io.ts';
import { merged } from './merge.ts';

/** Until the schedule has run once, a new sandbox would fail checks. AWS ms. */
const scheduleMs = 61_000;

async function firstScheduledCheck(io: Io, { sandbox }: Session): Promise<void> {
  if (!sandbox) return;
  await withProgress(io, 'waiting for the first scheduled check', async () => {
    await sandbox.clock.sleep(scheduleMs);
    await sandbox.functions.drift.idle();
  });
}

/** Asks both functions, and reads with the operator's credentials what their role may not read. */
export async function diagnosed(io: Io, session: Session): Promise<Report> {
  await firstScheduledCheck(io, session);
  if (session.place === 'local') return session.ask('doctor');
  const report = await askAll(session);
  // Loading its clients takes time that no other command should pay for.
  const { filledIn } = await import('./own-credentials.ts');
  return { ...report, checks: await filledIn(io, session, report) };
}

type Answer = { readonly by: string } & ({ readonly report: Report } | { readonly error: unknown });

/** Asks every known function of the database and merges their answers. Throws when none answers. */
async function askAll({ selection, askOf }: Session): Promise<Report> {
  const answers: Answer[] = await Promise.all(
    selection.functions.map((by) =>
      askOf(by, 'doctor').then(
        (report) => ({ by, report }),
        (error: unknown) => ({ by, error }),
      ),
    ),
  );
  const answered = answers.flatMap((one) => ('report' in one ? [one] : []));
  const own = answered.find(({ by }) => by === selection.functionName) ?? answered[0];
  if (!own) throw (answers[0] as { readonly error: unknown }).error;
  const told = answered.map(({ by, report }) => ({ by, checks: report.checks ?? [] }));
  return { ...own.report, checks: [answerCheck(answers), ...merged(told)] };
}

function answerCheck(answers: readonly Answer[]): Check {
  const silent = answers.flatMap((one) => ('error' in one ? [one] : []));
  const check = (result: Check['result'], detail: string) => explained({ check: 'functions-answer', result, detail });
  const names = answers.map(({ by }) => by).join(', ');
  if (silent.length > 0)
    return check(
      silent.some(({ error }) => isWrong(error)) ? 'failed' : 'not-checked',
      silent.map(({ by, error }) => `${by}: ${linesOf(error)[0]}`).join('; '),
    );
  if (answers.length > 1) return check('ok', names);
  return check('not-checked', `only ${names} was asked: the name of the other function does not follow from it`);
}

/** The function is missing or broken. A denied invocation or an unreachable AWS says nothing about it. */
const isWrong = (error: unknown): boolean =>
  error instanceof FunctionFault ||
  (error instanceof CliError && (error.cause as Error | undefined)?.name === 'ResourceNotFoundException');
