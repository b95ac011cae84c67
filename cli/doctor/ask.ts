import { explained } from '../../lib/doctor/diagnose.ts';
import type { Check, Report } from '../../lib/domain.ts';
import { FunctionFault } from '../access/invoke.ts';
import type { Session } from '../access/session.ts';
import { CliError, linesOf } from '../terminal/errors.ts';
import { merged } from './merge.ts';

type Answer = { readonly by: string } & ({ readonly report: Report } | { readonly error: unknown });

/** Asks every function of the database that is known, and merges what they say. Throws when none answers. */
export async function askAll({ selection, askOf }: Session): Promise<Report> {
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
  return check('not-checked', `only ${names} was asked, whose name does not tell that of the other function`);
}

/** The function is not there or does not work. That the operator may not invoke it, or did not reach AWS, says nothing about it. */
const isWrong = (error: unknown): boolean =>
  error instanceof FunctionFault ||
  (error instanceof CliError && (error.cause as Error | undefined)?.name === 'ResourceNotFoundException');
