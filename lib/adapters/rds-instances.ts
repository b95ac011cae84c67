import { type DBInstance, DescribeDBInstancesCommand, type RDSClient } from '@aws-sdk/client-rds';
import type { Database } from '../domain.ts';
import { asked, isSameId } from './asked.ts';

/** The instance, or every member of the cluster; nothing else that the answer holds. */
export async function instancesOf(
  client: RDSClient,
  { kind, id = '' }: Database,
  abortSignal?: AbortSignal,
): Promise<readonly DBInstance[]> {
  const isCluster = kind === 'cluster';
  const which = isCluster ? { Filters: [{ Name: 'db-cluster-id', Values: [id] }] } : { DBInstanceIdentifier: id };
  const { DBInstances: found = [] } = await client.send(new DescribeDBInstancesCommand(which), { abortSignal });
  if (isCluster) return found.filter(({ DBClusterIdentifier: own }) => own === undefined || isSameId(own, id));
  const one = asked('DescribeDBInstances', found, id, ({ DBInstanceIdentifier }) => DBInstanceIdentifier);
  return one ? [one] : [];
}
