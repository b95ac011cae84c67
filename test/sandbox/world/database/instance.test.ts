import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { closeRigs, createRig, type Moment } from './rig.ts';

afterEach(closeRigs);

const ENDPOINT = 'orders.c1example.eu-central-1.rds.amazonaws.com';
const seconds = (ms: number) => ms / 1000;
const firstAt = (moments: readonly Moment[]) => moments[0]?.at ?? Number.NaN;

describe('a Multi-AZ instance', () => {
  test('answers at its endpoint with the primary, and its standby cannot be reached', async () => {
    const { database, knock, resolve } = await createRig();
    expect(database.names().endpoint).toBe(ENDPOINT);
    expect(resolve(`${ENDPOINT.toUpperCase()}.`)).toBe('10.0.1.10');
    expect(resolve(ENDPOINT, 'AAAA')).toBe('no-data');
    expect(resolve('other.c1example.eu-central-1.rds.amazonaws.com')).toBe('nxdomain');
    expect(await knock('10.0.1.10')).toBe('orders-host-1 primary');
    expect(await knock('10.0.2.10')).toBe('refused');
  });

  test('moves to the standby in a failover, and the old host comes back unreachable', async () => {
    const { database, during, knock, resolve } = await createRig();
    await during(database.failover({ cause: 'crash' }));
    expect(database.writer()).toMatchObject({ hostId: 'orders-host-2', ip: '10.0.2.10', port: 5432, up: true });
    expect(resolve(ENDPOINT)).toBe('10.0.2.10');
    expect(await knock('10.0.2.10')).toBe('orders-host-2 primary');
    expect(await knock('10.0.1.10')).toBe('refused');
  });

  test('is down until the promotion, and DNS goes on leading to the dead address after it', async () => {
    const { database, during, until, moments, resolve, network } = await createRig();
    const failover = database.failover({ cause: 'crash' });
    await until(() => moments('outage').length > 0);
    expect(database.writer()).toMatchObject({ ip: '10.0.1.10', up: false });
    expect(network.locate('10.0.1.10', 5432)).toBeUndefined();
    await until(() => moments('promoted').length > 0);
    expect(database.writer()).toMatchObject({ ip: '10.0.2.10', up: true });
    expect(network.locate('10.0.2.10', 5432)).toBeDefined();
    expect(resolve(ENDPOINT)).toBe('10.0.1.10');
    await until(() => moments('dns-changed').length > 0);
    expect(resolve(ENDPOINT)).toBe('10.0.2.10');
    await during(failover);
  });

  test('breaks open sessions in the outage', async () => {
    const { database, during, network } = await createRig();
    const socket = connect(network.locate('10.0.1.10', 5432) ?? 0, '127.0.0.1').on('error', () => {});
    socket.write('who?');
    await once(socket, 'data');
    const broken = new Promise((resolve) => socket.once('close', resolve));
    await during(database.failover({ cause: 'crash' }));
    await broken;
  });

  test('keeps to the times that AWS documents', async () => {
    const { database, during, moments, eventAt } = await createRig();
    await during(database.failover({ cause: 'crash' }));
    const promoted = firstAt(moments('promoted'));
    const outage = firstAt(moments('outage'));
    // A step of the test's clock, and the turns that the listeners need, are not AWS's.
    const slack = 1;
    expect(seconds(promoted - outage)).toBeGreaterThanOrEqual(15);
    expect(seconds(promoted - outage)).toBeLessThan(39 + slack);
    expect(seconds(firstAt(moments('dns-changed')) - promoted)).toBeGreaterThanOrEqual(15);
    expect(seconds(firstAt(moments('dns-changed')) - promoted)).toBeLessThan(20 + slack);
    expect(seconds(eventAt('0013') - outage)).toBeLessThan(0.15 + slack);
    expect(seconds(eventAt('0006'))).toBeLessThan(seconds(promoted));
    expect(seconds(eventAt('0049') - promoted)).toBeGreaterThanOrEqual(3);
    expect(seconds(eventAt('0049') - promoted)).toBeLessThan(42 + slack);
    expect(firstAt(moments('rejoined'))).toBeGreaterThan(promoted);
  });

  test('shows its new Availability Zone minutes later, and no operation waits for it', async () => {
    const { database, during, until, moments } = await createRig();
    const zoneOf = () => database.describe().instances[0]?.availabilityZone;
    await during(database.failover({ cause: 'reboot' }));
    const promoted = firstAt(moments('promoted'));
    expect(zoneOf()).toBe('eu-central-1a');
    await until(() => zoneOf() === 'eu-central-1b');
    expect(seconds(firstAt(moments('api-zones-changed')) - promoted)).toBeGreaterThanOrEqual(60);
  });

  test('fails back to the first host', async () => {
    const { database, during, resolve, moments } = await createRig();
    await during(database.failover({ cause: 'crash' }));
    await during(database.failover({ cause: 'reboot' }));
    expect(database.writer().ip).toBe('10.0.1.10');
    expect(resolve(ENDPOINT)).toBe('10.0.1.10');
    expect(moments('promoted').map(({ detail }) => detail.ip)).toEqual(['10.0.2.10', '10.0.1.10']);
  });

  test('moves twice within the lag of DNS, and DNS follows in the same order', async () => {
    const { database, during, until, moments, resolve, timeline } = await createRig({
      timings: { promotion: 1000, rejoin: 0, dnsLag: 60_000 },
    });
    const first = database.failover({ cause: 'crash' });
    await until(() => moments('rejoined').length > 0);
    const second = database.failover({ cause: 'crash' });
    await until(() => moments('promoted').length === 2);
    expect(moments('dns-changed')).toHaveLength(0);
    expect(database.writer().ip).toBe('10.0.1.10');
    await until(() => moments('dns-changed').length === 1);
    expect(resolve(ENDPOINT)).toBe('10.0.2.10');
    await during(Promise.all([first, second]));
    expect(resolve(ENDPOINT)).toBe('10.0.1.10');
    const moves = timeline.filter(({ what }) => what === 'promoted' || what === 'dns-changed').map(({ what }) => what);
    expect(moves).toEqual(['promoted', 'promoted', 'dns-changed', 'dns-changed']);
  });

  test('a second failover asked for during the outage waits for the standby to come back', async () => {
    const { database, during, moments, timeline } = await createRig();
    await during(Promise.all([database.failover({ cause: 'crash' }), database.failover({ cause: 'reboot' })]));
    expect(moments('promoted').map(({ detail }) => detail.hostId)).toEqual(['orders-host-2', 'orders-host-1']);
    const order = timeline.filter(({ what }) => what === 'rejoined' || what === 'outage').map(({ what }) => what);
    expect(order).toEqual(['outage', 'rejoined', 'outage', 'rejoined']);
  });

  test('a crash and a reboot are told by different events', async () => {
    const crash = await createRig();
    await crash.during(crash.database.failover({ cause: 'crash' }));
    const reboot = await createRig();
    await reboot.during(reboot.database.failover({ cause: 'reboot' }));
    expect(crash.events()).toEqual(['0013', '0006', '0015', '0049']);
    expect(reboot.events()).toEqual(['0013', '0006', '0049']);
  });

  test('restarts in place with the address that it has', async () => {
    const { database, during, until, moments, events, resolve, network } = await createRig();
    const restart = database.restart();
    await until(() => moments('outage').length > 0);
    expect(network.locate('10.0.1.10', 5432)).toBeUndefined();
    await until(() => database.describe().instances[0]?.status === 'rebooting');
    await during(restart);
    expect(database.describe().instances[0]?.status).toBe('available');
    expect(database.writer()).toMatchObject({ ip: '10.0.1.10', up: true });
    expect(resolve(ENDPOINT)).toBe('10.0.1.10');
    expect(events()).toEqual(['0004', '0006']);
  });

  test('comes back under a new address when its host is replaced', async () => {
    const { database, during, knock, resolve, events } = await createRig();
    await during(database.replaceHost());
    expect(database.writer()).toMatchObject({ hostId: 'orders-host-1', ip: '10.0.1.11' });
    expect(resolve(ENDPOINT)).toBe('10.0.1.11');
    expect(await knock('10.0.1.11')).toBe('orders-host-1 primary');
    expect(await knock('10.0.1.10')).toBe('refused');
    expect(events()).toEqual(['0422', '0006']);
  });

  test('listens on another port after a change of the port, without an event', async () => {
    const { database, during, knock, events } = await createRig();
    await during(database.modifyPort(6432));
    expect(await knock('10.0.1.10', 6432)).toBe('orders-host-1 primary');
    expect(await knock('10.0.1.10', 5432)).toBe('refused');
    expect(database.describe().instances[0]?.endpoint?.port).toBe(6432);
    expect(events()).toEqual([]);
  });

  test('changes the name of its endpoint when it is renamed, without an event', async () => {
    const { database, during, resolve, events } = await createRig();
    await during(database.renameMember('orders', 'orders2'));
    expect(database.names().endpoint).toBe(ENDPOINT.replace('orders', 'orders2'));
    expect(resolve(ENDPOINT)).toBe('nxdomain');
    expect(resolve(database.names().endpoint)).toBe('10.0.1.10');
    expect(events()).toEqual([]);
  });

  test('keeps its name in a switchover, on another instance, while the old one goes on under its old address', async () => {
    const { database, during, knock, resolve, events } = await createRig({ spares: 2 });
    const before = database.describe().instances[0];
    await during(database.switchover());
    const after = database.describe().instances;
    expect(resolve(ENDPOINT)).toBe(database.writer().ip);
    expect(database.writer()).toMatchObject({ hostId: 'orders-host-3', ip: '10.0.3.10' });
    expect(await knock('10.0.3.10')).toBe('orders-host-3 primary');
    expect(await knock('10.0.1.10')).toBe('orders-host-1 standby');
    expect(after.map(({ id }) => id)).toEqual(['orders', 'orders-old1']);
    expect(after[0]?.resourceId).not.toBe(before?.resourceId);
    expect(after[1]?.resourceId).toBe(before?.resourceId);
    expect(events()).toEqual(['0247', '0250', '0251', '0248']);
  });

  test('can be switched over again and again, on the hosts of the side before', async () => {
    const { database, during, knock } = await createRig({ spares: 2 });
    for (let round = 0; round < 3; round += 1) await during(database.switchover());
    expect(await knock(database.writer().ip)).toBe(`${database.writer().hostId} primary`);
    await during(database.failover({ cause: 'crash' }));
    expect(await knock(database.writer().ip)).toBe(`${database.writer().hostId} primary`);
  });

  test('has nothing to fail over to without a standby', async () => {
    const { database, during } = await createRig({ multiAz: false });
    await expect(during(database.failover({ cause: 'crash' }))).rejects.toThrow('nothing to fail over to');
  });

  test('answers AAAA when it has IPv6 addresses, and is reachable there', async () => {
    const { knock, resolve } = await createRig({ ipv6: true });
    expect(resolve(ENDPOINT, 'AAAA')).toBe('2001:db8:0:1::a');
    expect(await knock('2001:db8:0:1::a')).toBe('orders-host-1 primary');
  });

  test('closes in the middle of a failover and leaves nothing attached', async () => {
    const { database, until, moments, network } = await createRig();
    const failover = database.failover({ cause: 'crash' });
    await until(() => moments('outage').length > 0);
    await database.close();
    await failover;
    expect(moments('promoted')).toHaveLength(0);
    expect(['10.0.1.10', '10.0.2.10'].map((ip) => network.locate(ip, 5432))).toEqual([undefined, undefined]);
  });
});
