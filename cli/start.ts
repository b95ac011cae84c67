import { Command, InvalidArgumentError, Option } from 'commander';
import type { Postgres } from '../sandbox/postgres/engine.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { type StartOptions, startSandbox } from '../sandbox/start.ts';
import { createClients } from './clients.ts';
import type { Login } from './drill/clients/choose.ts';
import { runDrill } from './drill/drill.ts';
import { checkReportFile, namedOrTemporary, saveRecord } from './drill/files.ts';
import type { DrillRecord, Observation, Probe } from './drill/record.ts';
import { sandboxPace, sandboxPorts } from './drill/sandbox.ts';
import { sandboxSettings, versions } from './drill/settings.ts';
import { resultLines } from './drill/timeline.ts';
import { sentence } from './drill/words.ts';
import { errorLines, linesOf, UsageError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import { ioOf } from './io.ts';
import { jsonLines } from './json.ts';
import { keptSandboxLines, sandboxLogin, writeEnvironment } from './kept-sandbox.ts';
import { sandboxAccess } from './sandbox.ts';

const number = (min: number, max: number, isWhole: boolean) => (text: string) => {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
  throw new InvalidArgumentError(`It must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}.`);
};

type Options = Omit<StartOptions, 'apiLagSeconds'> & {
  readonly apiLag?: number | true;
  readonly json: boolean;
  readonly keep: boolean;
  readonly report?: string;
};

const io = ioOf(process);
const { bold, dim, red } = io.colour;

const program = new Command('npm start --')
  .description(
    'Runs one drill on this machine: a failover of a real PostgreSQL, with the RDS and ELBv2 APIs, DNS, a load balancer and the built functions.',
  )
  .addOption(
    new Option('--database <kind>', 'Multi-AZ DB instance, or Aurora-like cluster')
      .choices(['instance', 'cluster'])
      .default('instance'),
  )
  .option('--speed <factor>', "how much faster than AWS's documented times", number(1, 50, false), 10)
  .option('--seed <number>', 'repeats the same delays', number(0, 2 ** 31, true), 1)
  .option('--lose-events', 'no event reaches the functions: only the schedule is left', false)
  .option('--flap', 'DNS alternates between the old and the new address for half a minute', false)
  .option(
    '--api-lag [seconds]',
    'the RDS API shows the new writer so late (180 when no number is given)',
    number(0, 600, false),
  )
  .option('--report <file>', 'writes the report there, with JSON beside it (default: in the temporary directory)')
  .option(
    '--json',
    'prints the result as JSON on standard output, and nothing else there (npm start --silent -- --json)',
    false,
  )
  .option(
    '--keep',
    'leaves the sandbox up until Ctrl-C, and prints how to look into it and how to break something for a game day',
    false,
  )
  .allowExcessArguments(false)
  .showHelpAfterError('Run `npm start -- --help` for every option.')
  .configureOutput({
    writeOut: (text) => io.out(text.trimEnd().split('\n')),
    writeErr: (text) => io.err(text.trimEnd().split('\n')),
    outputError: (text) => io.err(text.trimEnd().split('\n').map(io.colour.red)),
  })
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

const { apiLag = 0, json, keep, report, ...rest } = program.parse().opts<Options>();
const options: StartOptions = { ...rest, apiLagSeconds: apiLag === true ? 180 : apiLag };

const interrupted = new AbortController();
let interruptedBy: number | undefined;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait.
    if (interruptedBy !== undefined) process.exit(code);
    interruptedBy = code;
    io.err(['', `${signal}: ending the drill and taking the sandbox down`]);
    interrupted.abort();
  });
}

const code = await main();
process.exitCode = interruptedBy ?? code;

async function main(): Promise<number> {
  try {
    if (report !== undefined) await checkReportFile(report);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.err(errorLines(error, io.width).map(red));
    return exitCodes.usage;
  }
  io.err(dim('starting PostgreSQL with a standby, the RDS and ELBv2 APIs, DNS, a load balancer and two functions …'));
  let sandbox: Sandbox | undefined;
  try {
    const started = await startSandbox(options);
    sandbox = started.sandbox;
    const record = await drill(sandbox, sandboxLogin(started.postgres));
    const html = await namedOrTemporary(record, report);
    io.status('');
    io.err('');
    io.out(json ? jsonLines({ ...record, options, report: html }) : resultLines(record, io));
    const files = await saveRecord(record, html);
    io.err(['', `${bold('report')}   ${files.html}`, `         ${files.json}`]);
    if (keep && !interrupted.signal.aborted) await untilInterrupted(sandbox, started.postgres);
    return record.problems.length === 0 ? 0 : 1;
  } catch (error) {
    io.status('');
    io.err(red(`the sandbox failed: ${linesOf(error).join('. ')}`));
    return 1;
  } finally {
    await sandbox?.close();
  }
}

async function drill(sandbox: Sandbox, login: Login): Promise<DrillRecord> {
  const clients = createClients(sandboxAccess(sandbox));
  const { kind, id } = sandbox.database;
  const pace = sandboxPace(options.speed);
  try {
    return await runDrill({
      ports: await sandboxPorts(sandbox, clients, login),
      pace,
      database: { name: 'orders', kind, id },
      place: 'sandbox',
      speed: options.speed,
      settings: sandboxSettings(sandbox, options, sandboxPace(1)),
      versions: versions(),
      signal: interrupted.signal,
      // The story is told once, in the end; a terminal shows meanwhile how far it is.
      follow: (one) => showProgress(one),
    });
  } finally {
    clients.close();
  }
}

function showProgress(one: Observation | Probe): void {
  const line = 'kind' in one ? sentence(one, options.speed) : undefined;
  if (line) io.status(`failing over … ${line.who}: ${line.what}`);
}

async function untilInterrupted(sandbox: Sandbox, postgres: Postgres): Promise<void> {
  const environment = writeEnvironment(sandbox, postgres);
  io.err(['', ...keptSandboxLines(environment.file, sandbox)]);
  await new Promise<void>((resolve) => void interrupted.signal.addEventListener('abort', () => resolve()));
  environment.remove();
}
