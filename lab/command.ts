import { CliError, UsageError } from '../cli/terminal/errors.ts';
import { type ExitCode, exitCodes } from '../cli/terminal/exit-codes.ts';
import type { Io } from '../cli/terminal/io.ts';
import { hung, quoted } from '../cli/terminal/text.ts';
import { experiments } from './experiments/catalogue.ts';
import { type Fixtures, withoutNames } from './fixtures.ts';
import type { Deployment } from './lab.ts';
import type { LabOptions } from './options.ts';
import { checkFiles, type Files, filesOf, reportOf, saveReport } from './report/files.ts';
import { runLab } from './run.ts';
import { beginState, type Journal, resumeState } from './state.ts';

const hourMs = 3_600_000;

/** One lab, from the options to the exit code. */
export async function conductLab(io: Io, options: LabOptions, deployment: Deployment): Promise<ExitCode> {
  const files = filesOf(options.report);
  await checkFiles(files);
  const journal = options.resume ? await resumeState(options.state, options) : await begun(io, options, deployment);
  try {
    return await conduct(io, options, deployment, journal, files);
  } finally {
    await journal.release();
  }
}

/** Nothing is created before the account is known to be ready, and the operator has agreed. */
async function begun(io: Io, options: LabOptions, deployment: Deployment): Promise<Journal> {
  const { account, region, speed, maxHours, only } = options;
  const problems = await deployment.problems(AbortSignal.timeout(60_000)).catch((error: unknown) => {
    throw new CliError(
      `the account cannot be checked (${error instanceof Error ? error.message : error}), so nothing was created`,
      'check credentials (--profile, AWS_PROFILE), network and Region: `aws sts get-caller-identity` must answer',
    );
  });
  if (problems.length > 0) throw new UsageError([...problems, 'Nothing was created.']);
  const { settings, lines } = await deployment.plan(maxHours);
  io.err(lines.flatMap((line) => hung(line, io.width)));
  if (!options.yes && !options.sandbox) {
    const answer = await io.ask('Type the account number to begin: ');
    if (answer?.trim() !== account)
      throw new UsageError('the answer is not the account number: nothing was created', 'begin again, or add --yes');
  }
  return beginState(options.state, {
    version: 1,
    ...{ account, region, speed, maxHours, settings },
    ...(options.sandbox ? { place: 'sandbox' } : {}),
    startedAt: Date.now(),
    experiments: only,
    steps: [],
    samples: {},
  });
}

async function conduct(
  io: Io,
  options: LabOptions,
  deployment: Deployment,
  journal: Journal,
  files: Files,
): Promise<ExitCode> {
  const { keep } = options;
  const { state } = journal;
  const wanted = experiments.filter(({ name }) => state.experiments.includes(name));
  const interrupt = new AbortController();
  const release = io.onInterrupt((why) => {
    if (why === 'unread') return;
    release();
    io.err('ending the lab: the report follows, then the stacks are destroyed; Ctrl-C again ends at once');
    interrupt.abort(new Error('interrupted'));
  });
  const rest = state.startedAt + (state.maxHours * hourMs) / state.speed - Date.now();
  const overtime = setTimeout(
    () => interrupt.abort(new Error(`${state.maxHours} hours are over (--max-hours)`)),
    Math.max(0, rest),
  );
  try {
    const { trouble, left } = await runLab({
      ...{ deployment, journal, keep },
      experiments: wanted,
      fixtures: async (lab) =>
        withoutNames({ events: await lab.events(), replies: lab.replies } satisfies Fixtures, lab.outputs),
      report: () => saveReport(reportOf(journal.state, wanted), journal.state.fixtures, files),
      say: (line) => io.err(hung(line, io.width)),
      signal: interrupt.signal,
    });
    const wrong = [
      ...trouble.map((one) => `FAIL: ${one}`),
      ...(keep ? [] : left.map((one) => `left in the account: ${one}`)),
    ];
    if (wrong.length > 0) io.out(wrong.flatMap((line) => hung(line, io.width)));
    // What it knows is in the report, and nothing needs it any more.
    if (left.length === 0) await journal.finish();
    io.out([`report    ${files.html}`, `          ${files.json}`, `fixtures  ${files.fixtures}`]);
    if (left.length > 0) io.err(hung(`Next: ${nextOf(options)}`, io.width));
    return trouble.length === 0 && (keep || left.length === 0) ? exitCodes.inSync : exitCodes.fault;
  } finally {
    clearTimeout(overtime);
    release();
  }
}

function nextOf({ keep, sandbox, account, region, profile, state }: LabOptions): string {
  const where = sandbox
    ? '--sandbox'
    : `--account ${account} --region ${region}${profile ? ` --profile ${quoted(profile)}` : ''}`;
  const again = `npm run lab -- ${where} --resume --state ${quoted(state)}`;
  return keep ? `to destroy the stacks: ${again}` : `try again to destroy it: ${again}; if it stays, delete it by hand`;
}
