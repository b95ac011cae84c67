import type { Database, DbInstance } from '../../lib/domain.ts';
import { ReconcileError } from '../../lib/errors.ts';
import type { DnsAnswer, TopologyObservation } from '../../lib/ports.ts';
import { clusterHost, endpointHost, outageMs, securityGroups } from './constants.ts';
import type { Dice } from './random.ts';
import { delayed, type Lag, type View } from './views.ts';
import { zoneOf } from './warm.ts';

export type Change =
  | 'failover'
  | 'failback'
  | 'port change'
  | 'member added'
  | 'member removed'
  | 'member renamed'
  | 'rejoined';

export type Member = { readonly id: string; readonly ip: string; readonly isServing: boolean };

/** How things are from a moment on. `wanted`: the keys that a right group holds. */
export type Truth = {
  readonly at: number;
  readonly writer: string;
  readonly members: readonly Member[];
  readonly port: number;
  readonly wanted: readonly string[];
};

/** Number 9 is number 3 under a new name. */
export const member = (number: number, isServing = true): Member => ({
  id: `orders-${number}`,
  ip: `10.0.${number === 9 ? 3 : number}.10`,
  isServing,
});

const memberHost = (id: string): string => `${id}.example.eu-central-1.rds.amazonaws.com`;

/** The first state, the outage's promotion, what the change adds to it, and the return of the old writer. */
export function truthOf(dice: Dice, database: Database, change: Change): readonly Truth[] {
  const promotedAt = outageMs + dice.between(10_000, 39_000);
  const rejoinedAt = promotedAt + dice.between(5000, 20_000);
  const all = [member(1), member(2), member(3)];
  const down = [member(1, false), member(2), member(3)];
  const state = (at: number, writer: number, members = all, port = 5432) =>
    stateOf(database, { at, writer: `orders-${writer}`, members, port });
  const first = state(-1, 1, change === 'member added' ? all.slice(0, 2) : all);
  const moved = [first, state(promotedAt, 2, down), state(rejoinedAt, 2)];
  const laterAt = rejoinedAt + dice.between(5000, 120_000);
  switch (change) {
    case 'failover':
    case 'rejoined':
      return moved;
    case 'failback':
      return [...moved, state(laterAt, 1)];
    case 'port change':
      return [first, state(promotedAt, 1, all, 5433)];
    case 'member added':
      return [first, state(promotedAt, 3, all)];
    case 'member removed':
      return [...moved, state(laterAt, 2, all.slice(1))];
    case 'member renamed':
      return [...moved, state(laterAt, 2, [member(1), member(2), member(9)])];
  }
}

export const stateOf = (database: Database, { at, writer, members, port }: Omit<Truth, 'wanted'>): Truth => ({
  at,
  writer,
  members,
  port,
  wanted: wantedOf(database, writer, members, port),
});

function wantedOf({ kind, role }: Database, writer: string, members: readonly Member[], port: number) {
  const keyOf = ({ ip }: Member) => `${ip}:${port}`;
  // A proxy has two addresses; what stands for the writer tells which.
  if (kind === 'hostname')
    return writer === 'orders-1' ? ['10.0.1.10:5432', '10.0.2.10:5432'] : ['10.0.2.10:5432', '10.0.3.10:5432'];
  if (role === 'writer') return members.filter(({ id }) => id === writer).map(keyOf);
  return readersOf(kind, writer, members).map(keyOf).sort();
}

/** The readers of an instance are its replicas: its own failover goes to a standby that no list shows. */
const readersOf = (kind: Database['kind'], writer: string, members: readonly Member[]): readonly Member[] =>
  kind === 'instance'
    ? members.filter(({ id }) => id === 'orders-3')
    : members.filter(({ id, isServing }) => id !== writer && isServing);

/** What one state says that the ones before it do not; of several, the one that is seldom. */
export function changeTo({ writer, members, port }: Truth, before: readonly Truth[]): Change {
  const last = before.at(-1);
  const ids = new Set(last?.members.map(({ id }) => id));
  const added = members.filter(({ id }) => !ids.has(id));
  if (added.some(({ ip }) => last?.members.some((one) => one.ip === ip))) return 'member renamed';
  if (port !== last?.port) return 'port change';
  if (added.length > 0) return 'member added';
  if (members.length < ids.size) return 'member removed';
  if (writer === last?.writer) return 'rejoined';
  return before.some((one) => one.writer === writer) ? 'failback' : 'failover';
}

const shown = (...addresses: string[]): DnsAnswer => ({ kind: 'addresses', addresses });

type LagAt = (at: number) => Lag;

/** AWS's name servers follow 15 to 20 s after the promotion, seldom later, and alternate for up to half a minute. */
export const dnsLag = (dice: Dice): Lag => ({
  ms: dice.chance(0.9) ? dice.between(0, 20_000) : dice.between(20_000, 60_000),
  flapMs: dice.pick([0, 0, 10_000, 30_000]),
  everyMs: dice.between(200, 5000),
});

/** The API follows within seconds, now and then within minutes. */
export const apiLag = (dice: Dice): Lag => ({
  ms: dice.chance(0.85) ? dice.between(500, 5000) : dice.between(5000, 180_000),
  flapMs: 0,
  everyMs: 1,
});

export const dnsOf = (dice: Dice, database: Database, truths: readonly Truth[]) =>
  dnsView(database, truths, () => dnsLag(dice));

export const topologyView = (dice: Dice, { kind }: Database, truths: readonly Truth[], isDown: boolean) =>
  isDown ? apiDown : apiView(kind, truths, () => apiLag(dice));

export function dnsView(
  database: Database,
  truths: readonly Truth[],
  lagAt: LagAt,
): ReadonlyMap<string, View<DnsAnswer>> {
  const lagging = (of: (truth: Truth) => DnsAnswer) =>
    delayed(distinct(truths.map((truth) => ({ at: truth.at, value: of(truth) }))), lagAt);
  const { kind, hostname } = database;
  if (kind === 'hostname')
    return new Map([[hostname ?? '', lagging(({ wanted }) => shown(...wanted.map((key) => key.replace(/:.*/, ''))))]]);
  const host = kind === 'cluster' ? clusterHost : endpointHost;
  const writerIp = ({ members, writer }: Truth) => members.find(({ id }) => id === writer)?.ip ?? '';
  const names = new Map<string, View<DnsAnswer>>([[host, lagging((truth) => shown(writerIp(truth)))]]);
  for (const id of new Set(truths.flatMap(({ members }) => members.map((one) => one.id)))) {
    const answers = truths.map(({ at, members }) => {
      const found = members.find((one) => one.id === id);
      return { at, value: found ? shown(found.ip) : ({ kind: 'not-found' } as const) };
    });
    names.set(memberHost(id), distinct(answers));
  }
  return names;
}

const distinct = <T>(view: View<T>): View<T> =>
  view.filter(({ value }, index) => JSON.stringify(value) !== JSON.stringify(view[index - 1]?.value));

const down: TopologyObservation = {
  kind: 'unavailable',
  error: new ReconcileError('ServiceUnavailable', 'the RDS API is down.'),
};

export const apiDown: View<TopologyObservation> = [{ at: -1, value: down }];

export const apiView = (kind: Database['kind'], truths: readonly Truth[], lagAt: LagAt): View<TopologyObservation> =>
  delayed(
    truths.map((truth) => ({ at: truth.at, value: observationOf(kind, truth) })),
    lagAt,
  );

function observationOf(kind: Database['kind'], { writer, members, port }: Truth): TopologyObservation {
  if (kind === 'instance') {
    const endpoint = { host: endpointHost, port };
    const replica = {
      id: 'orders-3',
      role: 'reader',
      status: 'available',
      endpoint: { host: memberHost('orders-3'), port },
    } as const;
    const instances: DbInstance[] = [{ id: 'orders', role: 'writer', status: 'available', endpoint }, replica];
    const ips = new Map(members.map(({ id, ip }) => [id, ip]));
    const standby = writer === 'orders-1' ? 'orders-2' : 'orders-1';
    const [primary, secondary] = [writer, standby].map((id) => zoneOf(ips.get(id) ?? ''));
    return { kind: 'seen', topology: { endpoint, instances, securityGroups, zones: { primary, secondary } } };
  }
  const instances = members.map(
    ({ id, isServing }): DbInstance => ({
      id,
      role: id === writer ? 'writer' : 'reader',
      status: isServing ? 'available' : 'rebooting',
      endpoint: { host: memberHost(id), port },
    }),
  );
  return { kind: 'seen', topology: { endpoint: { host: clusterHost, port }, instances, securityGroups } };
}
