import fc from 'fast-check';
import { strangers } from './constants.ts';
import { payloadNames } from './payloads.ts';
import {
  calls,
  databases,
  failures,
  foreignKeys,
  memberNumbers,
  ports,
  probeKinds,
  type Script,
  type Step,
} from './script.ts';

/* Stories that fast-check draws and shrinks. Every story that the storm draws is one of these, so it can be shrunk as well. */

const ms = (max: number) => fc.nat({ max });
const member = fc.constantFrom(...memberNumbers);
const members = (maxLength: number) => fc.uniqueArray(member, { maxLength });

const truth = fc.record({
  does: fc.constant('truth' as const),
  at: ms(300_000),
  writer: fc.constantFrom(2 as const, 1 as const, 3 as const, 9 as const),
  members: members(4),
  down: members(2),
  port: fc.constantFrom(...ports),
  dnsMs: ms(60_000),
  flapMs: ms(30_000),
  everyMs: fc.integer({ min: 200, max: 5000 }),
  apiMs: ms(180_000),
});

const event = fc.record({
  does: fc.constant('event' as const),
  at: ms(400_000),
  payload: fc.constantFrom(...payloadNames),
  delivery: fc.constantFrom('once' as const, 'again' as const, 'lost' as const),
  afterMs: ms(150_000),
  writer: member,
});

const foreign = fc.record({
  does: fc.constantFrom('register' as const, 'deregister' as const),
  at: ms(400_000),
  key: fc.constantFrom(...foreignKeys),
});

const fault = fc.oneof(
  ...calls.map((call) =>
    fc.record({
      does: fc.constant('fault' as const),
      at: ms(200_000),
      forMs: ms(30_000),
      call: fc.constant(call),
      how: fc.constantFrom(...failures[call]),
    }),
  ),
);

const poison = fc.record({
  does: fc.constant('poison' as const),
  at: ms(200_000),
  forMs: ms(60_000),
  ip: fc.constantFrom(...strangers),
  isOfAll: fc.boolean(),
});

const host = fc.record({
  does: fc.constant('host' as const),
  at: ms(200_000),
  forMs: ms(90_000),
  how: fc.constantFrom('replaced' as const, 'given away' as const, 'hidden' as const, 'two too many' as const),
});

const kill = fc.record({ does: fc.constant('kill' as const), at: fc.constant(0 as const), run: ms(8), wait: ms(150) });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: truth },
  { weight: 5, arbitrary: event },
  { weight: 1, arbitrary: foreign },
  { weight: 2, arbitrary: fault },
  { weight: 1, arbitrary: poison },
  { weight: 1, arbitrary: host },
  { weight: 1, arbitrary: kill },
);

const probe = fc.record({
  how: fc.constantFrom(...probeKinds),
  member: fc.constantFrom(1 as const, 2 as const, 3 as const),
  gapMs: ms(20_000),
  from: ms(120_000),
  forMs: ms(60_000),
});

const base = {
  // Another seed is another story: it gets no simpler by it.
  seed: fc.noShrink(fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  database: fc.constantFrom(...databases),
  isApiDown: fc.boolean(),
  isWarm: fc.boolean(),
  removeStale: fc.constantFrom('at-once' as const, 'when-replacement-healthy' as const),
  members: members(4),
  scheduleAt: ms(60_000),
  slowness: fc.integer({ min: 1, max: 8 }),
  drainMs: ms(300_000),
  healthMs: ms(40_000),
  faultPercent: ms(30),
  faultsUntil: ms(150_000),
  busyUntil: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: ms(150_000) }),
  killPercent: ms(30),
  steps: fc.array(step, { maxLength: 40, size: 'medium' }),
};

/** A story without a probe is the simpler one. */
export const scripts: fc.Arbitrary<Script> = fc.record(
  { ...base, probe },
  { requiredKeys: Object.keys(base) as (keyof typeof base)[] },
);

/** The simplest story that can be reached from this one in `limitMs` and fails as well. */
export async function shrunk(
  script: Script,
  isFailing: (script: Script) => Promise<boolean>,
  limitMs = 60_000,
): Promise<Script> {
  const property = fc.asyncProperty(scripts, async (candidate) => !(await isFailing(candidate)));
  const { counterexample } = await fc.check(property, {
    examples: [[script]],
    numRuns: 1,
    seed: 1,
    interruptAfterTimeLimit: limitMs,
  });
  return counterexample?.[0] ?? script;
}
