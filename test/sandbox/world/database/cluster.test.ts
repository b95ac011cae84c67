import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { closeRigs, createRig } from './rig.ts';

afterEach(closeRigs);

const DOMAIN = 'c1example.eu-central-1.rds.amazonaws.com';
const WRITER = `orders.cluster-${DOMAIN}`;
const READER = `orders.cluster-ro-${DOMAIN}`;
const member = (number: number) => `orders-${number}.${DOMAIN}`;

const cluster = (options: Parameters<typeof createRig>[0] = {}) => createRig({ kind: 'cluster', ...options });
const writers = (rig: Awaited<ReturnType<typeof cluster>>) =>
  rig.database
    .describe()
    .instances.filter(({ isWriter }) => isWriter)
    .map(({ id }) => id);

describe('an Aurora cluster', () => {
  test('has a writer and readers that all accept connections, each under its own endpoint', async () => {
    const { knock, resolve } = await cluster({ readers: 2 });
    expect([1, 2, 3].map((number) => resolve(member(number)))).toEqual(['10.0.1.10', '10.0.2.10', '10.0.3.10']);
    expect(await knock('10.0.1.10')).toBe('orders-host-1 primary');
    expect(await knock('10.0.2.10')).toBe('orders-host-2 standby');
    expect(await knock('10.0.3.10')).toBe('orders-host-3 standby');
  });

  test('answers for the cluster through an alias of the writer, and for AAAA with the alias alone', async () => {
    const { database } = await cluster();
    expect(database.zone(WRITER, 'A')).toEqual({ kind: 'records', cnames: [member(1)], a: ['10.0.1.10'] });
    expect(database.zone(WRITER, 'AAAA')).toEqual({ kind: 'cname-only', cnames: [member(1)] });
    expect(database.zone(member(1), 'AAAA')).toEqual({ kind: 'no-data' });
  });

  test('spreads the reader endpoint over the readers, and leads to the writer when there is none', async () => {
    const many = await cluster({ readers: 2 });
    const answers = new Set(Array.from({ length: 40 }, () => many.resolve(READER)));
    expect([...answers].sort()).toEqual(['10.0.2.10', '10.0.3.10']);
    const none = await cluster({ readers: 0 });
    expect(none.resolve(READER)).toBe('10.0.1.10');
  });

  test('promotes a reader, and the ex-writer is away and comes back as a reader with its address', async () => {
    const rig = await cluster();
    const { database, during, until, moments, knock, resolve, network } = rig;
    const failover = database.failover({ cause: 'failover' });
    await until(() => moments('promoted').length > 0);
    expect(network.locate('10.0.1.10', 5432)).toBeUndefined();
    expect(await knock('10.0.2.10')).toBe('orders-host-2 primary');
    expect(resolve(WRITER)).toBe('10.0.1.10');
    await during(failover);
    expect(await knock('10.0.1.10')).toBe('orders-host-1 standby');
    expect([resolve(WRITER), resolve(READER)]).toEqual(['10.0.2.10', '10.0.1.10']);
    expect(writers(rig)).toEqual(['orders-2']);
    expect(resolve(member(1))).toBe('10.0.1.10');
  });

  test('promotes the member that is asked for', async () => {
    const rig = await cluster({ readers: 2 });
    await rig.during(rig.database.failover({ cause: 'failover', target: 'orders-3' }));
    expect(rig.database.writer()).toMatchObject({ memberId: 'orders-3', ip: '10.0.3.10' });
    expect(writers(rig)).toEqual(['orders-3']);
  });

  test('tells a failover across zones with its own events, in their order', async () => {
    const { database, during, events, timeline } = await cluster();
    await during(database.failover({ cause: 'failover' }));
    // One topology event for the writer's endpoint, one when the reader is back.
    expect(events().sort()).toEqual(['0004', '0006', '0006', '0071', '0073', '0385', '0385'].sort());
    const at = (id: string) => timeline.findIndex(({ detail }) => detail.eventId === `RDS-EVENT-${id}`);
    const promoted = timeline.findIndex(({ what }) => what === 'promoted');
    expect(at('0073')).toBeLessThan(at('0006'));
    expect(at('0006')).toBeLessThan(promoted);
    expect(promoted).toBeLessThan(at('0071'));
    const [started] = database.events().filter(({ detail }) => detail.EventID === 'RDS-EVENT-0073');
    expect(started?.resources).toEqual([database.arn]);
    expect(String(started?.detail.Message)).toContain('orders-2');
  });

  test('tells a failover within one zone with another event', async () => {
    const { database, during, events } = await cluster({ availabilityZones: ['a'] });
    await during(database.failover({ cause: 'crash' }));
    expect(events()).toContain('0072');
    expect(events()).not.toContain('0073');
  });

  test('fails over to a third member while the first is still away', async () => {
    const { database, during, until, moments } = await cluster({ readers: 2, timings: { rejoin: 600_000 } });
    const first = database.failover({ cause: 'crash' });
    await until(() => moments('promoted').length === 1);
    const second = database.failover({ cause: 'crash' });
    await until(() => moments('promoted').length === 2);
    expect(moments('rejoined')).toHaveLength(0);
    expect(database.writer().memberId).toBe('orders-3');
    await during(Promise.all([first, second]));
    expect(moments('rejoined').map(({ detail }) => detail.member)).toEqual(['orders-1', 'orders-2']);
  });

  test('gains and loses readers', async () => {
    const { database, during, resolve, knock, events } = await cluster({ spares: 1 });
    expect(await during(database.addMember())).toBe('orders-3');
    expect(resolve(member(3))).toBe('10.0.3.10');
    expect(await knock('10.0.3.10')).toBe('orders-host-3 standby');
    await during(database.removeMember('orders-2'));
    expect(resolve(member(2))).toBe('nxdomain');
    expect(resolve(READER)).toBe('10.0.3.10');
    expect(await knock('10.0.2.10')).toBe('refused');
    expect(database.describe().instances.map(({ id }) => id)).toEqual(['orders-1', 'orders-3']);
    expect(events()).toEqual(['0005', '0385', '0003', '0385']);
    expect(await during(database.addMember('orders-9'))).toBe('orders-9');
    expect(await knock('10.0.2.11')).toBe('orders-host-2 standby');
  });

  test('renames a member, and its endpoint with it', async () => {
    const { database, during, resolve } = await cluster();
    await during(database.renameMember('orders-2', 'reports'));
    expect(resolve(member(2))).toBe('nxdomain');
    expect(resolve(`reports.${DOMAIN}`)).toBe('10.0.2.10');
    await during(database.failover({ cause: 'failover', target: 'reports' }));
    expect(database.writer().memberId).toBe('reports');
  });

  test('moves every endpoint to the green side in a switchover, and blue readers go on', async () => {
    const rig = await cluster({ spares: 2 });
    const { database, during, knock, resolve, events } = rig;
    await during(database.switchover());
    expect([resolve(WRITER), resolve(READER)]).toEqual(['10.0.3.10', '10.0.1.11']);
    expect(writers(rig)).toEqual(['orders-1']);
    expect(await knock('10.0.1.10')).toBe('orders-host-1 standby');
    expect(await knock('10.0.2.10')).toBe('orders-host-2 standby');
    expect(events().filter((id) => id !== '0385')).toEqual(['0247', '0259', '0260', '0248']);
  });

  test('agrees with itself in every view after any course of failovers', async () => {
    const step = fc.record({ target: fc.constantFrom(1, 2, 3), gapMs: fc.integer({ min: 0, max: 90_000 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), fc.boolean(), async (steps, flap) => {
        const rig = await cluster({ readers: 2, timings: flap ? { dnsFlap: [20_000, 30_000] } : {} });
        const { database, clock, until, during, moments } = rig;
        const all: Promise<void>[] = [];
        for (const { gapMs } of steps) {
          const at = clock.elapsed() + gapMs;
          all.push(database.failover({ cause: 'crash' }));
          await until(() => clock.elapsed() >= at);
        }
        await during(Promise.all(all));
        const { memberId, ip, up } = database.writer();
        expect(up).toBe(true);
        expect(moments('promoted')).toHaveLength(steps.length);
        expect(rig.resolve(WRITER)).toBe(ip);
        expect(writers(rig)).toEqual([memberId]);
        expect(await rig.knock(ip)).toMatch(/ primary$/);
        await database.close();
      }),
      { numRuns: 15, seed: 7 },
    );
  });
});
