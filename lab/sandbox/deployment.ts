import { type Clients, createClients } from '../../cli/access/clients.ts';
import { sandboxAccess } from '../../cli/access/sandbox.ts';
import { createGroupPorts } from '../../lib/adapters/ports.ts';
import type { Resolver } from '../../lib/ports.ts';
import { groupSettings } from '../../sandbox/aws/lambda/deployment.ts';
import { createLoadBalancer } from '../../sandbox/data-plane/load-balancer/load-balancer.ts';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { createListenerEngine } from '../../sandbox/world/database/listener-engine.ts';
import { createRandom } from '../../sandbox/world/database/random.ts';
import { createDelays } from '../../sandbox/world/load-balancer-delays.ts';
import { securityGroupIds } from '../../sandbox/world/surroundings.ts';
import type { EventBridgeEvent } from '../../sandbox/world/types.ts';
import type { LabDatabase, LabScratch, Place } from '../contract.ts';
import { type RecordedReply, recordReplies } from '../fixtures.ts';
import type { Deployment, Ground } from '../lab.ts';
import { tryInSandbox } from './client.ts';

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

/** Closes the part with the lab. */
type Closing = <T extends { close(): unknown }>(part: T) => T;

export function sandboxDeployment(speed: number): Deployment {
  const parts = new Map<Ground, Part>();
  const replies: RecordedReply[] = [];
  const events: EventBridgeEvent[] = [];
  const opened: { close(): unknown }[] = [];
  const closing: Closing = (part) => {
    opened.push(part);
    return part;
  };
  const partOf = (ground: Ground): Part => {
    const part = parts.get(ground);
    if (!part) throw new Error('the sandbox of the lab does not run');
    return part;
  };
  const start = async (ground: Ground, kind: 'instance' | 'cluster', seed: number): Promise<Part> => {
    const engine = createListenerEngine();
    const sandbox = closing(
      await createSandbox({
        ...{ kind, engine: () => engine, speed, seed, loadBalancer: 'aws', silentDeaths: true },
        isScheduled: ground !== 'scratch',
      }),
    );
    sandbox.database.onEvent((event) => events.push(event));
    const clients = closing(createClients({ ...sandboxAccess(sandbox), maxAttempts: 10 }));
    recordReplies(clients, replies);
    const group = { targetGroupArn: sandbox.targetGroup.arn, dnsServers: [sandbox.dns.address] };
    const part = { sandbox, engine, clients, ...createGroupPorts(clients, group), servers: new Map() };
    parts.set(ground, part);
    return part;
  };
  return {
    problems: async () => [],
    plan: async () => ({ settings: {}, lines: ['The lab starts three sandboxes on this machine, and ends them.'] }),
    async deploy() {
      const starting = [
        start('scratch', 'cluster', 1),
        start('instance', 'instance', 2),
        start('cluster', 'cluster', 3),
      ] as const;
      // What starts while another one fails must be there to be closed.
      await Promise.allSettled(starting);
      const [scratch, instance, cluster] = await Promise.all(starting);
      return {
        instance: databaseOf(instance, [{ name: 'warm standby', ...(await warmStandby(instance, closing)) }]),
        cluster: databaseOf(cluster),
        scratch: await Promise.all(Array.from({ length: lanes }, (_, lane) => scratchLane(scratch, lane, closing))),
        clientFunction: 'lab-client',
        insideClientFunction: 'lab-inside',
        eventsLogGroup: 'lab-events',
      };
    },
    open: async (outputs) => ({
      ...{ outputs, speed, replies },
      clients: (ground) => partOf(ground).clients,
      database: (ground) => outputs[ground === 'scratch' ? 'cluster' : ground],
      scratchOn: 'scratch',
      client: async (ground, request, signal) => ({ attempts: await tryInSandbox(partOf(ground), request, signal) }),
      lacks: new Set(['class change'] as const),
      events: async () => events,
      close: async () => {},
    }),
    async destroy() {
      for (const part of opened.splice(0).reverse()) await part.close();
    },
    async left() {
      const urls = [...parts.values()].map(({ sandbox }) => sandbox.api.url);
      const answering = urls.map((url) =>
        fetch(url).then(
          () => [url],
          () => [],
        ),
      );
      return (await Promise.all(answering)).flat();
    },
  };
}

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

/** Another load balancer of the sandbox, with one listener for these groups, all the weight on the first one. */
async function balancer({ sandbox }: Part, name: string, groups: readonly string[], closing: Closing) {
  const { elbv2, database } = sandbox;
  const forwards = groups.map((targetGroupArn, index) => ({ targetGroupArn, weight: index === 0 ? 1 : 0 }));
  const { port } = database.writer();
  const [listener] = elbv2.createLoadBalancer({ name, listeners: [{ port, forwards }] }).listeners;
  if (!listener) throw new Error(`the load balancer ${name} has no listener`);
  const delays = createDelays('aws', createRandom(seedOf(name)));
  const plane = closing(await createLoadBalancer({ ...sandbox, listener, delays }));
  return { listenerArn: listener.arn, host: plane.host, port: plane.port };
}

async function scratchLane(part: Part, lane: number, closing: Closing): Promise<LabScratch> {
  const { elbv2, database } = part.sandbox;
  const { port } = database.writer();
  const group = (which: string) =>
    elbv2.createTargetGroup({ name: `scratch-${lane}-${which}`, port, ...groupSettings('usual') }).arn;
  const targetGroupArns = [group('a'), group('b')] as const;
  return { targetGroupArns, ...(await balancer(part, `scratch-${lane}`, targetGroupArns, closing)) };
}

/** A group with both hosts, between which health checks choose: what the functions keep with a warm standby, without its proof. */
async function warmStandby(part: Part, closing: Closing): Promise<Place> {
  const { database, elbv2 } = part.sandbox;
  const { arn } = elbv2.createTargetGroup({ name: 'warm', port: database.writer().port, ...groupSettings('fast') });
  const { host, port } = await balancer(part, 'warm', [arn], closing);
  const { targetGroup } = createGroupPorts(part.clients, { targetGroupArn: arn, dnsServers: [] });
  await targetGroup.register(database.places().map(({ ip }) => ({ ip, port: database.writer().port })));
  return { host, port };
}
