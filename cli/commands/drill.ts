import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { consumerPortOf } from '../../infra/config/database-entry.ts';
import type { Config } from '../../lib/settings/config.ts';
import type { DelayProfileName } from '../../sandbox/world/load-balancer-delays.ts';
import { operatorFault } from '../access/call.ts';
import { pauseOf } from '../access/configuration.ts';
import { configOf } from '../access/local.ts';
import { argumentOf } from '../access/select.ts';
import { type Session, withSession } from '../access/session.ts';
import { awsPorts } from '../drill/aws.ts';
import { confirmName, DrillRefused } from '../drill/checks.ts';
import { type Login, urlVariable } from '../drill/clients/choose.ts';
import { runDrill } from '../drill/drill.ts';
import { addressOf, findEndpoint } from '../drill/endpoint.ts';
import { checkReportFile, defaultName, saveRecord } from '../drill/files.ts';
import { follower } from '../drill/follower.ts';
import type { Address, DrillPorts } from '../drill/ports.ts';
import type { DrillRecord, Setting } from '../drill/record.ts';
import { sandboxPorts } from '../drill/sandbox.ts';
import {
  awsTimings,
  type DrillTimings,
  faster,
  loadBalancerOption,
  loadBalancerSetting,
  timingSettings,
  versions,
} from '../drill/settings.ts';
import { resultLines } from '../drill/text.ts';
import { UsageError } from '../terminal/errors.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import { type CommonOptions, databaseCommand, numberFrom } from '../terminal/options.ts';
import { hung, jsonLines } from '../terminal/text.ts';

type Options = CommonOptions & {
  readonly endpoint?: string;
  readonly ca?: string;
  readonly serverName?: string;
  readonly unverifiedServer?: boolean;
  readonly yes?: string;
  readonly report?: string;
  readonly stable?: number;
  readonly deadline: number;
  readonly loadBalancer?: DelayProfileName;
};

/** The stable seconds for which the timings of AWS are meant; with fewer, every poll comes more often. */
const calmSeconds = 30;

const help = `
This is a real failover: RebootDBInstance with a failover, or FailoverDBCluster.
With ${urlVariable} (postgres:// or mysql://) in the environment the
drill writes through the endpoint, into a table of its own that it drops at the
end. Without it, it only opens connections, and refuses MySQL, which would lock
out the load balancer's addresses.

The drill sends the login over TLS, and only to a server whose certificate has
the database's own name and comes from RDS (or a CA of --ca or PGSSLROOTCERT).

drill exits with 0 when everything is right at the end, 1 when not, and 3 when
it refuses to begin.`;

export function drillCommand(io: Io): Command {
  return databaseCommand('drill', 'fails the database over and measures the outage')
    .option('--endpoint <host:port>', 'where consumers connect (default: the load balancer of the group)')
    .option('--ca <file>', "PEM file with the CAs of the database's certificate (default: RDS's)")
    .option('--server-name <name>', "name in the database's certificate (default: the endpoint that the RDS API gives)")
    .addOption(
      new Option(
        '--unverified-server',
        'sends the login to any server, with the TLS of the connection string, or none',
      ).conflicts(['ca', 'serverName']),
    )
    .option('--yes <name>', 'the name of the database, instead of typing it')
    .option('--report <file>', 'the HTML report, with JSON next to it (default: drill-NAME-TIME.html)')
    .option('--stable <seconds>', 'ends once everything has been right for this long (default: 30)', numberFrom(1, 600))
    .option('--deadline <seconds>', 'gives up after this long', numberFrom(10, 3600), 900)
    .addOption(loadBalancerOption())
    .addHelpText('after', help)
    .action((name: string | undefined, options: Options) => {
      const { loadBalancer } = options;
      if (loadBalancer && !options.sandbox)
        throw new UsageError('--load-balancer is for the sandbox alone', 'add --sandbox, or leave it out');
      return withSession(io, name, options, (session) => drill(io, session, options), { loadBalancer });
    });
}

async function drill(io: Io, session: Session, options: Options): Promise<void> {
  const { selection } = session;
  const config = await configOf(io, session);
  const database = drilled(config);
  const timings = timingsOf(session, options);
  await checkReportFile(options.report ?? defaultName({ database, startedAt: Date.now() }));
  try {
    await refusePaused(io, session);
    const endpoint = await endpointOf(session, config, options);
    const ports = await (session.sandbox
      ? sandboxPorts(session.sandbox, session.clients)
      : awsPorts(session, config, database, endpoint, loginOf(io, options)));
    const speed = session.sandbox?.clock.speed ?? 1;
    // The last step before the failover: wrong options have been reported by now.
    await confirmName(io, database.name, `DB ${database.kind} ${database.id}`, options.yes);
    await untilInterrupted(io, async (signal) => {
      const record = await runDrill({
        ports,
        database,
        timings,
        place: session.sandbox && ('sandbox' as const),
        speed,
        settings: [
          ...settingsOf(session, endpoint, ports, options),
          ...timingSettings(timings),
          ...(session.sandbox ? [loadBalancerSetting(options.loadBalancer ?? 'aws')] : []),
          { name: 'stale targets removed', value: config.policy.removeStale },
        ],
        versions: versions(),
        signal,
        follow: follower(io.err, { width: io.width, speed }),
      });
      await tell(io, record, options);
    });
  } catch (error) {
    if (!(error instanceof DrillRefused)) throw operatorFault(error, 'in a drill', selection);
    for (const reason of error.reasons) io.err(hung(`refused: ${reason}`, io.width));
    io.setExitCode(exitCodes.drift);
  }
}

async function refusePaused(io: Io, session: Session): Promise<void> {
  const until = await pauseOf(io, session);
  if (until)
    throw new DrillRefused([
      `The functions are paused until ${until} and would not repair the group until then. End the pause first: rds-target resume ${argumentOf(session.selection)}`,
    ]);
}

function settingsOf(
  { sandbox, selection: { region } }: Session,
  { host, port }: Address,
  { client }: DrillPorts,
  { unverifiedServer }: Options,
): Setting[] {
  const verified = { name: 'server verified', value: unverifiedServer ? 'no (--unverified-server)' : 'yes, by TLS' };
  return [
    { name: 'where', value: sandbox ? 'sandbox' : `AWS${region ? `, ${region}` : ''}` },
    { name: 'endpoint', value: `${host}:${port}` },
    ...(client.kind === 'tcp' ? [] : [verified]),
  ];
}

async function untilInterrupted(io: Io, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interrupt = new AbortController();
  const release = io.onInterrupt((why) => {
    // The report is a file: it is written even when standard output is closed.
    if (why === 'unread') return;
    // A second Ctrl-C ends the process without cleaning up.
    release();
    io.err('ending the drill: the measurements so far follow; Ctrl-C again ends at once');
    interrupt.abort();
  });
  try {
    await work(interrupt.signal);
  } finally {
    release();
  }
}

function timingsOf({ sandbox }: Session, { stable, deadline }: Options): DrillTimings {
  const seconds = stable ?? calmSeconds / (sandbox?.clock.speed ?? 1);
  if (seconds >= deadline)
    throw new UsageError(
      `--stable ${seconds} is not below --deadline ${deadline}: no drill could succeed`,
      `choose a longer --deadline or a shorter --stable`,
    );
  const timings = faster(awsTimings, Math.max(1, calmSeconds / seconds));
  return { ...timings, stableMs: seconds * 1000, deadlineMs: deadline * 1000 };
}

/** @throws UsageError */
function drilled({ database: { name, kind, id, role }, policy: { warmStandby } }: Config): DrillRecord['database'] {
  if (kind === 'hostname' || !id)
    throw new UsageError(
      `${name} follows a host name, and no API fails a host name over`,
      `drill a DB instance or cluster`,
    );
  if (role !== 'writer')
    throw new UsageError(
      `${name} keeps a group of ${role === 'reader' ? 'readers' : 'the members of a custom endpoint'}; a drill measures a writer's`,
      `drill the writer's database`,
    );
  return { name, kind, id, warmStandby };
}

function endpointOf(
  { sandbox, clients, selection }: Session,
  config: Config,
  { endpoint }: Options,
): Promise<Address> | Address {
  if (endpoint !== undefined) return addressOf(endpoint, consumerPortOf(selection.entry) ?? config.database.port);
  return sandbox?.loadBalancer ?? findEndpoint(clients.elbv2(), config.targetGroupArn, selection.region);
}

const loginOf = ({ env }: Io, { ca, serverName, unverifiedServer }: Options): Login => ({
  url: env[urlVariable],
  caFile: ca,
  defaultCaFile: env.PGSSLROOTCERT,
  serverName,
  isUnverified: unverifiedServer,
});

async function tell(io: Io, record: DrillRecord, { report, json }: Options): Promise<void> {
  const html = resolve(report ?? defaultName(record));
  io.out(json ? jsonLines({ ...record, report: html }) : ['', ...resultLines(record, io)]);
  const files = await saveRecord(record, html);
  io.err([`report   ${files.html}`, `         ${files.json}`]);
  io.setExitCode(record.problems.length === 0 ? exitCodes.inSync : exitCodes.fault);
}
