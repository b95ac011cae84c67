import type { Fault } from '../../sandbox/aws/wire/faults.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { noWriter, twoWriters } from '../../sandbox/world/database/view.ts';
import type { ZoneAnswer } from '../../sandbox/world/types.ts';

/** A sandbox in which a trouble may plan ahead; what has not begun when the troubles end never does. */
type Stage = Sandbox & { later(awsMs: number, task: () => void): void };
type Trouble = { readonly kind: string; begin(stage: Stage, random: () => number): void };

const pick = <T>(list: readonly [T, ...T[]], random: () => number): T =>
  list[Math.floor(random() * list.length)] ?? list[0];
const between = (min: number, max: number, random: () => number): number => min + random() * (max - min);
const times = (max: number, random: () => number): number => 1 + Math.floor(random() * max);

const actions = [
  'DescribeDBInstances',
  'DescribeDBClusters',
  'DescribeTargetHealth',
  'RegisterTargets',
  'DeregisterTargets',
  'all',
] as const;
const changes = ['RegisterTargets', 'DeregisterTargets'] as const;

/** A fault of the APIs, of some action, a few times. */
const api = (
  kind: string,
  most: number,
  fault: (random: () => number) => Omit<Fault, 'action' | 'times'>,
  of: readonly [string, ...string[]] = actions,
): Trouble => ({
  kind: `API: ${kind}`,
  begin: ({ faults }, random) => {
    faults.add({ ...fault(random), action: pick(of, random), times: times(most, random) } as Fault);
  },
});

/** Every name of the database is answered so for a part of the failover. */
const dns = (answer: ZoneAnswer): Trouble => ({
  kind: `DNS: ${answer.kind}`,
  begin: ({ later, database }, random) => {
    later(between(0, 40_000, random), () => {
      database.dns.override('all', answer);
      later(between(2000, 20_000, random), () => database.dns.override('all', undefined));
    });
  },
});

const flapping: Trouble = {
  kind: 'DNS: flaps between old and new',
  begin: ({ database, journal }, random) => {
    const unfollow = journal.follow(({ what }) => {
      if (what !== 'dns-changed') return;
      unfollow();
      database.dns.flap(between(10_000, 30_000, random));
    });
  },
};

const events = (
  kind: string,
  delivery: (random: () => number) => Parameters<Sandbox['eventBridge']['delivery']>[0],
) => ({
  kind: `events: ${kind}`,
  begin: ({ eventBridge }: Sandbox, random: () => number) => eventBridge.delivery(delivery(random)),
});

const view = (kind: string, bend: Parameters<Sandbox['database']['overrideApiView']>[0]): Trouble => ({
  kind: `API's view: ${kind}`,
  begin: ({ later, database }, random) => {
    database.overrideApiView(bend);
    later(between(5000, 40_000, random), () => database.overrideApiView(undefined));
  },
});

const troubles: readonly [Trouble, ...Trouble[]] = [
  api('error 500', 8, () => ({ kind: 'error', code: 'InternalFailure', status: 500 })),
  api('error 503', 8, () => ({ kind: 'error', code: 'ServiceUnavailable', status: 503 })),
  api('throttled', 12, () => ({ kind: 'throttle' })),
  api('hangs', 2, () => ({ kind: 'hang' })),
  api('trickles', 2, () => ({ kind: 'trickle' })),
  api('has no end', 2, () => ({ kind: 'endless' })),
  api('reset', 6, () => ({ kind: 'reset' })),
  api('lost reply', 3, () => ({ kind: 'lost-reply' }), changes),
  api('hangs after its effect', 2, () => ({ kind: 'hang-after-effect' }), changes),
  api('slow', 20, (random) => ({ kind: 'latency', ms: between(20, 500, random) })),
  ...(['nxdomain', 'servfail', 'refused', 'garbage', 'silence', 'no-data'] as const).map((kind) => dns({ kind })),
  dns({ kind: 'cname-only', cnames: ['nowhere.example.com'] }),
  flapping,
  flapping,
  events('all lost', () => ({ loseAll: true })),
  events('half lost', (random) => ({ lose: () => random() < 0.5 })),
  events('twice', () => ({ duplicate: true })),
  events('late', () => ({ delayMs: [10_000, 60_000] })),
  events('shuffled', () => ({ shuffle: 60_000, duplicate: true })),
  {
    kind: "API's view: late",
    begin: ({ database }, random) => database.setApiLag(between(20_000, 120_000, random)),
  },
  view('no writer', noWriter),
  view('two writers', twoWriters),
];

/** The troubles of one round, drawn at random. */
export function createChaos(sandbox: Sandbox, random: () => number) {
  const cancels = new Set<() => void>();
  const kinds: string[] = [];
  const later: Stage['later'] = (awsMs, task) => void cancels.add(sandbox.clock.after(awsMs, task));
  return {
    /** Begins two to six troubles. */
    begin() {
      for (let left = 1 + times(5, random); left > 0; left -= 1) {
        const trouble = pick(troubles, random);
        trouble.begin({ ...sandbox, later }, random);
        kinds.push(trouble.kind);
      }
    },
    kinds: (): readonly string[] => kinds,
    /** The world is as it should be from now on; what hangs already goes on hanging until its caller gives up. */
    end() {
      for (const cancel of cancels) cancel();
      endTroubles(sandbox);
    },
  };
}

function endTroubles({ faults, eventBridge, database }: Sandbox): void {
  faults.clear();
  eventBridge.delivery({});
  database.dns.override('all', undefined);
  database.overrideApiView(undefined);
  database.setApiLag(undefined);
}
