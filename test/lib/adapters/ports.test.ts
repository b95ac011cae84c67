import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createGroupPorts, createPorts } from '../../../lib/adapters/ports.ts';
import { createDnsServer } from '../../../sandbox/data-plane/dns/dns-server.ts';
import { createJournal } from '../../../sandbox/world/journal.ts';
import { configOf } from '../invocations.ts';
import { mocked, region } from './mocks.ts';

const rds = mocked(RDSClient);
const elbv2 = mocked(ElasticLoadBalancingV2Client);
const clients = { elbv2: () => new ElasticLoadBalancingV2Client(region), rds: () => new RDSClient(region) };
const member = { ip: '127.0.0.1', port: 1, host: 'orders.c1example.eu-central-1.rds.amazonaws.com' };

test.each([
  ['without a probe', configOf()],
  [
    'for a host name',
    configOf({ DATABASE_KIND: 'hostname', DATABASE_HOSTNAME: 'db.example.com', TARGET_PORT: '5432' }),
  ],
])('%s no member is asked', (_, config) => {
  const { prober, topology } = createPorts(clients, config);
  expect(prober).toBeUndefined();
  expect(topology !== undefined).toBe(config.database.kind !== 'hostname');
});

test('DNS is asked at the servers of the configuration, for the addresses that the group takes', async () => {
  const aaaa = { kind: 'records', aaaa: ['fd00::1'] } as const;
  const server = await createDnsServer({ zone: () => aaaa, journal: createJournal() });
  onTestFinished(() => server.close());
  elbv2.on(DescribeTargetHealthCommand).resolves({
    TargetHealthDescriptions: [{ Target: { Id: 'fd00::2', Port: 5432 }, TargetHealth: { State: 'healthy' } }],
  });
  const { targetGroupArn } = configOf();
  const { resolver } = createGroupPorts(clients, { targetGroupArn, dnsServers: [server.address] });
  expect(await resolver.resolve('db.example.com')).toMatchObject({ kind: 'addresses', addresses: ['fd00::1'] });
  expect(server.queries().map(({ type }) => type)).toEqual(['AAAA']);
});

test('events about a cluster make one attempt at the API, through a client that is made when there is a question', async () => {
  let made = 0;
  const rdsOnce = () => {
    made += 1;
    return new RDSClient(region);
  };
  expect(createPorts({ ...clients, rdsOnce }, configOf()).topologyOnce).toBeUndefined();
  const cluster = configOf({ DATABASE_KIND: 'cluster' });
  expect(createPorts(clients, cluster).topologyOnce).toBeUndefined();
  const { topologyOnce } = createPorts({ ...clients, rdsOnce }, cluster);
  expect(made).toBe(0);
  rds.rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
  for (const _ of [1, 2])
    expect(await topologyOnce?.describe()).toMatchObject({ kind: 'unavailable', error: { code: 'AccessDenied' } });
  expect(made).toBe(1);
});

test('EC2 is asked whose an address is where the configuration wants it', () => {
  const standby = { WARM_STANDBY: 'true', WARM_SECURITY_GROUP: 'sg-0123456789abcdef0' };
  expect(createPorts(clients, configOf()).interfaces).toBeUndefined();
  for (const wanted of [{ VERIFY_INTERFACES: 'true' }, standby])
    expect(createPorts(clients, configOf(wanted)).interfaces).toBeDefined();
});

test('the members are asked as the engine wants it that the RDS API has said last', async () => {
  const { topology, prober } = createPorts(clients, configOf({ PROBE: 'iam' }));
  const said = async (Engine?: string) => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ DBInstanceIdentifier: 'orders', Engine }] });
    await topology?.describe();
    return prober?.ask(member);
  };
  expect(await prober?.ask(member)).toMatchObject({ why: expect.stringMatching(/has not said yet/) });
  const oracle = { kind: 'unknown', why: expect.stringMatching(/^oracle-ee does not tell a login/) };
  expect(await said('oracle-ee')).toEqual(oracle);
  expect(await said()).toEqual(oracle);
  // Nothing is sent without root certificates, which a deployment brings.
  const unverified = { why: expect.stringMatching(/^rds-roots.pem is missing/) };
  // The driver is loaded within the time of a question, or for the next one.
  await vi.waitFor(async () => expect(await said('mariadb')).toMatchObject(unverified), { timeout: 20_000 });
  prober?.close();
});
