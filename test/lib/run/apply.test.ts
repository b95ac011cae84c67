import { describe, expect, test } from 'vitest';
import type { Database } from '../../../lib/domain.ts';
import { group, run } from '../scene.ts';
import {
  a,
  addresses,
  b,
  begin,
  c,
  cluster,
  createFakeGroup,
  createWorld,
  healthy,
  host,
  instance,
  jobOf,
  showCluster,
  showInstance,
  timings,
} from '../world.ts';

/* When a run looks at what, how it waits, and when it ends. Bounds, not exact times: the pace may be tuned. */

describe('the group', () => {
  test('is read again while a stale target waits for its replacement, soon after that is healthy', async () => {
    const world = createWorld(createFakeGroup([healthy(a)], 'initial'));
    showInstance(world, a);
    world.clock.at(5000, () => showInstance(world, b));
    world.clock.at(40_000, () => world.group.put(b, 'healthy'));
    await run(world, jobOf(instance, 'watch', begin, { removeStale: 'when-replacement-healthy' }));
    const removedAt = world.group.timed.find(({ call }) => call.startsWith('deregister'))?.at ?? 0;
    expect(removedAt).toBeGreaterThanOrEqual(40_000);
    expect(removedAt).toBeLessThanOrEqual(40_000 + timings.settleMs / 2);
    const reads = world.group.timed.filter(({ call, at }) => call === 'list' && at > 6000 && at < 40_000);
    expect(reads.length).toBeLessThanOrEqual(8);
  });

  test('is read right before a change, so that what another run did meanwhile is not done again', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(20_000, () => {
      showInstance(world, b);
      world.group.put(b, 'healthy');
    });
    const { report } = await run(world, jobOf(instance, 'watch'));
    expect(report).toMatchObject({ registered: [], deregistered: [], stale: ['10.0.1.10:5432'] });
    await run(world, jobOf(instance, 'check'));
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

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
      const world = group(...targets);
      world.dns.set(host, addresses(c.ip));
      const { report } = await run(world, jobOf(known, 'check', undefined, { removeStale: 'never' }));
      if (expected) expect(world.group.live()).toEqual(expected);
      else expect(report).toMatchObject({ outcome: 'held', reason: 'AddressUnknown' });
    }
  });

  test('is given the port of a named writer only to the instance that a completed failover names', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-2', a);
    const named = { kind: 'end', at: 0, eventId: 'RDS-EVENT-0071', named: 'orders-2' } as const;
    await run(world, jobOf(cluster, 'watch', named), 5000);
    expect(world.group.live()).toContain('10.0.2.10:5432');
  });

  test('that throws what is no fault of ours is a defect, and no result', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    const defect = new TypeError('a defect');
    Object.assign(world.ports.targetGroup, { list: () => Promise.reject(defect) });
    await expect(run(world, jobOf(instance, 'check'))).rejects.toBe(defect);
  });
});

describe('a removal', () => {
  test('is cut before it could meet that of another run, and the run says so', async () => {
    const world = group(healthy(a), healthy(b));
    showInstance(world, b);
    const signals: (AbortSignal | undefined)[] = [];
    Object.assign(world.ports.targetGroup, {
      deregister: (_: unknown, signal?: AbortSignal) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    const { state } = await run(world, jobOf(instance, 'check'));
    expect(state.fault).toMatchObject({
      code: 'TimedOut',
      retriable: true,
      message: expect.stringMatching(
        /^deregistering 10\.0\.1\.10:5432 took longer than \d+ ms, and timed out; the drift check will deregister what is left\.$/,
      ),
    });
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
    expect(state.deregistered).toEqual([]);
  });

  test('beside a registration is not cut: only the run ends it', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    const { deregister } = world.ports.targetGroup;
    Object.assign(world.ports.targetGroup, {
      deregister: (targets: never) => world.clock.sleep(8000).then(() => deregister(targets)),
    });
    const { report } = await run(world, jobOf(instance, 'watch'));
    expect(report).toMatchObject({ outcome: 'changed', deregistered: ['10.0.1.10:5432'] });
  });
});
