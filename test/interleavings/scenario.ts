import type { Database, Target, Timings } from '../../lib/domain.ts';
import type { DnsAnswer, Ports } from '../../lib/ports.ts';
import { a, addresses, b, cluster, clusterHost, host, instance, memberHost, port } from '../lib/scene.ts';

/** What happens outside of our runs, in its own order; different tracks mix freely with each other and with the runs' steps. */
export type Turn =
  | { readonly does: 'start'; readonly run: 1 }
  /** A resolver's answer for the database's name; each run asks its own resolver, or both the same. */
  | { readonly does: 'dns'; readonly resolver: number; readonly shows: Target }
  | { readonly does: 'api' }
  /** RDS replaces the host of the standby. */
  | { readonly does: 'host' }
  /** The other member takes the writes; the members themselves say so at once. */
  | { readonly does: 'promote' };

export type Former = 'reader' | 'unknown';

export type Scenario = {
  readonly name: string;
  readonly database: Database;
  /** The payload that starts each run. */
  readonly payloads: readonly [unknown, unknown];
  readonly timings: Timings;
  /** A call takes effect at any moment from its start until so much later. */
  readonly callMs: number;
  /** How long a new target is `initial`. */
  readonly healthMs: number;
  readonly resolvers: 1 | 2;
  /** So many registrations, of whichever run, are accepted and change nothing. */
  readonly vain: number;
  /** The members are asked; what the former writer says once another has taken its place. */
  readonly former?: Former;
  /** The standby stays in the group. */
  readonly isWarm?: boolean;
  /** What the group holds in the end; b where it is left out. */
  readonly end?: readonly Target[];
  readonly tracks: readonly (readonly Turn[])[];
  /** Breaks a rule of the core from outside: what a test does to see whether it is noticed. Made anew for each run. */
  readonly sabotage?: (ports: Ports) => Ports;
};

const arn = (kind: string) => `arn:aws:rds:eu-central-1:123456789012:${kind}:orders`;
/** Addresses in a payload are never used: an order that registers this one has found a violation. */
const decoy = { Endpoint: { Address: '10.0.9.9', Port: 1 }, targets: ['10.0.9.9:1'] };

const event = (id: string, message: string, { kind }: Database) => ({
  source: 'aws.rds',
  'detail-type': kind === 'instance' ? 'RDS DB Instance Event' : 'RDS DB Cluster Event',
  time: '1970-01-01T00:00:00Z',
  resources: [arn(kind === 'instance' ? 'db' : 'cluster')],
  detail: { EventID: id, SourceIdentifier: 'orders', Message: message, ...decoy },
});
const eventsOf = (database: Database): [unknown, unknown] =>
  database.kind === 'instance'
    ? [
        event('RDS-EVENT-0013', 'A Multi-AZ failover has started.', database),
        event('RDS-EVENT-0015', 'A Multi-AZ failover to standby is complete.', database),
      ]
    : [
        event('RDS-EVENT-0073', 'Started cross AZ failover to DB instance: orders-2', database),
        event('RDS-EVENT-0071', 'Completed failover to DB instance: orders-2', database),
      ];
export const schedule = { source: 'aws.scheduler', ...decoy };

type Options = {
  readonly kind: 'instance' | 'cluster';
  readonly runs: 'event + event' | 'event + drift';
  readonly timings: Timings;
  readonly flaps?: number;
  readonly resolvers?: 1 | 2;
  readonly callMs?: number;
  readonly vain?: number;
  readonly former?: Former;
};

/** How long a watch waits for the API before it goes on with what it knows. */
export const describeTimeoutMs = 1000;

export function scenarioOf({
  kind,
  runs,
  timings,
  flaps = 0,
  resolvers = 1,
  callMs = describeTimeoutMs,
  vain = 0,
  former,
}: Options): Scenario {
  const database = kind === 'instance' ? instance : cluster;
  const [begin, end] = eventsOf(database);
  const dns = (resolver: number): Turn[] =>
    Array.from({ length: 1 + 2 * flaps }, (_, n) => ({ does: 'dns', resolver, shows: n % 2 === 0 ? b : a }));
  const flapping = flaps > 0 ? `, DNS flaps ${flaps === 1 ? 'once' : `${flaps} times`}` : '';
  return {
    name: `${kind}: ${runs}${flapping}${resolvers === 2 ? ', two resolvers' : ''}${vain > 0 ? ', a registration in vain' : ''}${former ? `, a probe, the former writer ${former}` : ''}`,
    database,
    payloads: runs === 'event + event' ? [begin, end] : [begin, schedule],
    timings,
    callMs,
    healthMs: timings.settleMs,
    resolvers,
    vain,
    ...(former ? { former } : {}),
    tracks: [
      ...(former ? [[{ does: 'promote' } as const]] : []),
      [{ does: 'start', run: 1 }],
      ...Array.from({ length: resolvers }, (_, resolver) => dns(resolver)),
      ...(kind === 'cluster' ? [[{ does: 'api' } as const]] : []),
    ],
  };
}

/** The host that takes the place of b's, in its zone. */
export const replaced: Target = { ip: '10.0.2.77', port };

/** An instance whose standby stays in the group: it fails over, or RDS replaces the standby's host. */
export function warmScenario(what: 'failover' | 'replacement', timings: Timings): Scenario {
  const scenario = scenarioOf({ kind: 'instance', runs: 'event + drift', timings });
  const [start, dns] = scenario.tracks;
  return {
    ...scenario,
    name: `warm standby: ${what}`,
    database: { ...instance, markerSecurityGroup: 'sg-0123456789abcdef9' },
    isWarm: true,
    callMs: describeTimeoutMs - 100,
    end: [a, what === 'failover' ? b : replaced],
    tracks: [start ?? [], what === 'failover' ? (dns ?? []) : [{ does: 'host' }]],
  };
}

export const followedHost = ({ kind }: Database): string => (kind === 'cluster' ? clusterHost : host);

/** The members' own names never change, so when a run hears of them changes nothing but the time: they are answered at once. */
export const answersOfMembers: ReadonlyMap<string, DnsAnswer> = new Map([
  [memberHost('orders-1'), addresses(a.ip)],
  [memberHost('orders-2'), addresses(b.ip)],
]);
