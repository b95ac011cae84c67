import { describe, expect, test } from 'vitest';
import { targetKey } from '../../../lib/domain.ts';
import { noPair, pairAt, rememberPair } from '../../../lib/memory/pair.ts';
import { newState } from '../../../lib/observations/run-state.ts';
import { configOf, environmentOf } from '../invocations.ts';
import { a, b, changed, down, healthy, timings } from '../scene.ts';
import { marker, warmWorld } from '../warm-rig.ts';

/* A standby that accepts connections, which no standby does: seen by three checks, a minute apart. */

const config = configOf({ WARM_STANDBY: 'true', WARM_SECURITY_GROUP: marker });
const drift = { name: 'Drift', unit: 'Count', value: 1 };

describe('two targets that are healthy', () => {
  test('in two checks are failovers', async () => {
    const { report, measurements } = await environmentOf(warmWorld(a, healthy(a), healthy(b)), config).checks(2);
    expect(report.outcome).toBe('in-sync');
    expect(measurements).toContainEqual({ ...drift, value: 0 });
  });

  test('in three checks are one too many, which is drift for as long as the standby stays out: an hour', async () => {
    const world = warmWorld(a, healthy(a), healthy(b));
    const environment = environmentOf(world, config);
    const second = await environment.checks(3);
    expect(second.report).toMatchObject(changed([], [b]));
    const { report, measurements } = await environment.checks(56);
    expect(report).toMatchObject({ outcome: 'in-sync', registered: [], standby: { kind: 'answers' } });
    expect(measurements).toEqual([drift, { ...drift, name: 'Held', value: 0 }, { ...drift, name: 'Success' }]);
    await environment.checks(6);
    expect(world.group.calls.filter((call) => call.startsWith('register'))).toEqual([`register ${targetKey(b)}`]);
  });

  test('in checks that are hours apart may be several failovers', async () => {
    const world = warmWorld(a, healthy(a), healthy(b));
    const environment = environmentOf(world, config);
    await environment.checks(1);
    await world.clock.run(world.clock.sleep(3_600_000));
    expect((await environment.checks(1)).report.outcome).toBe('in-sync');
  });

  test('in two checks with one between them that could not read the group may be two failovers', async () => {
    const world = warmWorld(a, healthy(a), healthy(b));
    const environment = environmentOf(world, config);
    await environment.checks(1);
    const { list } = world.group;
    world.group.list = () => Promise.reject(down);
    expect((await environment.checks(1)).fault).toBe(down);
    world.group.list = list;
    expect((await environment.checks(1)).report).toMatchObject({
      outcome: 'in-sync',
      registered: [],
      deregistered: [],
    });
  });

  test('are remembered by a check that cannot read the group', async () => {
    const world = warmWorld(a, healthy(a), healthy(b));
    const environment = environmentOf(world, config);
    await environment.checks(1);
    world.group.failNext('list', down, 9);
    expect((await environment.checks(1)).fault).toBe(down);
    expect(environment.memory.pair.readAt).toBe(0);
    expect(environment.memory.pair.together.size).toBe(2);
  });
});

test('what was seen together counts for a check and a half, and what was found to be out for an hour', () => {
  const [pair, key] = [noPair(), targetKey(b)];
  const observed = { readAt: 1000, at: 1000, targets: [] };
  const found = { ...newState(0), together: new Map([[key, 500]]), out: new Set([key]), observed };
  rememberPair(pair, found, timings, 1000);
  const at = (now: number) => {
    const { together, out } = pairAt(pair, timings, now);
    return [together.has(key), out.has(key)];
  };
  expect([91_000, 91_001, 3_600_999, 3_601_000].map(at)).toEqual([
    [true, true],
    [false, true],
    [false, true],
    [false, false],
  ]);
  // It is out in each run of this hour, which does not prolong it.
  rememberPair(pair, found, timings, 3_600_000);
  expect(at(3_601_000)[1]).toBe(false);
  rememberPair(pair, { ...found, out: new Set() }, timings, 3_600_999);
  expect(pair.outUntil.size).toBe(1);
  rememberPair(pair, { ...found, out: new Set() }, timings, 3_601_000);
  expect(pair.outUntil.size).toBe(0);
});
