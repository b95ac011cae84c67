import { clientSummary } from '../../../cli/drill/outage.ts';
import type { DrillRecord, Observation, Probe } from '../../../cli/drill/record.ts';
import { sharesOf } from '../../../cli/drill/shares.ts';
import { outageStart, timelineOf } from '../../../cli/drill/timeline.ts';

/* Records of drills that never were, for what only looks at a record. Times in seconds since the failover was asked for. */

const start = Date.UTC(2026, 10, 21, 11, 30);
export const at = (seconds: number): number => start + seconds * 1000;

/** Every tenth of a second; down from the first to the second time. */
export function probes(until: number, [down, up]: readonly [number, number], from = -5): Probe[] {
  return Array.from({ length: Math.round((until - from) * 10) }, (_, index): Probe => {
    const time = from + index / 10;
    const isDown = time >= down && time < up;
    return {
      number: index + 1,
      at: at(time),
      ms: 4,
      ...(isDown ? { result: 'failed', code: 'ECONNRESET' } : { result: 'ok' }),
    };
  });
}

export const observed = (...observations: readonly Observation[]): readonly Observation[] =>
  observations.toSorted((one, other) => one.at - other.at);

export const failover: readonly Observation[] = observed(
  { kind: 'target', at: at(-5), target: '10.0.1.10:5432', state: 'healthy' },
  { kind: 'topology', at: at(-5), writer: 'orders', status: 'available' },
  { kind: 'dns', at: at(-5), answer: '10.0.1.10' },
  { kind: 'requested', at: at(0), call: 'rds:RebootDBInstance' },
  { kind: 'event', at: at(1), id: 'RDS-EVENT-0013', message: 'Multi-AZ instance failover started.', source: 'orders' },
  { kind: 'writer', at: at(0.4), state: 'gone', address: '10.0.1.10' },
  { kind: 'topology', at: at(3), writer: 'orders', status: 'rebooting' },
  { kind: 'target', at: at(14), target: '10.0.1.10:5432', state: 'unhealthy' },
  { kind: 'writer', at: at(22), state: 'promoted', address: '10.0.2.10' },
  { kind: 'dns', at: at(38), answer: '10.0.2.10' },
  { kind: 'target', at: at(39), target: '10.0.2.10:5432', state: 'initial' },
  { kind: 'target', at: at(39), target: '10.0.1.10:5432', state: 'gone' },
  { kind: 'target', at: at(58), target: '10.0.2.10:5432', state: 'healthy' },
  {
    kind: 'invocation',
    at: at(70),
    function: 'orders-failover',
    startedAt: at(2),
    trigger: 'RDS-EVENT-0013',
    outcome: 'changed',
    summary: 'orders changed: registered 10.0.2.10:5432',
    registered: ['10.0.2.10:5432'],
  },
);

const before = {
  writer: 'orders',
  status: 'available',
  readers: [],
  isMultiAz: true,
  engine: 'postgres 17.5 on db.r7g.large',
  dns: '10.0.1.10',
  targets: ['10.0.1.10:5432 healthy'],
};

/** A drill that went well; what is given replaces a part of it, and the figures are reckoned anew. */
export function drillRecord(given: Partial<DrillRecord> = {}): DrillRecord {
  const after = given.after ?? { ...before, dns: '10.0.2.10', targets: ['10.0.2.10:5432 healthy'] };
  const measured = {
    observations: given.observations ?? failover,
    client: clientSummary(given.probes ?? probes(90, [0.5, 44]), at(90)),
    requestedAt: at(0),
    before: given.before ?? before,
    dns: after.dns,
    port: 5432,
  };
  const outageAt = outageStart(measured) ?? at(0);
  const timeline = timelineOf(measured);
  return {
    version: 1,
    database: { name: 'orders', kind: 'instance', id: 'orders' },
    probe: 'postgres',
    speed: 1,
    settings: [{ name: 'client', value: 'one attempt every 100 ms' }],
    versions: [{ name: 'rds-target-reconciler', value: '0.1.0' }],
    startedAt: at(-6),
    requestedAt: at(0),
    outageAt,
    endedAt: at(90),
    outcome: 'recovered',
    problems: [],
    before,
    after,
    writer: `${after.dns}:5432`,
    targets: after.targets,
    timeline,
    shares: sharesOf(measured, timeline, outageAt),
    client: measured.client,
    writes: { acknowledged: measured.client.acknowledged, found: measured.client.acknowledged, lost: [] },
    observations: measured.observations,
    probes: probes(90, [0.5, 44]),
    ...given,
  };
}

/** Everything at once: no event number, a flapping name, a lost event, long addresses, many runs, a hostile name. */
export function busyRecord(): DrillRecord {
  const old = '[fd00:1111:2222:3333::10]:5432';
  const next = '[fd00:1111:2222:4444::10]:5432';
  const flaps = Array.from(
    { length: 14 },
    (_, index): Observation => ({
      kind: 'dns',
      at: at(40 + index * 1.5),
      answer: index % 2 === 0 ? 'fd00:1111:2222:4444::10' : 'fd00:1111:2222:3333::10',
    }),
  );
  const events = Array.from(
    { length: 12 },
    (_, index): Observation => ({
      kind: 'event',
      at: at(1 + index * 4.2),
      ...(index < 6 ? { id: `RDS-EVENT-00${index + 70}` } : {}),
      message:
        index === 0 ? 'Started cross AZ failover to DB instance: <script>alert(1)</script>' : 'DB instance restarted.',
      source: 'orders-2',
    }),
  );
  const runs = Array.from(
    { length: 8 },
    (_, index): Observation => ({
      kind: 'invocation',
      at: at(12 + index * 10),
      function: index % 3 === 0 ? 'orders-drift' : 'orders-failover',
      startedAt: at(2 + index * 8),
      trigger: index % 3 === 0 ? 'schedule' : 'RDS-EVENT-0385',
      outcome: (['changed', 'held', 'waiting', 'failed', 'in-sync'] as const)[index % 5] ?? 'held',
      summary: 'orders held: SourcesDisagree: topology names orders-2, DNS leads to orders-1',
      registered: index === 0 ? [next] : [],
    }),
  );
  const earlier: Observation = {
    kind: 'invocation',
    at: at(9),
    function: 'orders-failover',
    startedAt: at(-100),
    trigger: 'RDS-EVENT-0049',
    outcome: 'in-sync',
    summary: 'orders in-sync: a run of the failover before this one',
    registered: [],
  };
  const targets: Observation[] = [
    { kind: 'target', at: at(-5), target: old, state: 'healthy' },
    { kind: 'target', at: at(41), target: next, state: 'initial' },
    { kind: 'target', at: at(42), target: old, state: 'draining' },
    { kind: 'target', at: at(44), target: old, state: 'gone' },
    { kind: 'target', at: at(61), target: next, state: 'healthy' },
  ];
  const end = { ...before, dns: 'fd00:1111:2222:4444::10', targets: [`${next} healthy`], writer: 'orders-2' };
  return drillRecord({
    database: { name: '<b>orders</b> & sons', kind: 'cluster', id: 'orders' },
    before: { ...before, dns: 'fd00:1111:2222:3333::10', writer: 'orders-1', readers: ['orders-2'] },
    after: end,
    problems: ['3 acknowledged writes are lost: 1, 2, 3', 'the group holds "nothing"; the writer is elsewhere'],
    observations: observed(
      { kind: 'dns', at: at(-5), answer: 'fd00:1111:2222:3333::10' },
      { kind: 'requested', at: at(0), call: 'rds:FailoverDBCluster' },
      { kind: 'event-lost', at: at(9), id: 'RDS-EVENT-0071' },
      { kind: 'topology', at: at(-5), writer: 'orders-1', status: 'available' },
      { kind: 'topology', at: at(2), status: 'failing-over' },
      { kind: 'topology', at: at(30), writer: 'orders-2', status: 'available' },
      ...flaps,
      ...events,
      ...runs,
      earlier,
      ...targets,
    ),
  });
}
