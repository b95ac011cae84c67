import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Postgres } from '../../sandbox/data-plane/postgres/engine.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Login } from '../drill/clients/choose.ts';
import { quoted } from '../terminal/text.ts';

/** The drill's login to the sandbox's PostgreSQL; the host is filled in. */
export function sandboxLogin(postgres: Postgres): Login & { readonly url: string } {
  const { password, authorityFile } = postgres.access();
  return { url: `postgres://postgres:${password}@sandbox/postgres`, caFile: authorityFile };
}

const command = fileURLToPath(new URL('../../dist/cli/rds-target.mjs', import.meta.url));

/**
 * The environment with which a shell reaches the sandbox: the AWS CLI, `rds-target`, `psql` and the runbook's commands work unchanged.
 * Only psql's password file and the environment of `rds-target` hold the password, where other users cannot read it.
 */
function environmentText(sandbox: Sandbox, postgres: Postgres): string {
  const { api, targetGroup, loadBalancer, dns, functions, database } = sandbox;
  const { endpoint, authorityFile, passwordFile } = postgres.access();
  const psqlUrl = (port: number) =>
    `postgresql://postgres@${endpoint}:${port}/postgres?hostaddr=${loadBalancer.host}&sslmode=verify-full`;
  const [dnsHost = '', dnsPort = ''] = dns.address.split(':');
  const variables = {
    AWS_ENDPOINT_URL: api.url,
    AWS_REGION: 'eu-central-1',
    AWS_DEFAULT_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'sandbox',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    SANDBOX: `${api.url}/sandbox`,
    DRIFT: functions.drift.name,
    FAILOVER: functions.failover.name,
    GROUP: targetGroup.arn,
    ENDPOINT: `${loadBalancer.host}:${loadBalancer.port}`,
    PGPASSFILE: passwordFile,
    PGSSLROOTCERT: authorityFile,
    DATABASE_URL: psqlUrl(loadBalancer.port),
    WRITER_URL: psqlUrl(postgres.localPort(database.writer().hostId)),
    DNS_HOST: dnsHost,
    DNS_PORT: dnsPort,
  };
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return [
    '# The sandbox that `npm start -- --keep` keeps running. Use it with: source FILE',
    'unset AWS_PROFILE AWS_SESSION_TOKEN',
    ...exports,
    // With the Node that runs the sandbox: the system's may be older.
    `rds-target() { DRILL_DATABASE_URL=${quoted(sandboxLogin(postgres).url)} ${quoted(process.execPath)} ${quoted(command)} "$@"; }`,
    '',
  ].join('\n');
}

/** The file to source, and what removes it. */
export function writeEnvironment(sandbox: Sandbox, postgres: Postgres): { readonly file: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
  const file = join(directory, 'env');
  writeFileSync(file, environmentText(sandbox, postgres), { flag: 'wx', mode: 0o600 });
  return { file, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

type Row = readonly [comment: string, ...commands: string[]];

const instance: readonly Row[] = [
  ['a failover', 'aws rds reboot-db-instance --db-instance-identifier orders --force-failover'],
  [
    'the database stops, then starts',
    'aws rds stop-db-instance --db-instance-identifier orders',
    'aws rds start-db-instance --db-instance-identifier orders',
  ],
];
const cluster: readonly Row[] = [
  ['a failover', 'aws rds failover-db-cluster --db-cluster-identifier orders'],
  [
    'the database stops, then starts',
    'aws rds stop-db-cluster --db-cluster-identifier orders',
    'aws rds start-db-cluster --db-cluster-identifier orders',
  ],
];

const queries = (endpoint: string): readonly Row[] => [
  ["the function's view; plan, resync, doctor and events work the same way", 'rds-target status --function $DRIFT'],
  ['the group', 'aws elbv2 describe-target-health --target-group-arn $GROUP'],
  ['through the load balancer, and past it', 'psql $DATABASE_URL', 'psql $WRITER_URL'],
  ['the DNS answer', `dig @$DNS_HOST -p $DNS_PORT ${endpoint}`],
  ['another drill', 'rds-target drill --function $DRIFT --endpoint $ENDPOINT --stable 3'],
];

const register = 'elasticloadbalancing:RegisterTargets';
const breaks = (kind: 'instance' | 'cluster'): readonly Row[] => [
  ...(kind === 'cluster' ? cluster : instance),
  [
    'the writer hangs (its port is open, but it answers nothing), then resumes',
    'curl -X POST $SANDBOX/hang',
    'curl -X POST $SANDBOX/resume',
  ],
  [
    'events stop waking the failover function, then wake it again',
    'aws events disable-rule --name orders-rds',
    'aws events enable-rule --name orders-rds',
  ],
  [
    'the load balancer becomes as slow as the slowest reports from AWS, then as most reports',
    'curl -X POST $SANDBOX/load-balancer/slow',
    'curl -X POST $SANDBOX/load-balancer/aws',
  ],
  [
    "the functions' role loses the permission to register, then gets it back",
    `curl -X POST $SANDBOX/deny/${register}`,
    `curl -X POST $SANDBOX/allow/${register}`,
  ],
];

const rowsText = (rows: readonly Row[]): string[] =>
  rows.flatMap(([comment, ...commands]) => [`  # ${comment}`, ...commands.map((command) => `  ${command}`)]);

/** The commands for another terminal: how to inspect the sandbox, and what to break on a game day. */
export const keptSandboxLines = (file: string, { database }: Pick<Sandbox, 'database'>): string[] => [
  'The sandbox runs until Ctrl-C. In another terminal, first:',
  `  source ${file}`,
  '',
  'then inspect it:',
  ...rowsText(queries(database.names().endpoint)),
  '',
  'and for a game day break something, and repair it with docs/runbook.md:',
  ...rowsText(breaks(database.kind)),
];
