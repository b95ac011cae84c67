import { type Config, configToEnv } from '../lib/settings/config.ts';
import { createMeasurements, type Metrics } from './aws/cloudwatch/measured.ts';
import { createElbv2, type Elbv2 } from './aws/elbv2/elbv2.ts';
import type { LoadBalancer } from './aws/elbv2/load-balancer.ts';
import { createEventBridge, type EventBridge } from './aws/eventbridge.ts';
import { configOf, deployment, registerFirst, verifiable } from './aws/lambda/deployment.ts';
import { createGateway, type Gateway } from './aws/lambda/gateway.ts';
import { arnOf, createLambdaApi, type Deployed } from './aws/lambda/lambda-api.ts';
import { createLogsApi } from './aws/lambda/logs-api.ts';
import { createParameterGroups, type ParameterGroups } from './aws/rds/parameters/groups.ts';
import { createRds } from './aws/rds/rds.ts';
import { createFaults, type Faults } from './aws/wire/faults.ts';
import { createPermissions } from './aws/wire/permissions.ts';
import { createQueryServer, type QueryServer } from './aws/wire/server.ts';
import { createDnsServer, type DnsServer } from './data-plane/dns/dns-server.ts';
import { createLoadBalancer, type DataPlane } from './data-plane/load-balancer/load-balancer.ts';
import { createGameDay, type GameDay, gameDayControls } from './game-day.ts';
import type { SandboxOptions } from './sandbox-options.ts';
import { createClock, type SandboxClock } from './world/clock.ts';
import { createDatabase } from './world/database/database.ts';
import { createRandom } from './world/database/random.ts';
import type { Database } from './world/database/types.ts';
import { createJournal, type Journal } from './world/journal.ts';
import { createNetwork, type Network, vpc } from './world/network.ts';
import { createElsewhere, createSurroundings, type Surroundings, securityGroupIds } from './world/surroundings.ts';
import type { LambdaFunction, TargetGroup } from './world/types.ts';

export type { SandboxOptions } from './sandbox-options.ts';

/** A whole account and Region on this machine: one database behind one load balancer, and our two functions, built. */
export type Sandbox = {
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly network: Network;
  readonly database: Database;
  readonly dns: DnsServer;
  readonly elbv2: Elbv2;
  readonly targetGroup: TargetGroup;
  readonly loadBalancer: DataPlane;
  readonly faults: Faults;
  readonly api: QueryServer;
  readonly eventBridge: EventBridge;
  readonly functions: { readonly failover: LambdaFunction; readonly drift: LambdaFunction };
  readonly balancer: LoadBalancer;
  readonly surroundings: Surroundings;
  readonly parameterGroups: ParameterGroups;
  readonly gateway: Gateway;
  /** What breaks on a game day and AWS has no call for. */
  readonly gameDay: GameDay;
  readonly config: Config;
  /** The environment that both functions run with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends every process, socket and file. May be called twice, and after a failure. */
  close(): Promise<void>;
};

const place = { region: 'eu-central-1', account: '123456789012' };

/** As our CDK sets a group up: stale sessions end at once, and two probes ten seconds apart make a target healthy. */
const groupSettings = {
  healthCheck: { intervalSeconds: 10, timeoutSeconds: 6, healthyThreshold: 2, unhealthyThreshold: 2 },
  attributes: {
    'deregistration_delay.timeout_seconds': '0',
    'deregistration_delay.connection_termination.enabled': 'true',
  },
};

export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const step of closers.splice(0).reverse()) await step();
  };
  try {
    return { ...(await assemble(options, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function assemble(options: SandboxOptions, closers: (() => unknown)[]): Promise<Omit<Sandbox, 'close'>> {
  const { kind, speed, seed = 1 } = options;
  const closing = <T extends { close(): unknown }>(part: T): T => {
    closers.push(() => part.close());
    return part;
  };
  const journal = createJournal();
  const network = createNetwork();
  const engine = closing(await options.engine(journal));
  const clock = closing(createClock(speed));
  const shared = { clock, journal, network };
  const database = closing(
    await createDatabase({
      ...shared,
      kind,
      id: 'orders',
      engine,
      engineName: options.engineName,
      pace: options.pace,
      readers: options.readers,
      customEndpoints: options.customEndpoints,
      silentDeaths: options.silentDeaths,
      ipv6: options.dualStack !== undefined,
      random: createRandom(seed),
    }),
  );
  const dns = closing(await createDnsServer({ zone: database.zone, journal, clock }));
  const elbv2 = closing(createElbv2({ ...shared, vpc }));
  elbv2.setTargetHealthLag(options.targetHealthLagMs ?? 0);
  const ofGroup = { port: database.writer().port, ipAddressType: options.dualStack, ...groupSettings };
  const targetGroup = elbv2.createTargetGroup({ name: 'orders', ...ofGroup });
  const balancer = elbv2.createLoadBalancer({
    name: 'orders',
    listeners: [{ port: database.writer().port, targetGroupArn: targetGroup.arn }],
    ipAddressType: options.dualStack ? 'dualstack' : 'ipv4',
    zones: options.loadBalancerZones,
    securityGroups: [securityGroupIds.loadBalancer],
    attributes: { 'load_balancing.cross_zone.enabled': 'true' },
  });
  const loadBalancer = closing(await createLoadBalancer({ ...shared, targetGroup }));
  const parameterGroups = createParameterGroups();
  const rds = createRds({
    ...shared,
    databases: () => [database],
    vpcId: vpc.id,
    extra: options.bystanders,
    parameterGroups,
  });
  const faults = createFaults();
  const eventBridge = closing(createEventBridge({ ...shared, random: createRandom(seed + 1) }));
  let measured: Metrics | undefined;
  const metrics: Metrics = {
    now: () => clock.elapsed(),
    values: (...asked) => measured?.values(...asked) ?? [],
  };
  const { port } = database.writer();
  const around = createSurroundings({ vpc, port, name: 'orders', eventBridge, metrics, places: database.places });
  const { surroundings } = around;
  const services = [rds.service, elbv2.service, ...around.services];
  const deployed: Deployed[] = [];
  const jsonServices = [
    ...around.jsonServices,
    createLambdaApi(
      () => deployed,
      place,
      clock,
      () => surroundings.placement,
    ),
    createLogsApi(() => deployed.map(({ lambda }) => lambda), place.region),
  ];
  const { latencyMs } = options;
  const permissions = createPermissions();
  const gameDay = createGameDay(database, permissions);
  const controls = gameDayControls(gameDay);
  const regions = { home: place.region, elsewhere: (there: string) => createElsewhere(there, place.account, shared) };
  const wire = { ...shared, services, regions, jsonServices, faults, permissions, controls, latencyMs };
  const api = closing(await createQueryServer(wire));
  const gateway = closing(await createGateway(network));
  const base = configOf(kind, targetGroup.arn, dns.address, speed);
  const config = verifiable(options.config?.(base) ?? base);
  const environment = { ...configToEnv(config), AWS_ENDPOINT_URL: api.url, SANDBOX_GATEWAY: gateway.url };
  const deploy = (name: string): LambdaFunction => {
    const one = deployment(name, config, environment, shared);
    deployed.push(one);
    return closing(one.lambda);
  };
  const functions = { failover: deploy('failover'), drift: deploy('drift') };
  measured = createMeasurements({ ...shared, functions: Object.values(functions), eventBridge, targetGroup });
  database.onEvent((event) => eventBridge.put(event));
  eventBridge.target(
    { name: 'orders-rds', pattern: ({ source }) => source === 'aws.rds', targetArn: arnOf('orders-failover', place) },
    (event) => functions.failover.invokeAsync(event),
  );
  if (options.isScheduled ?? true)
    eventBridge.schedule(
      'orders-drift',
      60_000,
      (event) => functions.drift.invokeAsync(event),
      arnOf('orders-drift', place),
    );
  const parts = {
    ...shared,
    database,
    dns,
    elbv2,
    targetGroup,
    loadBalancer,
    faults,
    api,
    eventBridge,
    functions,
    balancer,
    surroundings,
    parameterGroups,
    gateway,
    gameDay,
    config,
    environment,
  };
  if (!options.isGroupEmpty) await registerFirst(parts);
  return parts;
}
