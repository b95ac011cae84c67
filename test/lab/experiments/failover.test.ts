import { DescribeDBInstancesCommand, RDSClient, RebootDBInstanceCommand } from '@aws-sdk/client-rds';
import { expect, test } from 'vitest';
import { createClients } from '../../../cli/access/clients.ts';
import { failOver } from '../../../lab/experiments/failover.ts';
import { mocked } from '../../lib/adapters/mocks.ts';
import { labOf } from '../rig.ts';

const rds = mocked(RDSClient);

const named = (name: string) => Object.assign(new Error('Instance lab-instance is not in available state.'), { name });
const request = () => {
  const clients = createClients({ region: 'eu-central-1' });
  return failOver(labOf({ speed: 1000, clients: () => clients }), 'instance', AbortSignal.timeout(10_000));
};

test('a failover that comes before the database is really available is requested again', async () => {
  rds
    .on(DescribeDBInstancesCommand)
    .resolves({ DBInstances: [{ DBInstanceIdentifier: 'lab-instance', DBInstanceStatus: 'available' }] });
  rds.on(RebootDBInstanceCommand).rejectsOnce(named('InvalidDBInstanceStateFault')).resolves({});
  const before = Date.now();
  expect(await request()).toBeGreaterThanOrEqual(before);
  expect(rds.commandCalls(RebootDBInstanceCommand)).toHaveLength(2);
});

test('a failover that AWS refuses for another reason is not', async () => {
  rds
    .on(DescribeDBInstancesCommand)
    .resolves({ DBInstances: [{ DBInstanceIdentifier: 'lab-instance', DBInstanceStatus: 'available' }] });
  rds.on(RebootDBInstanceCommand).rejects(named('AccessDenied'));
  await expect(request()).rejects.toThrow(/rds:RebootDBInstance failed/);
  expect(rds.commandCalls(RebootDBInstanceCommand)).toHaveLength(1);
});
