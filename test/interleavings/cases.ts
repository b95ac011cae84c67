import type { Timings } from '../../lib/domain.ts';
import { describeTimeoutMs, type Former, type Scenario, scenarioOf, type Turn, warmScenario } from './scenario.ts';

/**
 * All other waits are fractions of these, and the proportions are what counts: a pass comes as often as a reversal has to stay the
 * same, a watch makes two passes. More would make more orders of the same steps.
 */
const timings: Timings = { recheckMs: 5000, settleMs: 15_000, watchMs: 5000 };

const kinds = ['instance', 'cluster'] as const;
const pairs = ['event + event', 'event + drift'] as const;

/** A failover: DNS, and for a cluster the API, show the new writer once, each at any moment. */
const failovers = (): Scenario[] => kinds.flatMap((kind) => pairs.map((runs) => scenarioOf({ kind, runs, timings })));

/** Harsher: DNS goes back and forth, or each run asks a resolver of its own, which lags for itself. */
const doubtful = (): Scenario[] =>
  kinds.flatMap((kind) => [
    scenarioOf({ kind, runs: 'event + drift', timings, resolvers: 2 }),
    scenarioOf({ kind, runs: 'event + drift', timings, flaps: 1 }),
    scenarioOf({ kind, runs: 'event + drift', timings, vain: 1 }),
  ]);

/** No call takes longer than a watch is patient: far fewer positions, so that there is room for a watch of four passes. */
const inTime = (
  options: Pick<Parameters<typeof scenarioOf>[0], 'kind' | 'runs'>,
  watchMs = timings.watchMs,
): Scenario => {
  const scenario = scenarioOf({ ...options, timings: { ...timings, watchMs }, callMs: describeTimeoutMs - 100 });
  return { ...scenario, name: `${scenario.name}, API in time${watchMs > timings.watchMs ? ', long watch' : ''}` };
};
const longWatches = (): Scenario[] => kinds.flatMap((kind) => pairs.map((runs) => inTime({ kind, runs }, 15_000)));

export const allCases = (): Scenario[] => [
  ...failovers(),
  ...doubtful(),
  ...longWatches(),
  ...probes(),
  ...warmCases(),
];

/** The world's own turns come in this order alone, at any moment of the runs; one track instead of several. */
function inOrder(scenario: Scenario, order: readonly Turn['does'][]): Scenario {
  const turns = [...scenario.tracks.flat()].sort((one, other) => order.indexOf(one.does) - order.indexOf(other.does));
  return { ...scenario, name: `${scenario.name}, ${order.join(' before ')}`, tracks: [turns] };
}

/** The members are asked: a run hears of more, so the watch makes one pass beside those that a member's word sets off, in time. */
const probed = (former: Former, runs: (typeof pairs)[number], order: readonly Turn['does'][]): Scenario =>
  inOrder(
    scenarioOf({
      kind: 'cluster',
      runs,
      timings: { ...timings, watchMs: 1000 },
      former,
      callMs: describeTimeoutMs / 10,
    }),
    order,
  );
const probes = (): Scenario[] => [
  ...pairs.flatMap((runs) =>
    (['reader', 'unknown'] as const).map((former) => probed(former, runs, ['promote', 'start', 'dns', 'api'])),
  ),
  // DNS shows the new writer before it is one.
  ...pairs.map((runs) => probed('reader', runs, ['start', 'dns', 'promote', 'api'])),
  probed('unknown', 'event + event', ['start', 'dns', 'promote', 'api']),
];

/** What `npm test` goes through, and more orders than which there have to be. */
export const usualCases = (): [Scenario, bigint][] => [
  [scenarioOf({ kind: 'instance', runs: 'event + drift', timings }), 100_000n],
  [scenarioOf({ kind: 'instance', runs: 'event + drift', timings, vain: 1 }), 100_000n],
  [scenarioOf({ kind: 'cluster', runs: 'event + drift', timings }), 10_000_000n],
  [inTime({ kind: 'cluster', runs: 'event + event' }), 100_000_000n],
  [inTime({ kind: 'instance', runs: 'event + event' }), 1_000_000n],
  [probed('reader', 'event + drift', ['promote', 'start', 'dns', 'api']), 10_000_000n],
  [probed('unknown', 'event + event', ['promote', 'start', 'dns', 'api']), 10_000_000n],
];

/** Both targets stay in any order of a failover; where the standby's host is replaced, its new address takes the place of the old. */
export const warmCases = (): Scenario[] => [warmScenario('failover', timings), warmScenario('replacement', timings)];

/** Few enough orders to go through each by itself: the second run only reads. */
export const tinyCase = (): Scenario => {
  const scenario = scenarioOf({ kind: 'instance', runs: 'event + drift', timings });
  return { ...inOrder(scenario, ['dns', 'start']), payloads: [scenario.payloads[0], { action: 'plan' }] };
};
