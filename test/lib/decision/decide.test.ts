import { describe, expect, test } from 'vitest';
import { decide } from '../../../lib/decision/decide.ts';
import type { Database } from '../../../lib/domain.ts';
import { newState } from '../../../lib/observations/run-state.ts';
import {
  a,
  addresses,
  b,
  c,
  cluster,
  clusterWorld,
  healthy,
  host,
  inputAfter,
  instance,
  instanceWorld,
  member,
  port,
  requestOf,
  run,
  seen,
  showInstance,
} from '../scene.ts';
import { worldWith } from '../world.ts';

describe('the group', () => {
  test('gives its port where nothing else names one, if all its live targets share it', async () => {
    const known: Database = { ...instance, endpoint: { host } };
    const other = { ...b, port: 3307 };
    for (const [targets, expected] of [
      [[healthy(a)], ['10.0.1.10:5432', '10.0.3.10:5432']],
      [[healthy(a), healthy(other)], undefined],
      [
        [healthy(a), { ...other, state: 'draining' as const }],
        ['10.0.1.10:5432', '10.0.3.10:5432'],
      ],
    ] as const) {
      const world = worldWith(...targets);
      world.dns.set(host, addresses(c.ip));
      const { report } = await run(world, requestOf(known, 'check', undefined, { removeStale: 'never' }));
      if (expected) expect(world.group.live()).toEqual(expected);
      else expect(report).toMatchObject({ outcome: 'held', reason: 'AddressUnknown' });
    }
  });

  test('is given the port of a named writer only to the instance that a completed failover names', async () => {
    const world = clusterWorld('orders-2', a, healthy(a));
    const named = { kind: 'end', at: 0, eventId: 'RDS-EVENT-0071', named: 'orders-2' } as const;
    await run(world, requestOf(cluster, 'watch', named), 5000);
    expect(world.group.live()).toContain('10.0.2.10:5432');
  });
});

test('an address whose owner is asked for is not registered before EC2 has answered', () => {
  const { lookups, observations } = inputAfter(instance, [
    { topology: seen([member('orders', 'writer')], { host, port }), dns: { [host]: addresses(b.ip) } },
  ]);
  const state = { ...newState(0), lookups, observations, observed: { readAt: 0, at: 0, targets: [healthy(a)] } };
  const planBy = (verifyInterfaces: boolean) =>
    decide(requestOf(instance, 'watch', undefined, { verifyInterfaces }), state).plan;
  expect(planBy(true)).toEqual({
    kind: 'hold',
    reason: 'Unconfirmed',
    message: `the owner of ${b.ip} has not been read yet`,
  });
  expect(planBy(false)).toMatchObject({ kind: 'change', register: [b] });
});

test('a run has converged when the group is first seen to be right, however long it watches then', async () => {
  const { state, endedAt } = await run(instanceWorld(b, healthy(a)), requestOf(instance, 'watch'));
  expect(state.convergedAt).toBeLessThan(1000);
  expect(endedAt).toBeGreaterThan(20_000);
});

test('a run that changes the group again has converged after the last change', async () => {
  const world = instanceWorld(a, healthy(a));
  world.clock.at(10_000, () => showInstance(world, b));
  expect((await run(world, requestOf(instance, 'watch'))).state.convergedAt).toBeGreaterThanOrEqual(10_000);
});

test('a run whose group was never right has no time of convergence', async () => {
  const world = clusterWorld('none', a, healthy(a));
  expect((await run(world, requestOf(cluster, 'watch'), 10_000)).state.convergedAt).toBeUndefined();
});
