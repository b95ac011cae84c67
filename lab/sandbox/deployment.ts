import { RegisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Clients, createClients } from '../../cli/access/clients.ts';
import { sandboxAccess } from '../../cli/access/sandbox.ts';
import { createGroupPorts } from '../../lib/adapters/ports.ts';
import type { Resolver } from '../../lib/ports.ts';
import { createLoadBalancer } from '../../sandbox/data-plane/load-balancer/load-balancer.ts';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { createListenerEngine } from '../../sandbox/world/database/listener-engine.ts';
import { createRandom } from '../../sandbox/world/database/random.ts';
import { createDelays } from '../../sandbox/world/load-balancer-delays.ts';
import { securityGroupIds } from '../../sandbox/world/surroundings.ts';
import type { EventBridgeEvent } from '../../sandbox/world/types.ts';
import type { LabDatabase, LabOutputs, LabScratch } from '../contract.ts';
import { type RecordedReply, recordReplies } from '../fixtures.ts';
import type { Deployment, Ground, Lab } from '../lab.ts';
import { tryTargets } from './client.ts';

/*
 * The lab without an account: one sandbox for each database, since a sandbox has one, and one for the scratch load balancer, whose servers
 * must not fail over meanwhile. They end with this process.
 */

const lanes = 6;

type Part = {
  readonly sandbox: Sandbox;
  readonly engine: ReturnType<typeof createListenerEngine>;
  readonly clients: Clients;
  readonly resolver: Resolver;
  readonly servers: Map<string, string>;
};
type Parts = Readonly<Record<Ground, Part>>;

const grounds: Readonly<Record<Ground, 'instance' | 'cluster'>> = {
  scratch: 'cluster',
  instance: 'instance',
  cluster: 'cluster',
};

export function sandboxDeployment(speed: number): Deployment {
  let parts: Parts | undefined;
  const replies: RecordedReply[] = [];
  const events: EventBridgeEvent[] = [];
  const closers: (() => unknown)[] = [];
  const destroy = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  const start = async (ground: Ground, seed: number): Promise<Part> => {
    const engine = createListenerEngine();
    const sandbox = await createSandbox({
      ...{ kind: grounds[ground], engine: () => engine, speed, seed, loadBalancer: 'aws', silentDeaths: true },
      isScheduled: ground !== 'scratch',
    });
    closers.push(() => sandbox.close());
    sandbox.database.onEvent((event) => events.push(event));
    const clients = createClients({ ...sandboxAccess(sandbox), maxAttempts });
    closers.push(() => clients.close());
    recordReplies(clients, replies);
    const { targetGroup, dns } = sandbox;
    const group = { targetGroupArn: targetGroup.arn, dnsServers: [dns.address] };
    return { sandbox, engine, clients, resolver: createGroupPorts(clients, group).resolver, servers: new Map() };
  };
  let addresses: string[] = [];
  return {
    problems: async () => [],
    plan: async () => ({ settings: {}, lines: ['The lab starts three sandboxes on this machine, and ends them.'] }),
    async deploy() {
      const started = await Promise.allSettled([start('scratch', 1), start('instance', 2), start('cluster', 3)]);
      // Only now: what starts while another one fails must be there to be closed.
      const [scratch, instance, cluster] = started.map(startedOf) as [Part, Part, Part];
      parts = { scratch, instance, cluster };
      addresses = Object.values(parts).map(({ sandbox }) => sandbox.api.url);
      const closing = (part: { close(): unknown }) => void closers.push(() => part.close());
      return {
        instance: databaseOf(instance, await warmStandby(instance, closing)),
        cluster: databaseOf(cluster),
        scratch: await Promise.all(
          Array.from({ length: lanes }, (_, lane) => scratchLane(scratch.sandbox, lane, closing)),
        ),
        clientFunction: 'lab-client',
        insideClientFunction: 'lab-inside',
        eventsLogGroup: 'lab-events',
      };
    },
    async open(outputs) {
      if (!parts) throw new Error('the sandbox of the lab does not run');
      return labOf(outputs, parts, { events, replies, speed });
    },
    destroy,
    async left() {
      const answering = addresses.map((url) =>
        fetch(url).then(
          () => url,
          () => undefined,
        ),
      );
      return (await Promise.all(answering)).flatMap((url) => url ?? []);
    },
  };
}

function startedOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

const maxAttempts = 10;

type Kept = Pick<Lab, 'replies' | 'speed'> & { readonly events: readonly EventBridgeEvent[] };

const labOf = (outputs: LabOutputs, parts: Parts, { events, replies, speed }: Kept): Lab => ({
  ...{ outputs, speed, replies },
  clients: (ground) => parts[ground].clients,
  database: (ground) => outputs[ground === 'scratch' ? 'cluster' : ground],
  scratchOn: 'scratch',
  client: async (ground, request, signal) => ({ attempts: await tryTargets(parts[ground], request, signal) }),
  lacks: new Set(['class change', 'stacks']),
  events: async () => events,
  close: async () => {},
});

function databaseOf({ sandbox }: Part, more: LabDatabase['accesses'] = []): LabDatabase {
  const { database, loadBalancer, functions } = sandbox;
  const endpoint = { host: database.names().endpoint, port: database.writer().port };
  return {
    id: database.id,
    endpoint,
    securityGroupId: securityGroupIds.database,
    functionNames: Object.values(functions).map(({ name }) => name),
    accesses: [
      { name: 'direct', ...endpoint },
      { name: 'reconciler', host: loadBalancer.host, port: loadBalancer.port },
      ...more,
    ],
  };
}

/** Each load balancer draws its own times. */
const seedOf = (name: string): number => Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % 2 ** 31, 7);

type Closing = (part: { close(): unknown }) => void;

/** Another load balancer of the sandbox, with one listener for these groups. */
async function balancer(
  { elbv2, network, clock, journal }: Sandbox,
  name: string,
  port: number,
  groups: readonly string[],
  closing: Closing,
) {
  const forwards = groups.map((targetGroupArn, index) => ({ targetGroupArn, weight: index === 0 ? 1 : 0 }));
  const [listener] = elbv2.createLoadBalancer({ name, listeners: [{ port, forwards }] }).listeners;
  if (!listener) throw new Error(`the load balancer ${name} has no listener`);
  const delays = createDelays('aws', createRandom(seedOf(name)));
  const plane = await createLoadBalancer({ network, clock, journal, listener, delays });
  closing(plane);
  return { listener, host: plane.host, port: plane.port };
}

const settings = {
  healthCheck: { intervalSeconds: 5, timeoutSeconds: 4, healthyThreshold: 2, unhealthyThreshold: 2 },
  attributes: {
    'deregistration_delay.timeout_seconds': '0',
    'deregistration_delay.connection_termination.enabled': 'true',
  },
};

async function scratchLane(sandbox: Sandbox, lane: number, closing: Closing): Promise<LabScratch> {
  const { port } = sandbox.database.writer();
  const group = (which: string) =>
    sandbox.elbv2.createTargetGroup({ name: `scratch-${lane}-${which}`, port, ...settings }).arn;
  const targetGroupArns = [group('a'), group('b')] as const;
  const { listener, ...place } = await balancer(sandbox, `scratch-${lane}`, port, targetGroupArns, closing);
  return { ...place, listenerArn: listener.arn, targetGroupArns };
}

/** A group with both hosts, between which health checks choose: what the functions keep with a warm standby, without its proof. */
async function warmStandby({ sandbox, clients }: Part, closing: Closing): Promise<LabDatabase['accesses']> {
  const { database, elbv2 } = sandbox;
  const { port } = database.writer();
  const { arn } = elbv2.createTargetGroup({ name: 'warm', port, ...settings });
  const Targets = database.places().map(({ ip }) => ({ Id: ip, Port: port }));
  const { listener: _, ...place } = await balancer(sandbox, 'warm', port, [arn], closing);
  await clients.elbv2().send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets }));
  return [{ name: 'warm standby', ...place }];
}
