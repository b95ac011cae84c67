import { describe, expect, test } from 'vitest';
import { targetKey } from '../../../lib/domain.ts';
import { nothingShown, rememberAnswers } from '../../../lib/memory/shown.ts';
import { newObservations } from '../../../lib/observations/observations.ts';
import type { InterfacesObservation, NetworkInterface } from '../../../lib/ports.ts';
import { summary } from '../../../lib/report.ts';
import { configOf, environmentOf } from '../invocations.ts';
import { a, addresses, b, c, changed, healthy, host, hostname, instance, port, timings } from '../scene.ts';
import { createWorld, type World, worldWith } from '../world.ts';

/* A name of a and b, which shows one of them at a time, each for longer than a check can count. c was shown once, and is healthy. */

const config = configOf({ DATABASE_KIND: 'hostname', DATABASE_HOSTNAME: host, TARGET_PORT: String(port) });
const environmentWith = (world: World, over = config) => environmentOf(world, over, 56_000);

/** Shows the addresses in turn, each until its TTL is over, behind a cache that counts down. */
function turning(world: World, ttlMs: number, ips: () => readonly string[]): World {
  Object.assign(world.ports, {
    topology: undefined,
    resolver: {
      resolve: async () => {
        const now = world.clock.now();
        const shown = ips();
        return { ...addresses(shown[Math.floor(now / ttlMs) % shown.length] ?? ''), ttlMs: ttlMs - (now % ttlMs) };
      },
    },
  });
  return world;
}

const doctorOf = ({
  checks = [],
}: {
  readonly checks?: readonly { check: string; result: string; detail: string }[];
}) => checks.find(({ check }) => check === 'targets-shown');

describe('a healthy target that no answer of a name has shown', () => {
  const withStranger = () => turning(worldWith(healthy(a), healthy(b), healthy(c)), 30_000, () => [a.ip, b.ip]);

  test('for less than an hour is not known to be a stranger, and the check is in sync', async () => {
    const world = withStranger();
    const environment = environmentWith(world);
    const { report, measurements } = await environment.checks(55);
    expect(report).toMatchObject({ outcome: 'in-sync', stale: expect.arrayContaining([targetKey(c)]) });
    expect(measurements).toContainEqual({ name: 'Success', unit: 'Count', value: 1 });
    expect(doctorOf((await environment.invoke({ action: 'doctor' })).report)).toEqual({
      check: 'targets-shown',
      result: 'not-checked',
      detail: `not shown since this execution environment began to watch the name, which has to be an hour: ${targetKey(c)} (for 55 min)`,
    });
  });

  test('for an hour is drift that does not end, and is named by checks, status and doctor; it stays', async () => {
    const world = withStranger();
    const environment = environmentWith(world);
    const { report, measurements } = await environment.checks(62);
    const detail = `healthy targets that no answer of ${host} has shown: ${targetKey(c)} (for 61 min). They get connections. Find out who registered them, and deregister what is not the database's`;
    expect(report).toMatchObject({ outcome: 'waiting', detail });
    expect(summary(report)).toContain(targetKey(c));
    expect(measurements.map(({ name, value }) => [name, value])).toEqual([
      ['Drift', 1],
      ['Held', 0],
    ]);
    expect((await environment.invoke({ action: 'status' })).report.detail).toContain(`${targetKey(c)} (for 62 min)`);
    expect(doctorOf((await environment.invoke({ action: 'doctor' })).report)).toMatchObject({
      result: 'failed',
      detail: expect.stringContaining(targetKey(c)),
    });
    expect(world.group.live()).toEqual([a, b, c].map(targetKey));
  });

  test('is told beside a policy that never removes, and is no drift there', async () => {
    const environment = environmentWith(withStranger(), {
      ...config,
      policy: { ...config.policy, removeStale: 'never' },
    });
    expect((await environment.checks(62)).report).toMatchObject({
      outcome: 'in-sync',
      detail: expect.stringContaining(targetKey(c)),
    });
  });

  test('is not known to a new environment', async () => {
    const world = withStranger();
    await environmentWith(world).checks(62);
    expect((await environmentWith(world).checks(1)).report.outcome).toBe('in-sync');
  });

  test('is none any more once it is shown again, or has left', async () => {
    let ips = [a.ip, b.ip];
    const world = turning(worldWith(healthy(a), healthy(b), healthy(c)), 30_000, () => ips);
    const environment = environmentWith(world);
    await environment.checks(62);
    ips = [a.ip, b.ip, c.ip];
    expect((await environment.checks(4)).report).toMatchObject({ outcome: 'in-sync' });
    ips = [a.ip, b.ip];
    expect((await environment.checks(50)).report).toMatchObject({ outcome: 'in-sync' });
    world.group.targets.delete(targetKey(c));
    expect(doctorOf((await environment.invoke({ action: 'doctor' })).report)).toEqual({
      check: 'targets-shown',
      result: 'ok',
      detail: 'the name has shown each healthy target within the last hour',
    });
  });

  test('in few answers may be chance: a cache that repeats one counts once', async () => {
    // Five answers in an hour prove nothing about one of three.
    const world = turning(worldWith(healthy(a), healthy(b), healthy(c)), 720_000, () => [a.ip, b.ip]);
    const environment = environmentWith(world, { ...config, policy: { ...config.policy, removeStale: 'never' } });
    expect((await environment.checks(62)).report).not.toHaveProperty('detail');
  });

  test('is not forgotten for a health check that fails for a moment, which it can arrange', async () => {
    const world = withStranger();
    // Elsewhere it is dropped at once.
    const policy = { ...config.policy, removeStale: 'never' as const };
    const environment = environmentWith(world, { ...config, policy });
    await environment.checks(39);
    world.group.put(c, 'unhealthy');
    await environment.checks(1);
    world.group.put(c, 'healthy');
    expect((await environment.checks(22)).report.detail).toContain(targetKey(c));
  });

  test.each<[string, (world: World) => void]>([
    ['left the group', (world) => void world.group.targets.delete(targetKey(c))],
    ['begun to drain', (world) => world.group.put(c, 'draining')],
  ])('is counted anew once it has %s', async (_, leave) => {
    const world = withStranger();
    const environment = environmentWith(world);
    await environment.checks(39);
    leave(world);
    await environment.checks(1);
    world.group.put(c, 'healthy');
    expect((await environment.checks(55)).report.outcome).toBe('in-sync');
    expect((await environment.checks(7)).report.outcome).toBe('waiting');
  });

  test('is found in time though the answer that showed it asked to be kept for weeks', async () => {
    const world = withStranger();
    const truth = world.ports.resolver;
    const poisoned = { ...addresses(c.ip), ttlMs: 21 * 86_400_000 };
    Object.assign(world.ports, {
      resolver: { resolve: async (name: string) => (world.clock.now() < 60_000 ? poisoned : truth.resolve(name)) },
    });
    const environment = environmentWith(world);
    expect((await environment.checks(100)).report).toMatchObject({
      outcome: 'waiting',
      detail: expect.stringContaining(targetKey(c)),
    });
  });

  test('that is not healthy gets no connections, and is not told', async () => {
    const world = turning(worldWith(healthy(a), healthy(b), { ...c, state: 'unhealthy' }), 720_000, () => [a.ip, b.ip]);
    const environment = environmentWith(world);
    await environment.checks(62);
    expect(doctorOf((await environment.invoke({ action: 'doctor' })).report)).toMatchObject({ result: 'ok' });
  });
});

describe('a stranger of a name whose addresses are verified', () => {
  const securityGroups = ['sg-0123456789abcdef0'];
  const verifying = {
    ...config,
    database: { ...config.database, securityGroups },
    policy: { ...config.policy, verifyInterfaces: true },
  };
  const interfaceWith = (groups: readonly string[]) =>
    [{ id: 'eni-1', description: '', securityGroups: groups }] as const satisfies readonly NetworkInterface[];

  async function checked(seen: InterfacesObservation, over = verifying) {
    const world = turning(worldWith(healthy(a), healthy(b), healthy(c)), 30_000, () => [a.ip, b.ip]);
    const asked: string[] = [];
    const find = async (ips: readonly string[]) => {
      asked.push(...ips);
      return seen;
    };
    Object.assign(world.ports, { interfaces: { find } });
    const environment = environmentWith(world, over);
    await environment.checks(61);
    const before = { asked: [...asked], live: world.group.live() };
    const { report } = await environment.checks(1);
    return { before, report, asked, live: world.group.live() };
  }
  const seen = (groups: readonly string[]): InterfacesObservation => ({
    kind: 'seen',
    interfaces: new Map([[c.ip, interfaceWith(groups)]]),
  });

  test('is dropped after the hour, when EC2 shows that it is not the database', async () => {
    const { before, report, asked, live } = await checked(seen(['sg-0fedcba9876543210']));
    expect(before).toEqual({ asked: [], live: [a, b, c].map(targetKey) });
    expect(report).toMatchObject(changed([], [c]));
    expect(asked).toEqual([c.ip]);
    expect(live).toEqual([a, b].map(targetKey));
  });

  test.each<[string, InterfacesObservation]>([
    ["is the database's own", seen(securityGroups)],
    ['is not known', { kind: 'unavailable', message: 'EC2 is throttled' }],
  ])('stays, and is told, where its interface %s; EC2 is asked once in a check', async (_, answer) => {
    const { report, asked, live } = await checked(answer);
    expect(report).toMatchObject({ outcome: 'waiting', detail: expect.stringContaining(targetKey(c)) });
    expect(asked).toEqual([c.ip]);
    expect(live).toEqual([a, b, c].map(targetKey));
  });

  test('stays where nothing is ever removed', async () => {
    const never = { ...verifying, policy: { ...verifying.policy, removeStale: 'never' as const } };
    expect((await checked(seen(['sg-0fedcba9876543210']), never)).live).toEqual([a, b, c].map(targetKey));
  });
});

test('what is remembered stays small, whatever a name shows', async () => {
  const world = createWorld();
  let answers = 0;
  const manyIps = () => Array.from({ length: 50 }, () => `10.0.${(++answers >> 8) & 255}.${answers & 255}`);
  Object.assign(world.ports, {
    topology: undefined,
    resolver: { resolve: async () => ({ ...addresses(...manyIps()), ttlMs: 1 }) },
  });
  const { invoke, memory } = environmentWith(world);
  for (let run = 0; run < 100; run++) await invoke({ action: 'status' });
  expect(answers).toBe(5000);
  expect(memory.shown.at.size).toBeLessThanOrEqual(1050);
});

test('nothing is told without an answer or a read of the group, nor of a database that is no host name', () => {
  const answers = [{ at: 500, addresses: [a.ip] }];
  const observed = { readAt: 0, at: 0, targets: [healthy(a), healthy(b)] };
  const told = (state: object, database = hostname) => {
    const seen = { observations: { ...newObservations(0), answers }, observed, ...state };
    return rememberAnswers(nothingShown(), { database, timings }, seen, 1500);
  };
  expect(told({})).toMatchObject([{ target: b, forMs: 1000, isLong: false }]);
  expect(told({ observations: newObservations(0) })).toBeUndefined();
  expect(told({ observed: undefined })).toBeUndefined();
  expect(told({}, instance)).toBeUndefined();
});

describe('how long c is not shown, and whether chance is ruled out', () => {
  /** A run each time that it is called, with these answers of its minute. */
  function remembering() {
    const shown = nothingShown();
    const targets = [a, b, c].map(healthy);
    return (minute: number, ...runs: readonly (readonly (typeof a)[])[]) => {
      const at = minute * 60_000;
      const answers = runs.map((all, second) => ({ at: at + 1000 * second, addresses: all.map(({ ip }) => ip) }));
      const state = { observations: { ...newObservations(at), answers }, observed: { readAt: at, at, targets } };
      const told = rememberAnswers(shown, { database: hostname, timings }, state, at);
      return told?.find(({ target }) => target.ip === c.ip);
    };
  }
  const minutes = Array.from({ length: 62 }, (_, minute) => minute);
  const last = <T>(all: readonly T[]): T | undefined => all.at(-1);

  test('an answer without a TTL counts for a few seconds', () => {
    const run = remembering();
    const told = minutes.map((minute) => run(minute, [minute % 2 ? a : b]));
    expect(last(told)).toMatchObject({ forMs: 61 * 60_000, isLong: true });
  });

  test('the time begins anew when it is shown', () => {
    const run = remembering();
    const told = [...minutes, 62, 71].map((minute) => run(minute, [minute === 10 ? c : minute % 2 ? a : b]));
    expect(last(told)).toMatchObject({ forMs: 61 * 60_000 });
  });

  test('an answer with more addresses makes no other answer say more', () => {
    const run = remembering();
    const told = minutes.filter((minute) => minute % 5 < 1 || minute === 61).map((minute) => run(minute, [a], [a, b]));
    expect(last(told)).toMatchObject({ forMs: 61 * 60_000, isLong: false });
  });
});
