import { describe, expect, test, vi } from 'vitest';
import { targetKey } from '../../../lib/domain.ts';
import { a, addresses, b, c, healthy, host, hostname, port, requestOf, run, whenHealthy } from '../scene.ts';
import { worldWith } from '../world.ts';
import { checks, keysOf, type Name, targetOf } from './rotating-rig.ts';

/* With a check each minute. */

// Seconds of work, more on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const names: readonly Name[] = [2, 3, 5].flatMap((addresses) =>
  [1, 5].flatMap((ttlSeconds) =>
    (['at random', 'in turn'] as const).map((order) => ({ addresses, ttlSeconds, order })),
  ),
);

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

const seeds = (count: number) => upTo(count).map((seed) => seed + 1);

/** The drift function of a hostname. */
const timeoutMs = 380_000;

describe('a name that shows one of its addresses at a time', () => {
  test.each(names)(
    'has all $addresses of them in the group within three checks in each of many runs, with a TTL of $ttlSeconds s, shown $order',
    async (name) => {
      for (const seed of seeds(name.order === 'at random' ? 200 : 50)) {
        const { live, reports } = await checks(name, seed, { count: 3, timeoutMs });
        expect({ seed, live }).toEqual({ seed, live: keysOf(name.addresses) });
        expect(reports[0]?.durationMs).toBeGreaterThan(5000);
      }
    },
  );

  test('is resolved until its function has no more time, and is not called in sync while it shows what is new', async () => {
    const name: Name = { addresses: 5, ttlSeconds: 5, order: 'at random' };
    let incomplete = 0;
    for (const seed of seeds(50)) {
      const { live, reports } = await checks(name, seed, { count: 3, timeoutMs: 56_000 });
      if (live.length < 5) incomplete += 1;
      for (const { outcome, registered, endedAt } of reports) {
        if (registered.length > 0) expect(outcome).toBe('waiting');
        expect(endedAt % 60_000).toBeLessThanOrEqual(54_000);
      }
    }
    // 33 answers miss one of five once in 300 runs.
    expect(incomplete).toBeLessThanOrEqual(1);
  });

  test.each(names.filter(({ order }) => order === 'at random'))(
    'keeps all $addresses of them for four hours, with a TTL of $ttlSeconds s',
    async (name) => {
      const { live, fewest, reports } = await checks(name, 1, { count: 240, timeoutMs, held: upTo(name.addresses) });
      expect({ live, fewest }).toEqual({ live: keysOf(name.addresses), fewest: name.addresses });
      for (const { outcome } of reports) expect(outcome).toBe('in-sync');
    },
  );

  test.each([1, 2, 3, 4, 5].flatMap((addresses) => [1, 5].map((ttlSeconds) => ({ addresses, ttlSeconds }))))(
    'of $addresses with a TTL of $ttlSeconds s loses a healthy former one within 16 minutes, and no other',
    async ({ addresses, ttlSeconds }) => {
      for (const seed of seeds(3)) {
        const held = upTo(addresses + 1);
        const { live, fewest } = await checks({ addresses, ttlSeconds, order: 'at random' }, seed, {
          count: 11,
          timeoutMs,
          held,
        });
        expect({ seed, live }).toEqual({ seed, live: keysOf(addresses) });
        expect(fewest).toBe(addresses);
      }
    },
  );
});

describe('a name that always gives the same answer', () => {
  test('costs one query for each check', async () => {
    const { queries, reports } = await checks({ addresses: 1, ttlSeconds: 5, order: 'in turn' }, 1, {
      count: 60,
      timeoutMs,
      held: [0],
    });
    expect(queries).toBe(60);
    expect(new Set(reports.map(({ durationMs }) => durationMs))).toEqual(new Set([0]));
  });

  test.each([1, 5, 60, 300])(
    'with a TTL of %i s loses the healthy former address in the next check',
    async (ttlSeconds) => {
      const { live, reports } = await checks({ addresses: 1, ttlSeconds, order: 'in turn' }, 1, {
        count: 1,
        timeoutMs,
        held: [0, 1],
      });
      expect(live).toEqual([targetKey(targetOf(0))]);
      expect(reports[0]).toMatchObject({ outcome: 'changed', deregistered: [targetKey(targetOf(1))] });
      expect(reports[0]?.durationMs).toBeLessThanOrEqual(90_000);
    },
  );
});

test('a target of the name at another port is stale, however often the name shows its address', async () => {
  const world = worldWith(healthy(a), { ...a, port: 5433, state: 'healthy' });
  world.dns.set(hostname.hostname ?? '', addresses(a.ip));
  await run(world, requestOf(hostname, 'check', undefined, whenHealthy));
  expect(world.group.live()).toEqual([targetKey(a)]);
});

describe('an answer that is as long as a DNS message', () => {
  const many = (from: number) =>
    addresses(...Array.from({ length: 4000 }, (_, i) => `10.${(from + i) >> 8}.0.${(from + i) & 255}`));

  test.each([
    ['always the same', 0],
    ['with a new address each time', 1],
    ['with new addresses alone each time', 4000],
  ])('costs less than 300 ms of CPU and changes nothing: %s', async (_, step) => {
    const world = worldWith(healthy(a));
    let answers = 0;
    Object.assign(world.ports, { resolver: { resolve: async () => many(step * answers++) } });
    const before = process.threadCpuUsage();
    const { report } = await run(world, requestOf(hostname, 'check'), 20_000);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(300);
    expect(report).toMatchObject({ outcome: 'held', reason: 'AddressUnknown' });
    expect(world.group.live()).toEqual([targetKey(a)]);
  });
});

/** Draws so many of the addresses, the same ones in every run of the test. */
function drawing(all: readonly string[]): (count: number, but?: string) => string[] {
  let seed = 7;
  const next = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed;
  };
  return (count, but) =>
    all
      .filter((ip) => ip !== but)
      .map((ip) => ({ ip, at: next() }))
      .sort((one, other) => one.at - other.at)
      .slice(0, count)
      .map(({ ip }) => ip);
}

describe('a check of a name', () => {
  test('drops an address of a hostname only after several absences', async () => {
    const world = worldWith(healthy(a), healthy(b));
    world.dns.set(host, addresses(a.ip));
    const { report, endedAt } = await run(world, requestOf(hostname, 'check', undefined, whenHealthy));
    expect(report.deregistered).toEqual([targetKey(b)]);
    expect(endedAt).toBeGreaterThanOrEqual(24_000);
  });

  test('of a name that shows 8 of its 12 addresses at a time drops none that lives, and the one that is gone', async () => {
    const twelve = Array.from({ length: 12 }, (_, i) => ({ ip: `10.0.1.${10 + i}`, port }));
    const [gone, ...rest] = twelve;
    const world = worldWith(...twelve.map(healthy));
    const draw = drawing(twelve.map(({ ip }) => ip));
    const alive = () => [...world.group.targets.values()].filter(({ state }) => state === 'healthy').length;
    Object.assign(world.ports.resolver, { resolve: async () => addresses(...draw(8)) });
    const check = () => run(world, requestOf(hostname, 'check', undefined, whenHealthy));
    for (let i = 0; i < 200; i++) expect((await check()).report).toMatchObject({ outcome: 'in-sync' });
    expect(alive()).toBe(12);

    Object.assign(world.ports.resolver, { resolve: async () => addresses(...draw(8, gone?.ip)) });
    if (gone) world.group.put(gone, 'unhealthy');
    const left: string[] = [];
    for (let i = 0; i < 5; i++) left.push(...(await check()).report.deregistered);
    expect(left).toEqual([`10.0.1.10:${port}`]);
    expect(world.group.live()).toEqual(rest.map(targetKey).sort());
  });

  test('keeps an address of a hostname that shows up again', async () => {
    const world = worldWith(healthy(a), healthy(b));
    world.dns.set(host, addresses(a.ip));
    world.clock.at(15_000, () => world.dns.set(host, addresses(b.ip)));
    const { report } = await run(world, requestOf(hostname, 'check', undefined, whenHealthy));
    expect(report).toMatchObject({ outcome: 'in-sync', deregistered: [] });
  });

  test('registers what the name shows, not what it showed before', async () => {
    const world = worldWith(healthy(a), healthy(b));
    world.dns.set(host, addresses(b.ip, c.ip));
    world.clock.at(1000, () => world.dns.set(host, addresses(a.ip, b.ip)));
    const { report } = await run(world, requestOf(hostname, 'check'));
    expect(report).toMatchObject({ outcome: 'in-sync', registered: [] });
    expect(world.group.live()).toEqual(['10.0.1.10:5432', '10.0.2.10:5432']);
  });
});
