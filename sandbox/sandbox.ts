import { type Config, configToEnv } from '../lib/settings/config.ts';
import { createMeasurements, type Metrics } from './aws/cloudwatch/measured.ts';
import { createElbv2, type Elbv2 } from './aws/elbv2/elbv2.ts';
import type { LoadBalancer } from './aws/elbv2/load-balancer.ts';
import { createEventBridge, type EventBridge } from './aws/eventbridge/eventbridge.ts';
import { createTriggers } from './aws/eventbridge/triggers.ts';
import type { Deployed } from './aws/lambda/configuration.ts';
import { bundlesWith, configOf, deployGroup, deployment, registerFirst, verifiable } from './aws/lambda/deployment.ts';
import { createGateway, type Gateway } from './aws/lambda/gateway.ts';
import { createLambdaApi } from './aws/lambda/lambda-api.ts';
import { createLogsApi } from './aws/lambda/logs-api.ts';
import { createParameterGroups, type ParameterGroups } from './aws/rds/parameters.ts';
import { createRds } from './aws/rds/rds.ts';
import { createSecretsApi, type Secrets } from './aws/secrets.ts';
import { createTopics, type Topics } from './aws/sns.ts';
import { createFaults, type Faults } from './aws/wire/faults.ts';
import { createPermissions } from './aws/wire/permissions.ts';
import { createQueryServer, type QueryServer } from './aws/wire/server.ts';
import { createDnsServer, type DnsServer } from './data-plane/dns/dns-server.ts';
import { createLoadBalancer, type DataPlane } from './data-plane/load-balancer/load-balancer.ts';
import { createGameDay, type GameDay, gameDayControls } from './game-day.ts';
import { createClock, type SandboxClock } from './world/clock.ts';
import { createDatabase } from './world/database/database.ts';
import { createRandom } from './world/database/random.ts';
import type { DatabaseKind } from './world/database/state.ts';
import type { Timings } from './world/database/timings.ts';
import type { Database, DatabaseOptions } from './world/database/types.ts';
import { createJournal, type Journal } from './world/journal.ts';
import { createDelays, type DelayProfileName } from './world/load-balancer-delays.ts';
import { createNetwork, home, type Network, vpc } from './world/network.ts';
import { createElsewhere, createSurroundings, type Surroundings } from './world/surroundings.ts';
import type { Engine, LambdaFunction, TargetGroup } from './world/types.ts';

export type SandboxOptions = {
  readonly kind: DatabaseKind;
  /** Creates what accepts connections; the sandbox closes it. */
  readonly engine: (journal: Journal) => Engine | Promise<Engine>;
  /** How much faster than AWS. */
  readonly speed: number;
  readonly seed?: number;
  readonly timings?: Partial<Timings>;
  readonly readers?: number;
  readonly customEndpoints?: DatabaseOptions['customEndpoints'];
  /** How far DescribeTargetHealth is behind a write; AWS ms. */
  readonly targetHealthLagMs?: number;
  /** Wall ms added to every API call. */
  readonly latencyMs?: number;
  /** What the API calls the engine; PostgreSQL when absent. */
  readonly engineName?: DatabaseOptions['engineName'];
  /** A dual-stack database, behind a target group of this type. */
  readonly dualStack?: 'ipv4' | 'ipv6';
  /** How many unrelated DB instances the account has. */
  readonly bystanders?: number;
  /** How often the load balancer checks its targets; `usual` when absent. */
  readonly healthCheck?: 'usual' | 'fast';
  /** Availability Zones of the load balancer; all of the VPC's when absent. */
  readonly loadBalancerZones?: readonly string[];
  /** Changes the functions' configuration, whose timings are AWS's divided by `speed`. */
  readonly config?: (config: Config) => Config;
  /** Whether the drift function runs every AWS minute; true when absent. */
  readonly isScheduled?: boolean;
  /** Hosts die silently: no FIN, no RST, no refusal. By default their connections break at once. */
  readonly silentDeaths?: boolean;
  /** How slow the load balancer is; `aws` when absent. It applies once the sandbox has started: its group has been in use before. */
  readonly loadBalancer?: DelayProfileName;
  /** Whether the group exists empty (as after a deployment without its first resync); false when absent. */
  readonly isGroupEmpty?: boolean;
};

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
  /** What Secrets Manager has, as the functions read it. */
  readonly secrets: Secrets;
  readonly topics: Topics;
  /** Failures of a game day that AWS has no call for. */
  readonly gameDay: GameDay;
  readonly config: Config;
  /** The environment that both functions run with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends every process, socket and file. May be called twice, and after a failure. */
  close(): Promise<void>;
};

export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const step of closers.splice(0).reverse()) await step();
  };
  const closing: Closing = (part) => {
    closers.push(() => part.close());
    return part;
  };
  try {
    return { ...(await assemble(options, closing)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where the login of a probe is, with an engine that takes logins. */
export const probeSecretArn = `arn:aws:secretsmanager:${home.region}:${home.account}:secret:orders-probe-AbCdEf`;

/** Closes the part with the sandbox. */
type Closing = <T extends { close(): unknown }>(part: T) => T;

async function assemble(options: SandboxOptions, closing: Closing): Promise<Omit<Sandbox, 'close'>> {
  const { kind, speed, seed = 1, latencyMs } = options;
  const { database, dns, ...shared } = await databaseWithDns(options, closing);
  const { clock, network, engine } = shared;
  const { port } = database.writer();
  // The group has been in use before the sandbox starts: its first registration is not waited for.
  const delays = createDelays('ideal', createRandom(seed + 2));
  const elbv2 = closing(createElbv2({ ...shared, vpc, delays }));
  elbv2.setTargetHealthLag(options.targetHealthLagMs ?? 0);
  const { targetGroup, balancer, listener } = deployGroup(elbv2, { ...options, port });
  const loadBalancer = closing(await createLoadBalancer({ ...shared, listener, delays }));
  const parameterGroups = createParameterGroups();
  const databases = () => [database];
  const rds = createRds({ ...shared, databases, vpcId: vpc.id, extra: options.bystanders, parameterGroups });
  const eventBridge = closing(createEventBridge({ ...shared, random: createRandom(seed + 1) }));
  // Filled in below: the functions whose metrics it serves need the APIs first.
  let measured: Metrics | undefined;
  const metrics: Metrics = {
    now: () => clock.elapsed(),
    values: (...asked) => measured?.values(...asked) ?? [],
  };
  const base = configOf(kind, targetGroup.arn, dns.address, speed);
  const config = verifiable(options.config?.(base) ?? base);
  const { places } = database;
  const around = createSurroundings({ vpc, port, eventBridge, metrics, places, known: config.database });
  const { surroundings } = around;
  const deployed: Deployed[] = [];
  const lambdaApi = createLambdaApi(
    () => deployed,
    home,
    clock,
    () => surroundings.placement,
  );
  const logsApi = createLogsApi(() => deployed.map(({ lambda }) => lambda), home.region);
  const probe = engine.probe?.();
  const secrets: Secrets = new Map(probe ? [[probeSecretArn, JSON.stringify(probe.login)]] : []);
  const [topics, faults, permissions] = [createTopics(), createFaults(), createPermissions()];
  const gameDay = createGameDay({ database, permissions, delays });
  const api = closing(
    await createQueryServer({
      ...shared,
      services: [rds.service, elbv2.service, topics.service, ...around.services],
      jsonServices: [...around.jsonServices, lambdaApi, logsApi, createSecretsApi(secrets)],
      regions: { home: home.region, elsewhere: (there) => createElsewhere(there, home.account, { ...shared, delays }) },
      faults,
      permissions,
      controls: gameDayControls(gameDay),
      latencyMs,
    }),
  );
  const gateway = closing(await createGateway(network));
  const environment = { ...configToEnv(config), AWS_ENDPOINT_URL: api.url, SANDBOX_GATEWAY: gateway.url };
  const bundles = probe && config.probe.login !== 'off' ? closing(bundlesWith(probe.roots)).directory : undefined;
  const deploy = (name: string): LambdaFunction => {
    const one = deployment(name, config, environment, { ...shared, bundles });
    deployed.push(one);
    return closing(one.lambda);
  };
  const functions = { failover: deploy('failover'), drift: deploy('drift') };
  measured = createMeasurements({ ...shared, functions: Object.values(functions), eventBridge, targetGroup });
  database.onEvent((event) => eventBridge.put(event));
  createTriggers({ eventBridge, database: config.database, functions, isScheduled: options.isScheduled ?? true });
  if (!options.isGroupEmpty) await registerFirst({ functions, targetGroup });
  delays.use(options.loadBalancer ?? 'aws');
  return {
    ...shared,
    ...{ database, dns, elbv2, targetGroup, balancer, loadBalancer, parameterGroups, eventBridge, surroundings },
    ...{ faults, gameDay, api, gateway, secrets, topics, functions, config, environment },
  };
}

async function databaseWithDns(options: SandboxOptions, closing: Closing) {
  const journal = createJournal();
  const network = createNetwork();
  const engine = closing(await options.engine(journal));
  const clock = closing(createClock(options.speed));
  const { kind, engineName, timings, readers, customEndpoints, silentDeaths, dualStack, seed = 1 } = options;
  const database = closing(
    await createDatabase({
      ...{ clock, journal, network, engine, id: 'orders' },
      ...{ kind, engineName, timings, readers, customEndpoints, silentDeaths },
      ipv6: dualStack !== undefined,
      random: createRandom(seed),
    }),
  );
  const dns = closing(await createDnsServer({ zone: database.zone, journal, clock }));
  return { clock, journal, network, engine, database, dns };
}
