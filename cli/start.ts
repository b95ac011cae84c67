import { CommanderError } from 'commander';
import type { Postgres } from '../sandbox/data-plane/postgres/engine.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { startSandbox } from '../sandbox/start.ts';
import { createClients } from './access/clients.ts';
import { keptSandboxLines, sandboxLogin, writeEnvironment } from './access/kept-sandbox.ts';
import { sandboxAccess } from './access/sandbox.ts';
import type { Login } from './drill/clients/choose.ts';
import { runDrill } from './drill/drill.ts';
import { checkReportFile, namedOrTemporary, saveRecord } from './drill/files.ts';
import type { DrillRecord, Observation, Probe } from './drill/record.ts';
import { sandboxPorts, sandboxTimings } from './drill/sandbox.ts';
import { sandboxSettings, versions } from './drill/settings.ts';
import { resultLines, sentence } from './drill/text.ts';
import { startRequestOf } from './start-options.ts';
import { errorLines, linesOf, UsageError } from './terminal/errors.ts';
import { exitCodes } from './terminal/exit-codes.ts';
import { ioOf } from './terminal/io.ts';
import { jsonLines } from './terminal/text.ts';

const io = ioOf(process);
const { bold, dim, red } = io.colour;

const { options, json, keep, report } = asked();

function asked() {
  try {
    return startRequestOf(process.argv.slice(2), io);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exit(error.exitCode === 0 ? 0 : exitCodes.usage);
  }
}

const interrupted = new AbortController();
let interruptedBy: number | undefined;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    // A second signal ends the process at once.
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
  const timings = sandboxTimings(options.speed);
  try {
    return await runDrill({
      ports: await sandboxPorts(sandbox, clients, login),
      timings,
      database: { name: 'orders', kind, id, warmStandby: options.warmStandby },
      place: 'sandbox',
      speed: options.speed,
      settings: sandboxSettings(sandbox, options, sandboxTimings(1)),
      versions: versions(),
      signal: interrupted.signal,
      // The story is printed once, at the end; meanwhile a terminal shows the latest step.
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
