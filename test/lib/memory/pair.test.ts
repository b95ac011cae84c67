import { describe, expect, test } from 'vitest';
import { targetKey } from '../../../lib/domain.ts';
import { configOf, environmentOf } from '../invocations.ts';
import { a, b, changed, down, healthy } from '../scene.ts';
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
