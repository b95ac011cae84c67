import type { Database, Policy } from '../../lib/domain.ts';
import type { DnsAnswer, TopologySighting } from '../../lib/ports.ts';
import { clusterHost, endpointHost, outageMs, proxyHost, ttlMs } from './constants.ts';
import { createDice, type Dice } from './random.ts';
import { eventsOf, type StoryEvent } from './story-events.ts';
import { type Change, dnsOf, topologyView, truthOf } from './story-truth.ts';
import { lastChange, type View } from './views.ts';

export type Arm = 'events' | 'events lost' | 'RDS API down';

/** One failover and everything around it that the reconciler cannot choose. Times are ms; the outage is at `outageMs`. */
export type Story = {
  readonly seed: number;
  readonly arm: Arm;
  readonly change: Change;
  readonly database: Database;
  readonly policy: Policy;
  /** The keys that a right group holds; empty where none is right. */
  readonly truth: View<readonly string[]>;
  readonly dns: ReadonlyMap<string, View<DnsAnswer>>;
  readonly topology: View<TopologySighting>;
  readonly events: readonly StoryEvent[];
  readonly scheduleAt: number;
  readonly foreign: readonly { readonly at: number; readonly does: 'register' | 'deregister'; readonly key: string }[];
  /** Calls fail between these moments, each with this probability. */
  readonly faults: { readonly from: number; readonly to: number; readonly rate: number };
  /** The chance that an invocation is killed at some moment of its life. */
  readonly killRate: number;
  /** How long calls take; 1 is usual. */
  readonly slowness: number;
  readonly drainMs: number;
  readonly healthMs: number;
  /** From here on the truth is stable, shown everywhere, and nothing fails. */
  readonly stableAt: number;
};

const allowedCidrs = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];

export function storyOf(seed: number, arm: Arm): Story {
  const dice = createDice(seed);
  const database = databaseOf(dice, arm);
  const change = changeOf(dice, database, arm);
  const truths = truthOf(dice, database, change);
  const dns = dnsOf(dice, database, truths);
  const topology = topologyView(dice, database, truths, arm === 'RDS API down');
  const isFaulty = dice.chance(0.5);
  const faults = {
    from: 0,
    to: isFaulty ? outageMs + dice.between(20_000, 120_000) : 0,
    rate: isFaulty ? dice.pick([0.02, 0.1, 0.3]) : 0,
  };
  const truth = truths.map(({ at, wanted }) => ({ at, value: wanted }));
  const foreign = foreignHand(dice, truth);
  const movedAt = Math.max(lastChange(truth), lastChange(topology), ...[...dns.values()].map(lastChange));
  return {
    seed,
    arm,
    change,
    database,
    policy: { removeStale: removalOf(dice, database), allowedCidrs, observeOnly: false },
    truth,
    dns,
    topology,
    events: arm === 'events lost' || change === 'port change' ? [] : eventsOf(dice, database, truths),
    scheduleAt: dice.between(0, 60_000),
    foreign,
    faults,
    killRate: dice.chance(0.3) ? 0.3 : 0,
    slowness: dice.pick([1, 1, 3, 8]),
    drainMs: dice.pick([0, 30_000, 300_000]),
    healthMs: dice.between(20_000, 40_000),
    stableAt: Math.max(movedAt, faults.to, ...foreign.map(({ at }) => at)) + ttlMs,
  };
}

function databaseOf(dice: Dice, arm: Arm): Database {
  const kinds = ['instance', 'cluster', 'cluster', 'instance', 'cluster', 'hostname'] as const;
  const kind = dice.pick<Database['kind']>(arm === 'RDS API down' ? ['instance', 'cluster'] : kinds);
  if (kind === 'hostname') return { name: 'orders', kind, hostname: proxyHost, role: 'writer', port: 5432 };
  const role = arm !== 'RDS API down' && dice.chance(0.15) ? 'reader' : 'writer';
  const host = kind === 'cluster' ? clusterHost : endpointHost;
  return { name: 'orders', kind, id: 'orders', role, endpoint: { host, port: 5432 } };
}

function changeOf(dice: Dice, { kind }: Database, arm: Arm): Change {
  // Nobody can learn a new port while the API is down.
  if (arm === 'RDS API down') return dice.pick(['failover', 'failover', 'failback']);
  if (kind === 'hostname') return dice.pick(['failover', 'failover', 'failback']);
  const usual = ['failover', 'failover', 'failover', 'failover', 'failback', 'port change'] as const;
  return dice.pick(kind === 'cluster' ? [...usual, 'member added', 'member removed', 'member renamed'] : usual);
}

/** The defaults of the functions; for a writer now and then the other choice. */
const removalOf = (dice: Dice, { kind, role }: Database): Policy['removeStale'] =>
  kind === 'hostname' || role === 'reader' || dice.chance(0.1) ? 'when-replacement-healthy' : 'at-once';

function foreignHand(dice: Dice, truth: View<readonly string[]>): Story['foreign'] {
  if (!dice.chance(0.15)) return [];
  const keys = truth.flatMap(({ value }) => value);
  return [0, 1].map(() => ({
    at: dice.between(0, lastChange(truth) + 60_000),
    does: dice.pick(['register', 'deregister'] as const),
    key: dice.pick(['10.0.9.9:5432', ...keys]),
  }));
}
