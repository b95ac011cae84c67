import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { expect, test } from 'vitest';
import { createPorts } from '../../../lib/adapters/ports.ts';
import { configOf } from '../invocations.ts';
import { mocked, region } from './mocks.ts';

const rds = mocked(RDSClient);
const clients = { elbv2: () => new ElasticLoadBalancingV2Client(region), rds: () => new RDSClient(region) };
const member = { ip: '127.0.0.1', port: 1, host: 'orders.c1example.eu-central-1.rds.amazonaws.com' };

test.each([
  ['without a probe', configOf()],
  [
    'for a host name',
    configOf({ DATABASE_KIND: 'hostname', DATABASE_HOSTNAME: 'db.example.com', TARGET_PORT: '5432' }),
  ],
])('%s no member is asked', (_, config) => {
  expect(createPorts(clients, config).prober).toBeUndefined();
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
  expect(await said('mariadb')).toMatchObject({ why: expect.stringMatching(/^rds-roots.pem is missing/) });
  prober?.close();
});
