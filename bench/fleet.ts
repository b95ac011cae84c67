import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { memoryMb } from '../infra/reconciler/memory.ts';
import { createElbv2, type Elbv2 } from '../sandbox/aws/elbv2/elbv2.ts';
import type { Deployed } from '../sandbox/aws/lambda/configuration.ts';
import { createFunction } from '../sandbox/aws/lambda/function.ts';
import { createLambdaApi } from '../sandbox/aws/lambda/lambda-api.ts';
import { createRds } from '../sandbox/aws/rds/rds.ts';
import { createFaults } from '../sandbox/aws/wire/faults.ts';
import { createQueryServer } from '../sandbox/aws/wire/server.ts';
import { createDnsServer } from '../sandbox/data-plane/dns/dns-server.ts';
import { createClock } from '../sandbox/world/clock.ts';
import { createDatabase } from '../sandbox/world/database/database.ts';
import { createListenerEngine } from '../sandbox/world/database/listener-engine.ts';
import { createRandom } from '../sandbox/world/database/random.ts';
import { createJournal } from '../sandbox/world/journal.ts';
import { createDelays } from '../sandbox/world/load-balancer-delays.ts';
import { createNetwork, home, vpc } from '../sandbox/world/network.ts';
import type { TargetGroup } from '../sandbox/world/types.ts';
import type { Figure } from './figures.ts';

const count = 100;
const names = Array.from({ length: count }, (_, index) => `db-${String(index + 1).padStart(3, '0')}`);
const drift = join(import.meta.dirname, '../dist/functions/drift/index.mjs');
const command = join(import.meta.dirname, '../dist/cli/rds-target.mjs');
const timeoutMs = 56_000;

/** `status --all` of a hundred databases, each with a group and a drift function of its own: all cold, then all warm. */
export async function fleetStatus(): Promise<Figure[]> {
  const closers: (() => unknown)[] = [];
  try {
    const fleet = await startFleet((close) => void closers.push(close));
    const seconds = [await statusAll(fleet), await statusAll(fleet)];
    return ['cold', 'warm'].map((state, index) => ({
      name: `status --all of ${count} databases, every function ${state}`,
      value: seconds[index] ?? Number.NaN,
      unit: 's',
      // One call of the ELB API each. The command's rate leaves a quarter of AWS's limit to others: 9.3 s at best.
      limit: 20,
      note: `${fleet.mostAtOnce()} at once at most`,
    }));
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

type Fleet = Awaited<ReturnType<typeof startFleet>>;

async function startFleet(closing: (close: () => unknown) => void) {
  const world = { clock: createClock(1), journal: createJournal(), network: createNetwork() };
  closing(() => world.clock.close());
  const databases = await Promise.all(
    names.map((id, index) => {
      const engine = createListenerEngine();
      return createDatabase({ ...world, kind: 'instance', id, engine, firstAddress: 10 + index });
    }),
  );
  for (const database of databases) closing(() => database.close());
  const dns = await createDnsServer({
    journal: world.journal,
    zone: (name, type) => {
      const answers = databases.map(({ zone }) => zone(name, type));
      return answers.find(({ kind }) => kind !== 'nxdomain') ?? { kind: 'nxdomain' };
    },
  });
  closing(() => dns.close());
  // The load balancer's own waits are no part of this; the limits of the APIs are, and keep AWS's time.
  const hasty = createClock(100);
  closing(() => hasty.close());
  const elbv2 = createElbv2({ ...world, clock: hasty, vpc, delays: createDelays('ideal', createRandom(1)) });
  closing(() => elbv2.close());
  const groups = names.map((name) => elbv2.createTargetGroup({ name, port: 5432 }));
  for (const group of groups)
    elbv2.createLoadBalancer({
      name: names[groups.indexOf(group)] ?? '',
      listeners: [{ port: 5432, targetGroupArn: group.arn }],
    });
  const deployed: Deployed[] = [];
  const running = { now: 0, most: 0 };
  const rds = createRds({ ...world, databases: () => databases, vpcId: vpc.id });
  const api = await createQueryServer({
    ...world,
    services: [rds.service, elbv2.service],
    jsonServices: [createLambdaApi(() => deployed, home, world.clock)],
    faults: createFaults(),
  });
  closing(() => api.close());
  for (const [index, name] of names.entries()) {
    const environment = {
      DATABASE_NAME: name,
      DATABASE_ID: name,
      DATABASE_KIND: 'instance',
      TARGET_GROUP_ARN: groups[index]?.arn ?? '',
      DNS_SERVERS: dns.address,
      AWS_ENDPOINT_URL: api.url,
    };
    const size = { environment, memoryMb: memoryMb.drift, timeoutMs };
    const lambda = createFunction({ ...world, ...size, name: `${name}-drift`, bundle: drift });
    closing(() => lambda.close());
    deployed.push({ ...size, lambda: counted(lambda, running) });
  }
  await Promise.all(groups.map((group, index) => register(elbv2, group, databases[index]?.writer().ip ?? '')));
  return { api, groups, mostAtOnce: () => running.most };
}

function counted(lambda: Deployed['lambda'], running: { now: number; most: number }): Deployed['lambda'] {
  return {
    ...lambda,
    async invoke(event) {
      running.now += 1;
      running.most = Math.max(running.most, running.now);
      try {
        return await lambda.invoke(event);
      } finally {
        running.now -= 1;
      }
    },
  };
}

/** The group holds the writer, and it is healthy. Beside the wire: AWS would throttle a hundred registrations. */
async function register(elbv2: Elbv2, group: TargetGroup, ip: string): Promise<void> {
  const target = { 'Targets.member.1.Id': ip, 'Targets.member.1.Port': '5432' };
  elbv2.service.operations.RegisterTargets?.(new Map(Object.entries({ TargetGroupArn: group.arn, ...target })));
  while (group.targets().some(({ state }) => state !== 'healthy')) {
    group.reportProbe(ip, 5432, true);
    await sleep(50);
  }
}

async function statusAll({ api, groups }: Fleet): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'rds-target-fleet-'));
  try {
    const entries = names.map((name, index) => ({
      name,
      region: home.region,
      database: { kind: 'instance', id: name },
      targetGroupArn: groups[index]?.arn,
    }));
    await writeFile(join(directory, 'databases.json'), JSON.stringify(entries));
    const env = {
      PATH: process.env.PATH,
      AWS_ENDPOINT_URL: api.url,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'y',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const startedAt = performance.now();
    const { stdout } = await promisify(execFile)(process.execPath, [command, 'status', '--all'], {
      cwd: directory,
      env,
    });
    const seconds = (performance.now() - startedAt) / 1000;
    if (!stdout.includes(`${count} databases: ${count} well`)) throw new Error(`not all are well:\n${stdout}`);
    return seconds;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
