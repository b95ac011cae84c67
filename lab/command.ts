import { CliError, UsageError } from '../cli/terminal/errors.ts';
import { type ExitCode, exitCodes } from '../cli/terminal/exit-codes.ts';
import type { Io } from '../cli/terminal/io.ts';
import { hung, quoted } from '../cli/terminal/text.ts';
import { experiments } from './experiments/catalogue.ts';
import { type Fixtures, withoutNames } from './fixtures.ts';
import type { Deployment, LabSettings } from './lab.ts';
import type { LabOptions } from './options.ts';
import { checkFiles, type Files, filesOf, reportOf, saveReport } from './report/files.ts';
import { runLab } from './run.ts';
import { beginState, type Journal, type LabState, resumeState } from './state.ts';

const hourMs = 3_600_000;

/** One lab, from the options to the exit code. */
export async function conductLab(io: Io, options: LabOptions, deployment: Deployment): Promise<ExitCode> {
  const files = filesOf(options.report);
  await checkFiles(files);
  const journal = options.resume ? await resumed(options) : await begun(io, options, deployment);
  try {
    return await conduct(io, options, deployment, journal, files);
  } finally {
    await journal.release();
  }
}

async function resumed(options: LabOptions): Promise<Journal> {
  const journal = await resumeState(options.state);
  const { account, region } = firstState(options, {});
  const { state } = journal;
  if (state.account === account && state.region === region) return journal;
  await journal.release();
  throw new UsageError(
    `${options.state} is the state of a lab in ${placeOf(state)}, and not in ${placeOf({ account, region })}`,
    'continue it there, or name another file with --state',
  );
}

/** Nothing is created before the account is known to be ready, and the operator has agreed. */
async function begun(io: Io, options: LabOptions, deployment: Deployment): Promise<Journal> {
  const problems = await deployment.problems(AbortSignal.timeout(60_000)).catch((error: unknown) => {
    throw new CliError(
      `the account cannot be checked (${error instanceof Error ? error.message : error}), so nothing was created`,
      'check credentials (--profile, AWS_PROFILE), network and Region: `aws sts get-caller-identity` must answer',
    );
  });
  if (problems.length > 0) throw new UsageError([...problems, 'Nothing was created.']);
  const { settings, lines } = await deployment.plan(options.maxHours);
  io.err(lines.flatMap((line) => hung(line, io.width)));
  if (!options.yes && !options.sandbox) {
    const answer = await io.ask('Type the account number to begin: ');
    if (answer?.trim() !== options.account)
      throw new UsageError('the answer is not the account number: nothing was created', 'begin again, or add --yes');
  }
  return beginState(options.state, firstState(options, settings));
}

const firstState = (
  { account, region, sandbox, speed, maxHours, only }: LabOptions,
  settings: LabSettings,
): LabState => ({
  version: 1,
  account: account ?? 'sandbox',
  region: region ?? 'sandbox',
  ...(sandbox ? { place: 'sandbox' } : {}),
  ...{ speed, maxHours, settings },
  startedAt: Date.now(),
  experiments: only ?? experiments.map(({ name }) => name),
  steps: [],
  samples: {},
});

const placeOf = ({ account, region }: Pick<LabState, 'account' | 'region'>): string =>
  account === 'sandbox' ? 'a sandbox' : `account ${account}, ${region}`;

async function conduct(
  io: Io,
  { keep, state: file, only: _, ...options }: LabOptions,
  deployment: Deployment,
  journal: Journal,
  files: Files,
): Promise<ExitCode> {
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
    if (left.length > 0) io.err(hung(`Next: ${nextOf(keep, file, options)}`, io.width));
    return trouble.length === 0 && (keep || left.length === 0) ? exitCodes.inSync : exitCodes.fault;
  } finally {
    clearTimeout(overtime);
    release();
  }
}

function nextOf(keep: boolean, file: string, { account, region, profile }: Partial<LabOptions>): string {
  const where = account
    ? ` --account ${account} --region ${region}${profile ? ` --profile ${quoted(profile)}` : ''}`
    : ' --sandbox';
  const again = `npm run lab --${where} --resume --state ${quoted(file)}`;
  return keep ? `to destroy the stacks: ${again}` : `try again to destroy it: ${again}; if it stays, delete it by hand`;
}
