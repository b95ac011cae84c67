import { describe, expect, test } from 'vitest';
import { follow, get, type Service } from './hostname-rig.ts';
import { eventually, live, watchGroup } from './rig.ts';

const keys = (port: number, ips: readonly string[]) => ips.map((ip) => `${ip}:${port}`).sort();
const group = ({ sandbox }: Service) => live(sandbox).sort();
const stateOf = ({ sandbox }: Service, ip: string) =>
  sandbox.targetGroup.targets().find((target) => target.ip === ip)?.state;

/** The addresses that were unhealthy at any time from now on. */
function unhealthyEver({ sandbox }: Service): ReadonlySet<string> {
  const ips = new Set<string>();
  sandbox.targetGroup.onChange(({ ip, to }) => void (to === 'unhealthy' && ips.add(ip)));
  return ips;
}

const becomes = (service: Service, ip: string, state: string) =>
  eventually(() => expect(stateOf(service, ip), ip).toBe(state));

/** Checks until the condition holds, so many times at most; gives whether it did. */
async function checksUntil({ check }: Service, times: number, condition: () => boolean): Promise<boolean> {
  for (let i = 0; i < times && !condition(); i++) await check();
  return condition();
}

describe('an RDS Proxy with 12 addresses, 8 of them in each answer', () => {
  const port = 5432;
  const twelve = Array.from({ length: 12 }, (_, i) => `10.0.${1 + (i % 3)}.${20 + i}`);
  const name = 'orders.proxy-example.eu-central-1.rds.amazonaws.com';

  test('has all of them registered, keeps each that lives, and loses the one that is gone, never below one', async () => {
    const service = await follow(name, port, twelve, 8);
    expect(await checksUntil(service, 10, () => live(service.sandbox).length === 12)).toBe(true);
    expect(group(service)).toEqual(keys(port, twelve));
    for (const ip of twelve) await becomes(service, ip, 'healthy');

    const fewest = watchGroup(service.sandbox);
    const ailing = unhealthyEver(service);
    for (let i = 0; i < 4; i++) await service.check();
    // On a machine that pauses, a probe may fail; no target whose probes all succeeded may have left.
    expect(twelve.filter((ip) => !ailing.has(ip) && stateOf(service, ip) !== 'healthy')).toEqual([]);

    const [gone = '', ...rest] = twelve;
    service.point(rest);
    await service.end(gone);
    await becomes(service, gone, 'unhealthy');
    expect(await checksUntil(service, 10, () => group(service).join() === keys(port, rest).join())).toBe(true);
    expect(fewest()).toBeGreaterThanOrEqual(1);
  });

  test('that stops answering altogether keeps what is registered', async () => {
    const service = await follow(name, port, twelve, 8);
    await service.check();
    const before = group(service);
    service.point([]);
    expect(await service.check()).toMatchObject({ outcome: 'held', reason: 'AddressUnknown' });
    expect(group(service)).toEqual(before);
  });
});

const first = '10.0.1.30';
const second = '10.0.2.31';

describe.each([
  ['a Redshift cluster', 'analytics.example.eu-central-1.redshift.amazonaws.com', 5439],
  ['an HTTP server on EC2', 'web.corp.example.com', 8080],
])('%s', (_, name, port) => {
  test('that moves is followed: the new address serves before the old one leaves', async () => {
    const service = await follow(name, port, [first]);
    await service.check();
    await becomes(service, first, 'healthy');
    expect(await get(service.sandbox)).toBe(first);

    const fewest = watchGroup(service.sandbox);
    await service.boot(second);
    service.point([second]);
    await service.end(first);
    expect((await service.check()).registered).toEqual(keys(port, [second]));
    await becomes(service, second, 'healthy');
    expect(await checksUntil(service, 5, () => group(service).join() === `${second}:${port}`)).toBe(true);
    expect(fewest()).toBe(1);
    expect(await get(service.sandbox)).toBe(second);
  });
});

describe('an ElastiCache primary endpoint', () => {
  const port = 6379;

  test('leads to the new primary only, although the former one goes on as a healthy replica', async () => {
    const service = await follow('sessions.example.ng.0001.euc1.cache.amazonaws.com', port, [first]);
    await service.boot(second);
    await service.check();
    await becomes(service, first, 'healthy');

    const ailing = unhealthyEver(service);
    service.point([second]);
    await service.check();
    await becomes(service, second, 'healthy');
    expect(await checksUntil(service, 5, () => group(service).join() === `${second}:${port}`)).toBe(true);
    expect(ailing.has(first)).toBe(false);
  });
});
