import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { type FailoverOptions, runFailover, startSandbox } from './failover.ts';
import type { Sandbox } from './sandbox.ts';
import { budget, resultText, tell } from './timeline.ts';

const number = (min: number, max: number, isWhole: boolean) => (text: string) => {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
  throw new InvalidArgumentError(`It must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}.`);
};

type Options = Omit<FailoverOptions, 'apiLagSeconds'> & {
  readonly apiLag?: number | true;
  readonly json: boolean;
  readonly keep: boolean;
};

const program = new Command('npm start --')
  .description(
    'Runs one failover of a real PostgreSQL on this machine, with the RDS and ELBv2 APIs, DNS, a load balancer and the built functions.',
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
  .option('--json', 'prints the result as JSON on standard output, and nothing else there', false)
  .option('--keep', 'leaves the sandbox up until Ctrl-C, and prints how to look into it', false)
  .allowExcessArguments(false)
  .showHelpAfterError('Run `npm start -- --help` for every option.')
  .configureOutput({ outputError: (text, write) => write(pc.red(text)) })
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

const { apiLag = 0, json, keep, ...rest } = program.parse().opts<Options>();
const options: FailoverOptions = { ...rest, apiLagSeconds: apiLag === true ? 180 : apiLag };

let sandbox: Sandbox | undefined;
let unfollow = () => {};
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    unfollow();
    say(`\n${signal}: taking the sandbox down`);
    void Promise.resolve(sandbox?.close()).finally(() => process.exit(code));
  });
}

process.exitCode = await main();

async function main(): Promise<number> {
  say(pc.dim('starting PostgreSQL with a standby, the RDS and ELBv2 APIs, DNS, a load balancer and two functions …'));
  try {
    const { sandbox: started, postgres } = await startSandbox(options);
    sandbox = started;
    follow(started);
    const result = await runFailover(started, postgres, options);
    say('');
    console.log(json ? JSON.stringify({ ...result, budget: budget(result) }, null, 2) : resultText(result));
    if (keep) await untilInterrupted(started, postgres.connectionString(started.database.writer().hostId));
    return result.problems.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(pc.red(`the sandbox failed: ${error instanceof Error ? error.message : String(error)}`));
    return 1;
  } finally {
    await sandbox?.close();
  }
}

/** Progress goes to standard error, so that `--json` can be piped. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function follow({ journal }: Sandbox): void {
  const began = Date.now();
  unfollow = journal.follow((occurrence) => {
    const text = tell(occurrence, () => undefined);
    if (text)
      say(
        pc.dim(`${((occurrence.at - began) / 1000).toFixed(1).padStart(6)} s  ${occurrence.source.padEnd(13)} ${text}`),
      );
  });
}

async function untilInterrupted(
  { api, targetGroup, loadBalancer, dns, database }: Sandbox,
  connectionString: string,
): Promise<void> {
  const aws = `AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=y aws --region eu-central-1 --endpoint-url ${api.url}`;
  const [dnsHost, dnsPort] = dns.address.split(':');
  say(
    [
      '',
      pc.bold('The sandbox stays up. Look into it from another terminal; Ctrl-C takes it down.'),
      `${aws} elbv2 describe-target-health --target-group-arn ${targetGroup.arn}`,
      database.kind === 'cluster' ? `${aws} rds describe-db-clusters` : `${aws} rds describe-db-instances`,
      database.kind === 'cluster'
        ? `${aws} rds failover-db-cluster --db-cluster-identifier orders`
        : `${aws} rds reboot-db-instance --db-instance-identifier orders --force-failover`,
      `dig @${dnsHost} -p ${dnsPort} ${database.names().endpoint}`,
      `psql "postgresql://postgres@${loadBalancer.host}:${loadBalancer.port}/postgres"   # through the load balancer`,
      `psql "${connectionString}"   # the writer itself`,
    ].join('\n'),
  );
  await new Promise<never>(() => {});
}
