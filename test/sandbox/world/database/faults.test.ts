import { afterEach, describe, expect, test } from 'vitest';
import { deleted, noWriter, twoWriters, writerWithoutEndpoint } from '../../../../sandbox/world/database/view.ts';
import { closeRigs, createRig } from './rig.ts';

afterEach(closeRigs);

const DOMAIN = 'c1example.eu-central-1.rds.amazonaws.com';
const WRITER = `orders.cluster-${DOMAIN}`;
const cluster = (options: Parameters<typeof createRig>[0] = {}) => createRig({ kind: 'cluster', ...options });

describe('DNS', () => {
  test('answers for one name in any way that a test wants, and rightly again after it', async () => {
    const { database, resolve } = await cluster();
    database.dns.override(WRITER, { kind: 'servfail' });
    expect([resolve(WRITER), resolve(`orders-1.${DOMAIN}`)]).toEqual(['servfail', '10.0.1.10']);
    database.dns.override(WRITER, undefined);
    expect(resolve(WRITER)).toBe('10.0.1.10');
  });

  test('answers for all names of the database in one way, and for no others', async () => {
    const { database, resolve } = await cluster();
    database.dns.override('all', { kind: 'silence' });
    expect([resolve(WRITER), resolve(`orders-2.${DOMAIN}`)]).toEqual(['silence', 'silence']);
    expect(resolve(`other.${DOMAIN}`)).toBe('nxdomain');
  });

  test('flaps between old and new after a failover for as long as the pace says, and operations wait for its end', async () => {
    const { database, during, until, moments, resolve } = await cluster({ timings: { dnsFlap: 25_000 } });
    const failover = database.failover({ cause: 'crash' });
    await until(() => moments('dns-changed').some(({ detail }) => String(detail.names).includes(WRITER)));
    const answers = Array.from({ length: 6 }, () => resolve(WRITER));
    expect(answers).toEqual(['10.0.1.10', '10.0.2.10', '10.0.1.10', '10.0.2.10', '10.0.1.10', '10.0.2.10']);
    await during(failover);
    expect(moments('dns-settled').length).toBeGreaterThan(0);
    expect(Array.from({ length: 4 }, () => resolve(WRITER))).toEqual(Array(4).fill('10.0.2.10'));
  });

  test('flaps when a test asks for it', async () => {
    const { database, during, clock, until, resolve } = await cluster();
    await during(database.failover({ cause: 'crash' }));
    const end = clock.elapsed() + 10_000;
    database.dns.flap(10_000);
    expect([resolve(WRITER), resolve(WRITER)]).toEqual(['10.0.1.10', '10.0.2.10']);
    await until(() => clock.elapsed() > end);
    expect([resolve(WRITER), resolve(WRITER)]).toEqual(['10.0.2.10', '10.0.2.10']);
  });

  test('knows no name but its own', async () => {
    const { zone } = (await createRig({ id: 'users', firstAddress: 50 })).database;
    expect(zone(`users.${DOMAIN}`, 'A')).toEqual({ kind: 'records', a: ['10.0.1.50'] });
    expect(zone(`orders.${DOMAIN}`, 'A')).toEqual({ kind: 'nxdomain' });
  });
});

describe('the API view', () => {
  const writers = ({ database }: Awaited<ReturnType<typeof cluster>>) =>
    database
      .describe()
      .instances.filter(({ isWriter }) => isWriter)
      .map(({ id }) => id);

  test('stands still while it is frozen, and operations do not wait for it', async () => {
    const rig = await cluster();
    rig.database.freezeApiView();
    await rig.during(rig.database.failover({ cause: 'crash' }));
    expect(writers(rig)).toEqual(['orders-1']);
    rig.database.thawApiView();
    expect(writers(rig)).toEqual(['orders-2']);
  });

  test('lags by minutes when it is told to', async () => {
    const rig = await cluster();
    rig.database.setApiLag(300_000);
    await rig.during(rig.database.failover({ cause: 'crash' }));
    const at = (what: string) => rig.moments(what)[0]?.at ?? Number.NaN;
    expect(at('api-changed') - at('promoted')).toBeGreaterThanOrEqual(300_000);
    expect(at('dns-changed')).toBeLessThan(at('api-changed'));
  });

  test('shows a cluster that is failing over, before it shows the new writer', async () => {
    const rig = await cluster();
    const failover = rig.database.failover({ cause: 'crash' });
    await rig.until(() => rig.database.describe().cluster?.status === 'failing-over');
    expect(writers(rig)).toEqual(['orders-1']);
    await rig.during(failover);
    expect(rig.database.describe().cluster?.status).toBe('available');
  });

  test('can be bent: no writer, two writers, a writer without an endpoint, nothing at all', async () => {
    const rig = await cluster();
    rig.database.overrideApiView(noWriter);
    expect(writers(rig)).toEqual([]);
    rig.database.overrideApiView(twoWriters);
    expect(writers(rig)).toEqual(['orders-1', 'orders-2']);
    rig.database.overrideApiView(writerWithoutEndpoint);
    const [writer, reader] = rig.database.describe().instances;
    expect([writer?.endpoint, reader?.endpoint?.address]).toEqual([undefined, `orders-2.${DOMAIN}`]);
    rig.database.overrideApiView(deleted);
    expect(rig.database.describe()).toEqual({ instances: [] });
    rig.database.overrideApiView(undefined);
    expect(writers(rig)).toEqual(['orders-1']);
  });
});

test('a change with a short lag does not overtake one with a long lag', async () => {
  const rig = await cluster();
  rig.database.setApiLag(200_000);
  await rig.until(() => rig.clock.elapsed() > 0);
  const renamed = rig.database.renameMember('orders-2', 'reports');
  await rig.until(() => rig.moments('member-renamed').length === 1);
  rig.database.setApiLag(0);
  const again = rig.database.renameMember('reports', 'archive');
  await rig.during(Promise.all([renamed, again]));
  const [first, second] = rig.moments('api-changed').map(({ at }) => at);
  expect(first).toBeGreaterThanOrEqual(200_000);
  expect(second).toBeGreaterThanOrEqual(first ?? 0);
  expect(rig.database.describe().instances.map(({ id }) => id)).toEqual(['orders-1', 'archive']);
});

test.each([
  [false, 'refuses connections'],
  [true, 'says nothing at all'],
])('a host that dies (silently: %j) %s until it is back as a standby, which refuses them', async (silentDeaths) => {
  const { database, network, during, until, moments } = await createRig({ silentDeaths });
  const { ip, port } = database.writer();
  const failover = database.failover({ cause: 'crash' });
  await until(() => moments('promoted').length > 0);
  expect([network.locate(ip, port), network.isSilent(ip, port)]).toEqual([undefined, silentDeaths]);
  await during(failover);
  expect([network.locate(ip, port), network.isSilent(ip, port)]).toEqual([undefined, false]);
});
