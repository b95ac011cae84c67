import type {
  Database,
  DbInstance,
  Policy,
  RegisteredTarget,
  Target,
  TargetState,
  Timings,
  Trigger,
} from '../../lib/domain.ts';
import { isLive, targetKey } from '../../lib/domain.ts';
import { ReconcileError } from '../../lib/errors.ts';
import type { Mode, RunRequest } from '../../lib/observations/run-state.ts';
import type {
  Clock,
  DnsAnswer,
  InterfacesObservation,
  NetworkInterface,
  Ports,
  TargetGroup,
  TopologyObservation,
} from '../../lib/ports.ts';

/** Time that moves only when everybody sleeps. */
type VirtualClock = Clock & {
  at(ms: number, task: () => void): void;
  /** Lets time pass until the work is done. */
  run<T>(work: Promise<T>): Promise<T>;
};

function createVirtualClock(): VirtualClock {
  let now = 0;
  const timers: { at: number; task: () => void }[] = [];
  const at = (when: number, task: () => void) => {
    timers.push({ at: when, task });
    timers.sort((one, other) => one.at - other.at);
  };
  return {
    now: () => now,
    random: () => 0.5,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        signal?.addEventListener('abort', () => resolve(), { once: true });
        at(now + ms, resolve);
      }),
    at,
    async run(work) {
      let isDone = false;
      const done = () => {
        isDone = true;
      };
      work.then(done, done);
      for (;;) {
        await new Promise(setImmediate);
        if (isDone) return work;
        const next = timers.shift();
        if (!next) throw new Error('nothing is scheduled, and the work is not done');
        now = next.at;
        next.task();
      }
    },
  };
}

/** A target group that behaves like one; its state, not the calls, is what tests look at first. */
export type FakeGroup = TargetGroup & {
  readonly targets: Map<string, RegisteredTarget>;
  readonly calls: string[];
  /** The same calls with their times; filled once the group is part of a world. */
  readonly timed: { call: string; at: number }[];
  clock?: Clock;
  /** The fewest live targets that the group ever had, once it had any. */
  fewest(): number;
  live(): string[];
  failNext(call: 'list' | 'register' | 'deregister', error: ReconcileError, times?: number): void;
  put(target: Target, state: TargetState, reason?: string): void;
};

export function createFakeGroup(
  initial: readonly RegisteredTarget[] = [],
  registeredAs: TargetState = 'healthy',
): FakeGroup {
  const targets = new Map(initial.map((target) => [targetKey(target), target]));
  const calls: string[] = [];
  const timed: { call: string; at: number }[] = [];
  const failures: { call: string; error: ReconcileError }[] = [];
  const live = () => [...targets.values()].filter(isLive).map(targetKey).sort();
  let fewest = Number.POSITIVE_INFINITY;
  const note = () => {
    if (fewest < Number.POSITIVE_INFINITY || live().length > 0) fewest = Math.min(fewest, live().length);
  };
  note();
  const called = (call: string, keys: readonly string[] = []) => {
    calls.push([call, ...keys].join(' '));
    timed.push({ call: [call, ...keys].join(' '), at: group.clock?.now() ?? 0 });
    const index = failures.findIndex((failure) => failure.call === call);
    const [failure] = index < 0 ? [] : failures.splice(index, 1);
    if (failure) throw failure.error;
  };
  const group: FakeGroup = {
    targets,
    calls,
    timed,
    fewest: () => fewest,
    live,
    failNext: (call, error, times = 1) => {
      for (let i = 0; i < times; i++) failures.push({ call, error });
    },
    put: (target, state, reason) => {
      targets.set(targetKey(target), { ...target, state, ...(reason ? { reason } : {}) });
      note();
    },
    async list() {
      called('list');
      return [...targets.values()];
    },
    async register(wanted) {
      called('register', wanted.map(targetKey));
      for (const target of wanted) targets.set(targetKey(target), { ...target, state: registeredAs });
      note();
    },
    async deregister(unwanted) {
      called('deregister', unwanted.map(targetKey));
      for (const target of unwanted)
        if (targets.has(targetKey(target))) targets.set(targetKey(target), { ...target, state: 'draining' });
      note();
    },
  };
  return group;
}

export const addresses = (...list: string[]): DnsAnswer => ({ kind: 'addresses', addresses: [...list].sort() });
export const seen = (
  instances: readonly DbInstance[],
  endpoint?: { host: string; port?: number },
): TopologyObservation => ({
  kind: 'seen',
  topology: { ...(endpoint ? { endpoint } : {}), instances },
});
export const unavailable: TopologyObservation = {
  kind: 'unavailable',
  error: new ReconcileError('ServiceUnavailable', 'the RDS API is down.'),
};

/** A world in which a test says what the sources show, and when that changes. */
export type World = {
  readonly clock: VirtualClock;
  readonly group: FakeGroup;
  readonly dns: Map<string, DnsAnswer>;
  topology: TopologyObservation;
  /** What EC2 shows; read only by runs that verify. */
  interfaces: InterfacesObservation;
  readonly ports: Ports;
  readonly looks: { topology: number; dns: number; interfaces: string[][] };
};

export function createWorld(group: FakeGroup = createFakeGroup()): World {
  const clock = createVirtualClock();
  const looks: World['looks'] = { topology: 0, dns: 0, interfaces: [] };
  const dns = new Map<string, DnsAnswer>();
  group.clock = clock;
  const world: World = {
    clock,
    group,
    dns,
    looks,
    topology: unavailable,
    interfaces: { kind: 'seen', interfaces: new Map() },
    ports: {
      clock,
      targetGroup: group,
      resolver: {
        async resolve(name) {
          looks.dns += 1;
          return dns.get(name) ?? { kind: 'not-found' };
        },
      },
      topology: {
        async describe() {
          looks.topology += 1;
          return world.topology;
        },
      },
      interfaces: {
        async find(asked) {
          looks.interfaces.push([...asked]);
          return world.interfaces;
        },
      },
    },
  };
  return world;
}

/* ---------- the database that most tests use ---------- */

export const port = 5432;
export const a: Target = { ip: '10.0.1.10', port };
export const b: Target = { ip: '10.0.2.10', port };
export const c: Target = { ip: '10.0.3.10', port };
export const host = 'orders.example.eu-central-1.rds.amazonaws.com';
export const clusterHost = 'orders.cluster-example.eu-central-1.rds.amazonaws.com';
export const memberHost = (id: string) => `${id}.example.eu-central-1.rds.amazonaws.com`;

export const instance: Database = { name: 'orders', kind: 'instance', id: 'orders', role: 'writer' };
export const cluster: Database = { name: 'orders', kind: 'cluster', id: 'orders', role: 'writer' };
export const hostname: Database = { name: 'orders', kind: 'hostname', hostname: host, role: 'writer', port };

export const timings: Timings = { watchMs: 120_000, settleMs: 30_000, recheckMs: 1000 };
export const policy: Policy = {
  removeStale: 'at-once',
  allowedCidrs: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'],
  observeOnly: false,
};

export const healthy = (target: Target): RegisteredTarget => ({ ...target, state: 'healthy' });
export const draining = (target: Target): RegisteredTarget => ({ ...target, state: 'draining' });

export const member = (id: string, role: 'writer' | 'reader', status = 'available'): DbInstance => ({
  id,
  role,
  status,
  endpoint: { host: memberHost(id), port },
});

/** An instance whose endpoint shows `target`. */
export function showInstance(world: World, target: Target): void {
  world.topology = seen([{ id: 'orders', role: 'writer', status: 'available', endpoint: { host, port } }], {
    host,
    port,
  });
  world.dns.set(host, addresses(target.ip));
}

/** A cluster of orders-1 at a and orders-2 at b (and orders-3 at c): the API and DNS each name their writer. */
export function showCluster(world: World, apiWriter: string, dnsTarget: Target, ids = ['orders-1', 'orders-2']): void {
  const targets: Record<string, Target> = { 'orders-1': a, 'orders-2': b, 'orders-3': c };
  world.topology = seen(
    ids.map((id) => member(id, id === apiWriter ? 'writer' : 'reader')),
    { host: clusterHost, port },
  );
  for (const id of ids) world.dns.set(memberHost(id), addresses(targets[id]?.ip ?? ''));
  world.dns.set(clusterHost, addresses(dnsTarget.ip));
}

/** EC2 shows these addresses as the database's. */
export function showOwn(world: World, ...targets: readonly Target[]): void {
  const own: NetworkInterface = {
    id: 'eni-0123456789abcdef0',
    requester: 'amazon-rds',
    description: 'RDSNetworkInterface',
    securityGroups: ['sg-0123456789abcdef0'],
  };
  world.interfaces = { kind: 'seen', interfaces: new Map(targets.map(({ ip }) => [ip, [own]])) };
}

export const begin: Trigger = { kind: 'begin', at: 0, eventId: 'RDS-EVENT-0013' };
export const end: Trigger = { kind: 'end', at: 0, eventId: 'RDS-EVENT-0015' };
const schedule: Trigger = { kind: 'schedule', at: 0 };

export function jobOf(
  database: Database,
  mode: Mode,
  trigger: Trigger = mode === 'watch' ? begin : schedule,
  over: Partial<Policy> = {},
): RunRequest {
  return { database, policy: { ...policy, ...over }, timings, trigger, mode };
}
