import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../../lib/errors.ts';
import { summary } from '../../lib/report.ts';
import { configOf, environmentOf, instanceEvent, respondIn, scheduled } from './invocations.ts';
import { a, addresses, b, c, clusterHost, clusterWorld, draining, healthy, hostname, instanceWorld } from './scene.ts';
import { worldWith } from './world.ts';

const ofCluster = configOf({ DATABASE_KIND: 'cluster' });

describe('a pause', () => {
  const pausedUntil = '1970-01-01T00:10:00Z';
  const paused = configOf({ PAUSED_UNTIL: pausedUntil });

  test.each([
    ['a scheduled check', scheduled],
    ['an event', instanceEvent('RDS-EVENT-0049')],
    ['a resync', { action: 'resync' }],
  ])('lets %s observe and report, and ends by itself', async (_, event) => {
    const world = instanceWorld(b, healthy(a));
    const { report, measurements } = await respondIn(world, event, paused);
    expect(report).toMatchObject({
      outcome: 'observed',
      pausedUntil,
      registered: [],
      plan: { register: [`${b.ip}:5432`] },
    });
    expect(world.group.live()).toEqual([`${a.ip}:5432`]);
    // What keeps Success away and Drift up is what rings.
    expect(measurements.map(({ name }) => name)).not.toContain('Success');
    if (event === scheduled) expect(measurements).toContainEqual({ name: 'Drift', unit: 'Count', value: 1 });
    await world.clock.run(world.ports.clock.sleep(600_000));
    const { report: after } = await respondIn(world, event, paused);
    expect(after).toMatchObject({ outcome: 'changed' });
    expect(after).not.toHaveProperty('pausedUntil');
    expect(world.group.live()).toEqual([`${b.ip}:5432`]);
  });

  test('is told where the group is right, which is a success all the same', async () => {
    const world = instanceWorld(a, healthy(a));
    const { report, measurements } = await respondIn(world, scheduled, paused);
    expect(report).toMatchObject({ outcome: 'in-sync', pausedUntil });
    expect(summary(report)).toBe(`orders in-sync: paused until ${pausedUntil}`);
    expect(measurements).toContainEqual({ name: 'Success', unit: 'Count', value: 1 });
  });
});

describe('an event', () => {
  test.each([
    ['RDS-EVENT-0013', 'begins a change', true],
    ['RDS-EVENT-0049', 'ends one', true],
    ['RDS-EVENT-0004', 'asks for a check', false],
  ])('%s, which %s, is watched: %s', async (id, _, isWatched) => {
    const world = instanceWorld(a, healthy(a));
    const { report } = await respondIn(world, instanceEvent(id));
    expect(report.outcome).toBe('in-sync');
    expect(report.passes > 1).toBe(isWatched);
  });

  test('that asks for a check changes something only after a second observation', async () => {
    const world = instanceWorld(b, healthy(a));
    const { report } = await respondIn(world, instanceEvent('RDS-EVENT-0004'));
    expect(report.outcome).toBe('changed');
    expect(world.group.timed.find(({ call }) => call.startsWith('register'))?.at).toBeGreaterThan(0);
  });

  test('of a watch ends two seconds before the invocation does', async () => {
    const world = instanceWorld(a, healthy(a));
    const { report } = await respondIn(world, instanceEvent('RDS-EVENT-0013'), configOf(), 30_000);
    expect(report.durationMs).toBeLessThanOrEqual(28_000);
    expect(report.durationMs).toBeGreaterThan(25_000);
  });
});

test.each([
  ['that may concern another cluster keeps the function for half a settle time', 'billing-1', 15_000],
  ['of a member keeps the function for as long as a check may last', 'orders-2', 45_000],
])('while DNS moves, an event %s', async (_, id, longestMs) => {
  const world = clusterWorld('orders-1', a, healthy(a));
  const { invoke } = environmentOf(world, ofCluster);
  await invoke(scheduled);
  const move = (at: number) => world.dns.set(clusterHost, addresses(at % 8000 === 0 ? b.ip : c.ip));
  move(0);
  for (let at = 4000; at < 300_000; at += 4000) world.clock.at(at, () => move(at));
  const { report } = await invoke(instanceEvent('RDS-EVENT-0003', id));
  expect(report).toMatchObject({ outcome: 'held', reason: 'SourcesDisagree' });
  expect(report.durationMs).toBeLessThanOrEqual(longestMs);
  expect(report.durationMs).toBeGreaterThan(longestMs - 2000);
});

test('what the RDS API said about the members serves on when it does not answer a second time', async () => {
  const world = clusterWorld('orders-1', a, healthy(a));
  const shown = world.topology;
  const error = new ReconcileError('ServiceUnavailable', 'the RDS API is down');
  const answers = [shown, { kind: 'unavailable', error } as const];
  Object.assign(world.ports, { topology: { describe: async () => answers.shift() ?? shown } });
  const { report } = await respondIn(world, instanceEvent('RDS-EVENT-0004', 'orders-2'), ofCluster);
  expect(report).toMatchObject({ outcome: 'in-sync', writer: { instanceId: 'orders-1' } });
});

describe('a manual action', () => {
  test('status shows every target with its state and the reason that AWS gives, and nothing else', async () => {
    const world = instanceWorld(a, healthy(a), { ...draining(b), reason: 'Target.DeregistrationInProgress' });
    const { report } = await respondIn(world, { action: 'status' });
    expect(report.targets).toEqual([
      { target: '10.0.1.10:5432', state: 'healthy' },
      { target: '10.0.2.10:5432', state: 'draining', reason: 'Target.DeregistrationInProgress' },
    ]);
    expect(report).not.toHaveProperty('checks');
  });

  test('doctor shows targets and checks; plan and resync targets only, and a schedule neither', async () => {
    const world = instanceWorld(a, healthy(a));
    expect((await respondIn(world, { action: 'doctor' })).report).toMatchObject({
      targets: [{ target: '10.0.1.10:5432' }],
      checks: expect.arrayContaining([expect.objectContaining({ check: 'in-sync', result: 'ok' })]),
    });
    for (const event of [{ action: 'plan' }, { action: 'resync' }, scheduled]) {
      const { report } = await respondIn(world, event);
      expect('targets' in report).toBe(event !== scheduled);
      expect(report).not.toHaveProperty('checks');
    }
  });

  test('resync changes what plan only shows', async () => {
    const world = instanceWorld(b, healthy(a));
    expect((await respondIn(world, { action: 'plan' })).report.outcome).toBe('observed');
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
    expect((await respondIn(world, { action: 'resync' })).report.outcome).toBe('changed');
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('status of a group that cannot be read says nothing about its targets, and fails', async () => {
    const world = instanceWorld(a, healthy(a));
    const denied = new ReconcileError('AccessDenied', 'grant it');
    world.group.failNext('list', denied);
    const { report, fault } = await respondIn(world, { action: 'status' });
    expect(report).not.toHaveProperty('targets');
    expect(fault).toBe(denied);
  });

  test('doctor never fails: it is asked because something is wrong', async () => {
    const world = instanceWorld(a, healthy(a));
    world.group.failNext('list', new ReconcileError('AccessDenied', 'grant it'));
    const { fault, measurements } = await respondIn(world, { action: 'doctor' });
    expect([fault, measurements]).toEqual([undefined, []]);
  });
});

describe('a fault', () => {
  type Code = 'AccessDenied' | 'ServiceUnavailable' | 'Unexpected';
  const refusal = (code: Code) =>
    ({ kind: 'unavailable', error: new ReconcileError(code, 'the RDS API said no') }) as const;
  const known = configOf({ DATABASE_ENDPOINT: 'db.example.com:5432' });
  const withoutApi = (code: Code) => {
    const world = worldWith(healthy(a));
    world.topology = refusal(code);
    world.dns.set('db.example.com', addresses(a.ip));
    return world;
  };

  test('of the RDS API that needs a person counts, though the group is right', async () => {
    const world = withoutApi('AccessDenied');
    const { report, fault } = await respondIn(world, scheduled, known);
    expect(report.outcome).toBe('in-sync');
    expect(fault).toBe(world.topology.kind === 'unavailable' && world.topology.error);
  });

  test('of an RDS API that answers nonsense is none when the group was corrected without it, and the report says so', async () => {
    const world = withoutApi('Unexpected');
    world.dns.set('db.example.com', addresses(b.ip));
    const { report, fault } = await respondIn(world, scheduled, known);
    expect([report.outcome, report.detail, fault]).toEqual(['changed', 'the RDS API said no', undefined]);
  });

  test('of an RDS API that answers nonsense counts where nothing else says where the writer is', async () => {
    const { report, fault } = await respondIn(withoutApi('Unexpected'), scheduled);
    expect(report.outcome).toBe('held');
    expect(fault).toMatchObject({ code: 'Unexpected' });
  });

  test('of the RDS API that may pass is none while the endpoint is known', async () => {
    const { report, fault, measurements } = await respondIn(withoutApi('ServiceUnavailable'), scheduled, known);
    expect([report.outcome, fault]).toEqual(['in-sync', undefined]);
    expect(measurements.map(({ name }) => name)).toEqual(['Drift', 'Held', 'Success']);
  });

  test('of the group counts, and nothing is measured', async () => {
    const world = instanceWorld(a, healthy(a));
    const down = new ReconcileError('ServiceUnavailable', 'the ELBv2 API is down');
    world.group.failNext('list', down);
    expect(await respondIn(world, scheduled)).toMatchObject({ fault: down, measurements: [] });
  });
});

test('a hostname is followed without the RDS API', async () => {
  const world = worldWith(healthy(a));
  Object.assign(world.ports, { topology: undefined });
  world.dns.set(hostname.hostname ?? '', addresses(a.ip));
  const config = { ...configOf(), database: hostname };
  expect((await respondIn(world, scheduled, config)).report).toMatchObject({ outcome: 'in-sync', passes: 1 });
  expect(world.lookups.topology).toBe(0);
});
