import { describe, expect, test } from 'vitest';
import type { Database } from '../../../lib/domain.ts';
import { ReconcileError } from '../../../lib/errors.ts';
import { gaps, group, run, timedApi } from '../scene.ts';
import {
  a,
  addresses,
  b,
  c,
  cluster,
  clusterHost,
  healthy,
  host,
  hostname,
  instance,
  jobOf,
  port,
  showCluster,
  showInstance,
  timings,
  unavailable,
} from '../world.ts';

/* When a run looks at what, how it waits, and when it ends. Bounds, not exact times: the pace may be tuned. */

const down = new ReconcileError('ServiceUnavailable', 'down');

describe('the RDS API', () => {
  test('is asked at most every third of the settle time, and more and more rarely while all is well', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', a);
    const times = timedApi(world);
    await run(world, jobOf(cluster, 'watch'));
    expect(times[0]).toBe(0);
    const between = gaps(times);
    expect(Math.min(...between)).toBeGreaterThanOrEqual(timings.settleMs / 3);
    // The last look is a fresh one, whenever it comes.
    const quiet = between.slice(0, -1);
    expect(quiet.length).toBeGreaterThanOrEqual(2);
    for (const [i, gap] of quiet.slice(1).entries()) expect(gap).toBeGreaterThan(1.4 * (quiet[i] ?? 0));
  });

  test('is asked steadily while something is wrong', async () => {
    const world = group(healthy(a));
    showCluster(world, 'nobody', a);
    const times = timedApi(world);
    await run(world, jobOf(cluster, 'watch'));
    expect(times.length).toBeGreaterThanOrEqual(10);
    expect(Math.max(...gaps(times))).toBeLessThanOrEqual(timings.settleMs / 3 + 2 * timings.recheckMs);
  });

  test('is not asked for a second opinion on the name of an instance', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(3000, () => showInstance(world, b));
    const times = timedApi(world);
    await run(world, jobOf(instance, 'watch'));
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
    expect(times.filter((at) => at > 0 && at < timings.settleMs / 3)).toEqual([]);
  });

  test('that hangs is given up, and its call cut, where the endpoint is known', async () => {
    const world = group(healthy(a));
    world.dns.set(host, addresses(a.ip));
    const signals: AbortSignal[] = [];
    timedApi(world, (signal) => {
      if (signal) signals.push(signal);
      return new Promise(() => {});
    });
    const readers: Database = { ...cluster, role: 'reader', endpoint: { host, port } };
    const { report, state } = await run(world, jobOf(readers, 'watch'), 10_000);
    expect(state.topology?.observation).toMatchObject({ kind: 'unavailable', error: { code: 'TimedOut' } });
    expect(report).toMatchObject({
      reason: 'TopologyUnavailable',
      detail: expect.stringMatching(/the RDS API did not answer within \d+ ms/),
    });
    expect(signals.length).toBeGreaterThan(0);
    for (const { aborted } of signals) expect(aborted).toBe(true);
  });

  test('is believed when it said that there is no writer, though the group could not be read then', async () => {
    const world = group(healthy(a));
    world.dns.set(host, addresses(b.ip));
    world.topology = { kind: 'seen', topology: { endpoint: { host, port }, instances: [] } };
    world.group.failNext('list', new ReconcileError('ServiceUnavailable', 'ELBv2 is down.'));
    world.clock.at(1000, () => {
      world.topology = unavailable;
    });
    const { report } = await run(world, jobOf({ ...instance, endpoint: { host, port } }, 'watch'), 15_000);
    expect(report).toMatchObject({ outcome: 'held', reason: 'NoWriter' });
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });

  test('is believed when it said that there is no database, while it does not answer any more', async () => {
    const world = group(healthy(a));
    world.dns.set(host, addresses(b.ip));
    world.topology = { kind: 'not-found', message: 'no such database' };
    world.clock.at(1000, () => {
      world.topology = unavailable;
    });
    const { report } = await run(world, jobOf({ ...instance, endpoint: { host, port } }, 'watch'), 15_000);
    expect(report).toMatchObject({ outcome: 'held', reason: 'NoWriter', detail: 'no such database' });
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });

  test('that stays down tells why it is down now', async () => {
    const world = group(healthy(a));
    const errors = [new ReconcileError('TimedOut', 'at first'), new ReconcileError('ServiceUnavailable', 'now')];
    timedApi(world, async () => ({ kind: 'unavailable', error: errors[world.clock.now() > 5000 ? 1 : 0] ?? down }));
    const { report } = await run(world, jobOf(instance, 'watch'), 30_000);
    expect(report).toMatchObject({ reason: 'TopologyUnavailable', detail: expect.stringMatching(/^now/) });
  });

  test('that hangs after it has said who the writer is holds nobody up', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    const times = timedApi(world, () => (times.length > 1 ? new Promise(() => {}) : Promise.resolve(world.topology)));
    world.clock.at(15_000, () => world.dns.set(host, addresses(b.ip)));
    await run(world, jobOf(instance, 'watch'), 20_000);
    expect(times.length).toBeGreaterThan(1);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('that throttles is asked more and more rarely; one that is down, steadily', async () => {
    const gapsWith = async (code: 'Throttled' | 'ServiceUnavailable') => {
      const world = group(healthy(a));
      const error = new ReconcileError(code, 'no');
      const times = timedApi(world, async () => ({ kind: 'unavailable', error }));
      await run(world, jobOf(instance, 'watch'));
      return gaps(times).slice(0, -1);
    };
    const quiet = await gapsWith('Throttled');
    for (const [i, gap] of quiet.slice(1).entries()) expect(gap).toBeGreaterThan(1.4 * (quiet[i] ?? 0));
    expect(quiet.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...(await gapsWith('ServiceUnavailable')))).toBeLessThanOrEqual(
      timings.settleMs / 3 + 2 * timings.recheckMs,
    );
  });

  test('is given a fifteenth of the settle time, and never less than a second', async () => {
    for (const [settleMs, answerMs] of [
      [30_000, 1900],
      [600, 900],
    ] as const) {
      const world = group(healthy(a));
      showInstance(world, a);
      timedApi(world, () => world.clock.sleep(answerMs).then(() => world.topology));
      const request = jobOf({ ...instance, endpoint: { host, port } }, 'watch');
      const { report } = await run(world, { ...request, timings: { ...timings, settleMs } }, 3000);
      expect(report).toMatchObject({ outcome: 'in-sync', writer: { instanceId: 'orders' } });
    }
  });

  test('that is only slow is waited for where nothing else says who the writer is, and in a check', async () => {
    for (const [database, mode] of [
      [instance, 'watch'],
      [{ ...instance, endpoint: { host, port } }, 'check'],
    ] as const) {
      const world = group(healthy(a));
      showInstance(world, a);
      timedApi(world, () => world.clock.sleep(8000).then(() => world.topology));
      const { report } = await run(world, jobOf(database, mode), 10_000);
      expect(report).toMatchObject({ outcome: 'in-sync', writer: { instanceId: 'orders' } });
    }
  });

  test('that answers in time is not cut, and then its call is over', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    const states: (boolean | undefined)[] = [];
    const signals: (AbortSignal | undefined)[] = [];
    timedApi(world, async (signal) => {
      await world.clock.sleep(500);
      signals.push(signal);
      states.push(signal?.aborted);
      return world.topology;
    });
    const known = { ...instance, endpoint: { host: 'other.example.com', port } };
    const { report } = await run(world, jobOf(known, 'watch'), 5000);
    expect(report).toMatchObject({ outcome: 'in-sync', writer: { instanceId: 'orders' } });
    expect(states[0]).toBe(false);
    expect(signals[0]?.aborted).toBe(true);
  });

  test('that says that the database is gone is believed, whatever it said before', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(15_000, () => {
      world.topology = { kind: 'not-found', message: 'deleted' };
    });
    const { report } = await run(world, jobOf(instance, 'watch'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'NoWriter', detail: 'deleted' });
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });
});

describe('DNS', () => {
  test('is asked for the members in the same pass in which the sources differ', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', b);
    const { report } = await run(world, jobOf(cluster, 'watch'), 500);
    expect(report).toMatchObject({ reason: 'SourcesDisagree', detail: expect.stringContaining('(orders-2)') });
  });

  test('that answers again after a failure has not moved if it says the same', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', a);
    world.clock.at(3000, () => world.dns.set(clusterHost, { kind: 'failed', code: 'ETIMEOUT' }));
    world.clock.at(6000, () => showCluster(world, 'orders-1', a));
    const times = timedApi(world);
    const { state } = await run(world, jobOf(cluster, 'watch'));
    expect(times.filter((at) => at > 0 && at < timings.settleMs / 3)).toEqual([]);
    expect(state.movedAt).toBeUndefined();
  });

  test('without the RDS API names a hostname alone', async () => {
    const world = group();
    Object.assign(world.ports, { topology: undefined });
    world.dns.set(host, addresses(a.ip, b.ip));
    const { report } = await run(world, jobOf(hostname, 'check'));
    expect(report.registered).toEqual(['10.0.1.10:5432', '10.0.2.10:5432']);
  });
});

describe('a name with several addresses', () => {
  test('has registered what it shows, not what it showed before', async () => {
    const world = group(healthy(a), healthy(b));
    world.dns.set(host, addresses(b.ip, c.ip));
    world.clock.at(1000, () => world.dns.set(host, addresses(a.ip, b.ip)));
    const { report } = await run(world, jobOf(hostname, 'check'));
    expect(report).toMatchObject({ outcome: 'in-sync', registered: [] });
    expect(world.group.live()).toEqual(['10.0.1.10:5432', '10.0.2.10:5432']);
  });
});
