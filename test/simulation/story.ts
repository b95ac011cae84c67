import type { Database, Policy } from '../../lib/domain.ts';
import type { DnsAnswer, TopologyObservation } from '../../lib/ports.ts';
import { clusterHost, endpointHost, marker, proxyHost, securityGroups, ttlMs } from './constants.ts';
import { lieEndsAt, type Roles, rolesOf } from './members.ts';
import { payloadOf } from './payloads.ts';
import type { EventStep, FaultStep, HostStep, ProbeWorld, Script, TruthStep } from './script.ts';
import type { StoryEvent } from './story-events.ts';
import { apiDown, apiView, type Change, changeTo, dnsView, member, stateOf, type Truth } from './story-truth.ts';
import { lastChange, overlaid, type View } from './views.ts';
import { type Warm, warmOf, withHosts } from './warm.ts';

export type Arm = 'events' | 'events lost' | 'RDS API down' | 'hostile';

/** One failover and everything around it that the reconciler cannot choose. Times are ms; the outage is at `outageMs`. */
export type Story = {
  readonly seed: number;
  readonly arm: Arm;
  /** The latest of them. */
  readonly change: Change;
  readonly changes?: readonly { readonly at: number; readonly change: Change }[];
  readonly database: Database;
  readonly policy: Policy;
  /** The keys that a right group holds; empty where none is right. */
  readonly truth: View<readonly string[]>;
  /** What befalls the hosts of a warm standby. */
  readonly hosts?: readonly HostStep[];
  /** Where the standby stays in the group. */
  readonly warm?: Warm;
  /** The addresses whose interfaces are the database's. */
  readonly own: View<readonly string[]>;
  readonly dns: ReadonlyMap<string, View<DnsAnswer>>;
  readonly topology: View<TopologyObservation>;
  readonly events: readonly StoryEvent[];
  /** How many events never come. */
  readonly lost?: number;
  readonly scheduleAt: number;
  /** How often the schedule checks; left out: once a minute. */
  readonly everyMs?: number;
  readonly foreign: readonly { readonly at: number; readonly does: 'register' | 'deregister'; readonly key: string }[];
  /** Calls fail between these moments, each with this probability. */
  readonly faults: { readonly from: number; readonly to: number; readonly rate: number };
  /** Until then another caller uses up most of what AWS grants the account. */
  readonly busyUntil?: number;
  /** Beside these, each call of a kind fails in one way for a while. */
  readonly failing?: readonly FaultStep[];
  /** What the members say of themselves, and what they are; left out: no member is asked. */
  readonly probe?: ProbeWorld;
  readonly roles?: Roles;
  /** The chance that an invocation is killed at some moment of its life. */
  readonly killRate: number;
  /** Invocations, by their number, that are killed at one of the things that they wait for, by its number. */
  readonly kills?: readonly { readonly run: number; readonly wait: number }[];
  /** How long calls take; 1 is usual. */
  readonly slowness: number;
  readonly drainMs: number;
  readonly healthMs: number;
  /** From here on the truth is stable, shown everywhere, and nothing fails. */
  readonly stableAt: number;
};

const allowedCidrs = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];

type Does<S extends Script['steps'][number]['does']> = Extract<Script['steps'][number], { does: S }>;

/** What a script says, as a world in which a right group is possible: what makes none is left out. */
export function storyFrom(script: Script): Story {
  const all = <S extends Script['steps'][number]['does']>(...does: S[]) =>
    script.steps.filter((step): step is Does<S> => (does as string[]).includes(step.does)).sort(byTime);
  const database = databaseFrom(script);
  const isApiDown = script.isApiDown && database.role === 'writer' && database.kind !== 'hostname';
  const { truths: told, lags } = truthsFrom(database, isApiDown, script.members, all('truth'));
  const hosts = all('host');
  const isWarm = script.isWarm === true && database.kind === 'instance' && database.role === 'writer' && !isApiDown;
  const truths = isWarm ? withHosts(told, hosts) : told;
  const poisons = all('poison');
  const shown = dnsView(database, truths, (at) => ({
    everyMs: 1000,
    flapMs: 0,
    ...lags.get(at),
    ms: lags.get(at)?.dnsMs ?? 0,
  }));
  const dns = poisons.reduce(poisoned, shown);
  const topology = isApiDown
    ? apiDown
    : apiView(database.kind, truths, (at) => ({ ms: lags.get(at)?.apiMs ?? 0, flapMs: 0, everyMs: 1 }));
  const events = all('event');
  const failing = all('fault');
  const kills = all('kill');
  const foreign = all('register', 'deregister');
  const truth = truths.map(({ at, wanted }) => ({ at, value: wanted }));
  const changes = truths
    .slice(1)
    .map((one, index) => ({ at: one.at, change: changeTo(one, truths.slice(0, index + 1)) }));
  const faultsTo = script.faultPercent > 0 ? script.faultsUntil : 0;
  const movedAt = Math.max(lastChange(truth), lastChange(topology), ...[...dns.values()].map(lastChange));
  const endAt = Math.max(
    0,
    script.busyUntil ?? 0,
    ...foreign.map(({ at }) => at),
    script.probe ? lieEndsAt(script.probe) : 0,
    ...[...failing, ...poisons, ...(isWarm ? hosts : [])].map(({ at, forMs }) => at + forMs),
  );
  return {
    seed: script.seed,
    arm:
      poisons.length > 0
        ? 'hostile'
        : isApiDown
          ? 'RDS API down'
          : events.some(({ delivery }) => delivery !== 'lost')
            ? 'events'
            : 'events lost',
    change: changes.findLast(({ change }) => change !== 'rejoined')?.change ?? 'failover',
    changes,
    database: isWarm ? { ...database, markerSecurityGroup: marker } : database,
    policy: {
      removeStale: script.removeStale,
      allowedCidrs,
      verifyInterfaces: true,
      observeOnly: false,
      ...(isWarm ? { warmStandby: true } : {}),
    },
    ...(isWarm ? { warm: warmOf(truths, hosts), hosts } : {}),
    truth,
    own: truths.map(({ at, members, wanted }) => ({
      at,
      value: database.kind === 'hostname' ? wanted.map(ipOf) : members.map(({ ip }) => ip),
    })),
    dns,
    topology,
    events: events.filter(({ delivery }) => delivery !== 'lost').map((step) => delivered(database, step)),
    lost: events.filter(({ delivery }) => delivery === 'lost').length,
    scheduleAt: script.scheduleAt,
    foreign,
    faults: { from: 0, to: faultsTo, rate: script.faultPercent / 100 },
    ...(failing.length > 0 ? { failing } : {}),
    ...(script.probe ? { probe: script.probe, roles: rolesOf(database.kind, truths, script.probe) } : {}),
    ...(script.busyUntil ? { busyUntil: script.busyUntil } : {}),
    killRate: script.killPercent / 100,
    ...(kills.length > 0 ? { kills } : {}),
    slowness: script.slowness,
    drainMs: script.drainMs,
    healthMs: script.healthMs,
    stableAt: Math.max(movedAt, faultsTo, endAt) + ttlMs,
  };
}

const ipOf = (key: string): string => key.replace(/:.*/, '');

/** The names of the database are the followed one and its instances'. */
function poisoned(dns: Story['dns'], { at, forMs, ip, isOfAll }: Does<'poison'>): Story['dns'] {
  const isFollowed = (name: string) => [clusterHost, endpointHost, proxyHost].includes(name);
  const answer: DnsAnswer = { kind: 'addresses', addresses: [ip] };
  return new Map(
    [...dns].map(([name, view]) => [name, isOfAll || isFollowed(name) ? overlaid(view, at, at + forMs, answer) : view]),
  );
}

const byTime = (one: { at: number }, other: { at: number }) => one.at - other.at;

/** What no API reports has to be known at deployment; what it does report may be. */
function databaseFrom({ database, isApiDown, seed }: Script): Database {
  const [kind, role] = database.split(' ') as [Database['kind'], Database['role']];
  if (kind === 'hostname') return { name: 'orders', kind, hostname: proxyHost, role, port: 5432, securityGroups };
  const host = kind === 'cluster' ? clusterHost : endpointHost;
  const known = isApiDown || seed % 2 === 0 ? { securityGroups } : {};
  return { name: 'orders', kind, id: 'orders', role, endpoint: { host, port: 5432 }, ...known };
}

/** A run cannot learn a new port while the API is down, a reader group needs a reader, and the members of an instance are for good. */
function truthsFrom(database: Database, isApiDown: boolean, members: readonly number[], steps: readonly TruthStep[]) {
  const truths: Truth[] = [];
  const lags = new Map<number, TruthStep>();
  const add = (at: number, step: Pick<TruthStep, 'writer' | 'members' | 'down' | 'port'>) => {
    const isInstance = database.kind === 'instance';
    const writer = isInstance && step.writer > 2 ? 2 : step.writer;
    const there = new Set<number>(isInstance ? [1, 2, 3] : [...step.members, writer]);
    there.delete(there.has(9) && writer !== 3 ? 3 : there.has(3) ? 9 : 0);
    const isServing = (number: number) => number === writer || !(step.down as number[]).includes(number);
    const spare = writer === 2 ? 3 : 2;
    const lacksReader = database.role === 'reader' && ![...there].some((one) => one !== writer && isServing(one));
    if (lacksReader) there.add(spare);
    const port = isApiDown || database.kind === 'hostname' ? 5432 : step.port;
    const shown = [...there].sort().map((one) => member(one, isServing(one) || (lacksReader && one === spare)));
    truths.push(stateOf(database, { at, writer: `orders-${writer}`, members: shown, port }));
  };
  add(-1, { writer: 1, members: [...members] as TruthStep['members'], down: [], port: 5432 });
  for (const step of steps) {
    const at = Math.max(step.at, (truths.at(-1)?.at ?? 0) + 1);
    lags.set(at, step);
    add(at, step);
  }
  return { truths, lags };
}

function delivered({ kind }: Database, { at, afterMs, payload, writer, delivery }: EventStep): StoryEvent {
  const { payload: json, means } = payloadOf(payload, { kind, at, writer: `orders-${writer}` });
  return { at: at + afterMs, payload: json, sentAt: at, name: payload, means, isAgain: delivery === 'again' };
}
