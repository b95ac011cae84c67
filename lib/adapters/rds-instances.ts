import { type DBInstance, DescribeDBInstancesCommand, type RDSClient } from '@aws-sdk/client-rds';
import type { Database } from '../domain.ts';
import { asked, isSameId, listOf } from './asked.ts';

/** The instance, or every member of the cluster; nothing else that the answer holds. */
export async function instancesOf(
  client: RDSClient,
  { kind, id = '' }: Database,
  abortSignal?: AbortSignal,
): Promise<readonly DBInstance[]> {
  const isCluster = kind === 'cluster';
  const which = isCluster ? { Filters: [{ Name: 'db-cluster-id', Values: [id] }] } : { DBInstanceIdentifier: id };
  const { DBInstances } = await client.send(new DescribeDBInstancesCommand(which), { abortSignal });
  const found = listOf('DescribeDBInstances', DBInstances);
  if (isCluster) return found.filter(({ DBClusterIdentifier: own }) => own === undefined || isSameId(own, id));
  const one = asked('DescribeDBInstances', found, id, ({ DBInstanceIdentifier }) => DBInstanceIdentifier);
  return one ? [one] : [];
}
