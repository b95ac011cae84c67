import { desiredFrom } from '../../lib/decision/desired.ts';
import type {
  Database,
  DbInstance,
  Desired,
  Policy,
  RegisteredTarget,
  Target,
  Timings,
  Trigger,
} from '../../lib/domain.ts';
import { targetKey } from '../../lib/domain.ts';
import { ReconcileError } from '../../lib/errors.ts';
import type { DecisionInput } from '../../lib/observations/decision-input.ts';
import { type Lookups, newObservations, rememberLookups } from '../../lib/observations/observations.ts';
import { type Mode, newState, type RunRequest } from '../../lib/observations/run-state.ts';
import type { DnsAnswer, InterfacesObservation, NetworkInterface, TopologyObservation } from '../../lib/ports.ts';
import { reportOf } from '../../lib/report.ts';
import { watch } from '../../lib/run/watch.ts';
import type { Config } from '../../lib/settings/config.ts';
import { type World, worldWith } from './world.ts';

/* The database that most tests follow, its group, and a run that follows it. Tests spoil one thing. */

export const port = 5432;
export const a: Target = { ip: '10.0.1.10', port };
export const b: Target = { ip: '10.0.2.10', port };
export const c: Target = { ip: '10.0.3.10', port };
export const host = 'orders.example.eu-central-1.rds.amazonaws.com';
export const clusterHost = 'orders.cluster-example.eu-central-1.rds.amazonaws.com';
export const memberHost = (id: string) => `${id}.example.eu-central-1.rds.amazonaws.com`;

export const addresses = (...list: string[]): DnsAnswer => ({ kind: 'addresses', addresses: [...list].sort() });
export const seen = (
  instances: readonly DbInstance[],
  endpoint?: { host: string; port?: number },
): TopologyObservation => ({
  kind: 'seen',
  topology: { ...(endpoint ? { endpoint } : {}), instances },
});

export const instance: Database = { name: 'orders', kind: 'instance', id: 'orders', role: 'writer' };
export const cluster: Database = { name: 'orders', kind: 'cluster', id: 'orders', role: 'writer' };
export const readers: Database = { ...cluster, role: 'reader' };
export const hostname: Database = { name: 'orders', kind: 'hostname', hostname: host, role: 'writer', port };

export const timings: Timings = { watchMs: 120_000, settleMs: 30_000, recheckMs: 1000 };
export const policy: Policy = {
  removeStale: 'at-once',
  allowedCidrs: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'],
  observeOnly: false,
};
export const noProbe: Config['probe'] = { login: 'off', user: 'rds_target_probe' };

export const healthy = (target: Target): RegisteredTarget => ({ ...target, state: 'healthy' });
export const initial = (target: Target): RegisteredTarget => ({ ...target, state: 'initial' });
export const draining = (target: Target): RegisteredTarget => ({ ...target, state: 'draining' });

export const member = (id: string, role: 'writer' | 'reader', status = 'available'): DbInstance => ({
  id,
  role,
  status,
  endpoint: { host: memberHost(id), port },
});

/** The API shows the instance with this endpoint. */
export const instanceAt = (endpoint: { host: string; port?: number } | undefined = { host, port }) =>
  seen([{ id: 'orders', role: 'writer', status: 'available', ...(endpoint ? { endpoint } : {}) }], endpoint);

export function showInstance(world: World, target: Target): void {
  world.topology = instanceAt();
  world.dns.set(host, addresses(target.ip));
}

/** The writer of the instance is at `target`; its group holds `targets`. */
export function instanceWorld(target: Target, ...targets: readonly RegisteredTarget[]): World {
  const world = worldWith(...targets);
  showInstance(world, target);
  return world;
}

const places: Readonly<Record<string, Target>> = { 'orders-1': a, 'orders-2': b, 'orders-3': c };
const three = Object.keys(places);

/** The API shows a cluster, with these of its members as writers. */
export const clusterOf = (writers: readonly string[], ids: readonly string[] = three): TopologyObservation =>
  seen(
    ids.map((id) => member(id, writers.includes(id) ? 'writer' : 'reader')),
    { host: clusterHost, port },
  );

/** DNS shows orders-1 at a, orders-2 at b and orders-3 at c; the cluster endpoint leads to `ip`. */
export const clusterDns = (ip: string): Record<string, DnsAnswer> => ({
  [clusterHost]: addresses(ip),
  ...Object.fromEntries(Object.entries(places).map(([id, target]) => [memberHost(id), addresses(target.ip)])),
});

/** A cluster of orders-1 at a and orders-2 at b (and orders-3 at c): the API and DNS each name their writer. */
export function showCluster(world: World, apiWriter: string, dnsTarget: Target, ids = ['orders-1', 'orders-2']): void {
  world.topology = clusterOf([apiWriter], ids);
  for (const id of ids) world.dns.set(memberHost(id), addresses(places[id]?.ip ?? ''));
  world.dns.set(clusterHost, addresses(dnsTarget.ip));
}

/** A cluster of two, whose writer the API and DNS name; its group holds `targets`. */
export function clusterWorld(apiWriter: string, dnsTarget: Target, ...targets: readonly RegisteredTarget[]): World {
  const world = worldWith(...targets);
  showCluster(world, apiWriter, dnsTarget);
  return world;
}

/** The security groups of the database. */
export const groups = ['sg-0123456789abcdef0'];

export const stranger: Target = { ip: '10.0.77.77', port };

export const ofRds: NetworkInterface = {
  id: 'eni-0123456789abcdef0',
  requester: 'amazon-rds',
  description: 'RDSNetworkInterface',
  securityGroups: groups,
};

/** Made by a person, who can copy all but the requester. */
export const ofAnother: NetworkInterface = {
  id: 'eni-0fedcba9876543210',
  description: 'RDSNetworkInterface',
  securityGroups: groups,
};

export const interfacesAt = (...all: readonly (readonly [string, NetworkInterface])[]): InterfacesObservation => ({
  kind: 'seen',
  interfaces: new Map(all.map(([ip, one]) => [ip, [one]])),
});

/** EC2 shows these addresses as the database's. */
export function showOwn(world: World, ...targets: readonly Target[]): void {
  world.interfaces = interfacesAt(...targets.map(({ ip }) => [ip, ofRds] as const));
}

export const begin: Trigger = { kind: 'begin', at: 0, eventId: 'RDS-EVENT-0013' };
export const end: Trigger = { kind: 'end', at: 0, eventId: 'RDS-EVENT-0015' };
export const whenHealthy = { removeStale: 'when-replacement-healthy' } as const;
const schedule: Trigger = { kind: 'schedule', at: 0 };

export function requestOf(
  database: Database,
  mode: Mode,
  trigger: Trigger = mode === 'watch' ? begin : schedule,
  over: Partial<Policy> = {},
): RunRequest {
  return { database, policy: { ...policy, ...over }, timings, trigger, mode };
}

/* ---------- a run ---------- */

export const throttled = new ReconcileError('Throttled', 'Rate exceeded');
export const down = new ReconcileError('ServiceUnavailable', 'down');

export const far = 1_000_000_000;

/** From now on. */
export async function run(world: World, request: RunRequest, deadline = far) {
  const begun = world.clock.now();
  const state = await world.clock.run(watch(world.ports, request, newState(begun), deadline));
  return { state, report: reportOf(request, state, world.clock.now()), endedAt: world.clock.now() };
}

/** Notes when the RDS API is asked, and answers as `answer` says, or as the world shows. */
export function timedApi(world: World, answer?: (signal?: AbortSignal) => Promise<TopologyObservation>): number[] {
  const times: number[] = [];
  Object.assign(world.ports, {
    topology: {
      describe: async (signal?: AbortSignal) => {
        times.push(world.clock.now());
        return answer ? answer(signal) : world.topology;
      },
    },
  });
  return times;
}

/** When names were resolved. */
export function timedNames({ ports, clock }: World): number[] {
  const times: number[] = [];
  const { resolve } = ports.resolver;
  const timed: typeof resolve = (...asked) => {
    times.push(clock.now());
    return resolve(...asked);
  };
  Object.assign(ports.resolver, { resolve: timed });
  return times;
}

/** When the group first held exactly these targets. */
export function whenHeld({ group, clock }: World, ...targets: readonly Target[]): () => number | undefined {
  let at: number | undefined;
  const wanted = targets.map(targetKey).sort().join();
  const { register, deregister } = group;
  const note = () => {
    if (at === undefined && group.live().join() === wanted) at = clock.now();
  };
  Object.assign(group, {
    register: (list: never) => register(list).then(note),
    deregister: (list: never) => deregister(list).then(note),
  });
  return () => at;
}

export const gaps = (times: readonly number[]) => times.slice(1).map((at, i) => at - (times[i] ?? 0));

/* ---------- a decision ---------- */

/** What the sources said at one moment. */
export type Moment = { at?: number; topology?: TopologyObservation | undefined; dns?: Record<string, DnsAnswer> };

export const lookupsOf = ({ at = 0, topology, dns = {} }: Moment): Lookups => ({
  at,
  answers: new Map(Object.entries(dns)),
  ...(topology ? { topology } : {}),
});

/** What a run knows after these moments, oldest first. */
export function inputAfter(
  database: Database,
  moments: readonly Moment[],
  more: Partial<DecisionInput> = {},
): DecisionInput {
  let observations = newObservations(0);
  for (const moment of moments) observations = rememberLookups(observations, lookupsOf(moment), database, timings);
  const lookups = lookupsOf(moments.at(-1) ?? {});
  return { database, allowedCidrs: policy.allowedCidrs, timings, lookups, observations, live: [], ...more };
}

export const desiredAfter = (...input: Parameters<typeof inputAfter>): Desired => desiredFrom(inputAfter(...input));

/** What people read when the group is left as it is. */
export const said = (
  database: Database,
  topology?: TopologyObservation,
  dns: Record<string, DnsAnswer> = {},
): string => {
  const desired = desiredAfter(database, [{ topology, dns }]);
  return desired.kind === 'hold' ? `${desired.reason}: ${desired.message}` : JSON.stringify(desired);
};

/** The outcome of a run that brought in these targets and took out those. */
export const changed = (registered: readonly Target[], deregistered: readonly Target[]) => ({
  outcome: 'changed',
  registered: registered.map(targetKey),
  deregistered: deregistered.map(targetKey),
});
