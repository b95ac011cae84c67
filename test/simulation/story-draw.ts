import type { Database } from '../../lib/domain.ts';
import { clusterHost, endpointHost, outageMs, proxyHost, strangers } from './constants.ts';
import { probeOf } from './members.ts';
import { idlePayloads, type PayloadName, payloadNames } from './payloads.ts';
import { createDice, type Dice } from './random.ts';
import { calls, type Failure, failures, type Script, type Step, type TruthStep } from './script.ts';
import { type Arm, type Story, storyFrom } from './story.ts';
import { deliveriesOf } from './story-events.ts';
import { apiLag, type Change, dnsLag, type Truth, truthOf } from './story-truth.ts';

/* Draws a story: most of it is what a failover on AWS looks like, and now and then there is an attacker. */

export const storyOf = (seed: number, arm: Arm): Story => storyFrom(scriptOf(seed, arm));

/** The same story, in which the functions ask the members of the database as well. */
export const withProbe = (script: Script): Script => ({
  ...script,
  probe: probeOf(createDice(script.seed ^ 0x7f4a7c15)),
});

export function scriptOf(seed: number, arm: Arm): Script {
  const dice = createDice(seed);
  const database = databaseOf(dice, arm);
  const change = changeOf(dice, database, arm);
  const truths = truthOf(dice, database, change);
  const isApiDown = arm === 'RDS API down';
  const steps = truthSteps(dice, database, truths, isApiDown);
  const isFaulty = dice.chance(0.5);
  const faultsUntil = isFaulty ? Math.round(outageMs + dice.between(20_000, 120_000)) : 0;
  const faultPercent = isFaulty ? dice.pick([2, 10, 30]) : 0;
  const foreign = foreignHand(dice, truths);
  const removeStale = removalOf(dice, database);
  const isEventless = arm === 'events lost' || change === 'port change';
  const events = isEventless ? [] : deliveriesOf(dice, truths);
  return {
    seed,
    database: `${database.kind} ${database.role}` as Script['database'],
    isApiDown,
    removeStale,
    members: numbersOf(truths[0]),
    scheduleAt: Math.round(dice.between(0, 60_000)),
    faultPercent,
    faultsUntil,
    busyUntil: 0,
    isWarm: false,
    killPercent: dice.chance(0.3) ? 30 : 0,
    slowness: dice.pick([1, 1, 3, 8]),
    drainMs: dice.pick([0, 30_000, 300_000]),
    healthMs: Math.round(dice.between(20_000, 40_000)),
    steps: [
      ...steps,
      ...foreign,
      ...events.map(inWholeMs),
      ...malice(createDice(seed ^ 0x2545f491), isEventless),
      ...(arm === 'hostile' ? hostility(createDice(seed ^ 0x1b873593)) : []),
    ],
  };
}

const inWholeMs = <S extends { at: number; afterMs: number }>(step: S): S => ({
  ...step,
  at: Math.round(step.at),
  afterMs: Math.round(step.afterMs),
});

const numberOf = (id: string) => Number(id.replace('orders-', '')) as TruthStep['writer'];
const numbersOf = (truth: Truth | undefined) => (truth?.members ?? []).map(({ id }) => numberOf(id));

/** A lag for each change that the followed name shows, then one for each that the API does. */
function truthSteps(dice: Dice, database: Database, truths: readonly Truth[], isApiDown: boolean): TruthStep[] {
  const followed = ({ wanted, writer }: Truth) => (database.kind === 'hostname' ? wanted.join() : writer);
  const later = truths.slice(1);
  const dns = later.map((truth, index) => {
    const before = truths[index];
    return before && followed(before) === followed(truth) ? { ms: 0, flapMs: 0, everyMs: 1000 } : dnsLag(dice);
  });
  const api = later.map(() => (isApiDown ? 0 : apiLag(dice).ms));
  return later.map((truth, index) => ({
    does: 'truth',
    at: Math.round(truth.at),
    writer: numberOf(truth.writer),
    members: numbersOf(truth),
    down: truth.members.filter(({ isServing }) => !isServing).map(({ id }) => numberOf(id)),
    port: truth.port as TruthStep['port'],
    dnsMs: Math.round(dns[index]?.ms ?? 0),
    flapMs: dns[index]?.flapMs ?? 0,
    everyMs: Math.round(dns[index]?.everyMs ?? 1000),
    apiMs: Math.round(api[index] ?? 0),
  }));
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
  // A run cannot learn a new port while the API is down.
  if (arm === 'RDS API down') return dice.pick(['failover', 'failover', 'failback']);
  if (kind === 'hostname') return dice.pick(['failover', 'failover', 'failback']);
  const usual = ['failover', 'failover', 'failover', 'failover', 'failback', 'port change'] as const;
  return dice.pick(kind === 'cluster' ? [...usual, 'member added', 'member removed', 'member renamed'] : usual);
}

/** The defaults of the functions; for a writer now and then the other choice. */
const removalOf = (dice: Dice, { kind, role }: Database): Script['removeStale'] =>
  kind === 'hostname' || role === 'reader' || dice.chance(0.1) ? 'when-replacement-healthy' : 'at-once';

function foreignHand(dice: Dice, truths: readonly Truth[]): Step[] {
  if (!dice.chance(0.15)) return [];
  const keys = truths.flatMap(({ wanted }) => wanted);
  const lastAt = truths.at(-1)?.at ?? 0;
  return [0, 1].map(() => ({
    at: Math.round(dice.between(0, lastAt + 60_000)),
    does: dice.pick(['register', 'deregister'] as const),
    key: dice.pick(['10.0.9.9:5432', ...keys]),
  }));
}

/** In some stories: payloads that would like to choose, a source that fails in one way for a while, an end at some await. */
function malice(dice: Dice, isEventless: boolean): Step[] {
  const some = (probability: number, draw: () => Step): Step[] => (dice.chance(probability) ? [draw(), draw()] : []);
  const at = () => Math.round(dice.between(0, 100_000));
  const failing = (): Step => {
    const call = dice.pick(calls);
    const how = dice.pick<Failure>(failures[call]);
    return { does: 'fault', at: at(), forMs: Math.round(dice.between(500, 15_000)), call, how };
  };
  return [
    ...some(0.12, () => ({
      does: 'event',
      at: at(),
      payload: dice.pick<PayloadName>(isEventless ? idlePayloads : payloadNames),
      delivery: 'once',
      afterMs: Math.round(dice.between(50, 1000)),
      writer: dice.pick([1, 2, 3]),
    })),
    ...some(0.07, failing),
    ...some(0.07, () => ({
      does: 'kill',
      at: 0,
      run: Math.floor(dice.between(0, 4)),
      wait: Math.floor(dice.between(0, 60)),
    })),
  ];
}

/** An attacker who controls DNS may use up what the account may ask the RDS API, and seldom EC2, and sends events of other databases. */
function hostility(dice: Dice): Step[] {
  const at = () => Math.round(dice.between(0, 100_000));
  const throttled = (call: 'RDS describe' | 'EC2 interfaces', mostMs: number): Step => ({
    does: 'fault',
    at: at(),
    forMs: Math.round(dice.between(10_000, mostMs)),
    call,
    how: 'throttled',
  });
  const poison = (): Step => ({
    does: 'poison',
    at: at(),
    forMs: Math.round(dice.between(1000, 90_000)),
    ip: dice.pick(strangers),
    isOfAll: dice.chance(0.5),
  });
  return [
    poison(),
    ...(dice.chance(0.5) ? [poison()] : []),
    ...(dice.chance(0.7) ? [throttled('RDS describe', 120_000)] : []),
    ...(dice.chance(0.2) ? [throttled('EC2 interfaces', 60_000)] : []),
    ...Array.from(
      { length: dice.pick([0, 5, 20]) },
      (): Step => ({
        does: 'event',
        at: at(),
        payload: dice.pick<PayloadName>(idlePayloads),
        delivery: 'once',
        afterMs: Math.round(dice.between(50, 1000)),
        writer: 2,
      }),
    ),
  ];
}
