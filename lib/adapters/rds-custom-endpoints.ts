import { type DBClusterEndpoint, paginateDescribeDBClusterEndpoints, type RDSClient } from '@aws-sdk/client-rds';
import { noAnswer } from '../errors.ts';
import type { CustomEndpoint } from '../nature.ts';
import { fewPages, isSameId } from './asked.ts';

/** All of the cluster's, its own endpoints left out: by these an operator sees which identifier was meant. */
export async function listCustomEndpoints(
  client: RDSClient,
  id: string,
  abortSignal?: AbortSignal,
): Promise<CustomEndpoint[]> {
  const found: CustomEndpoint[] = [];
  const pages = paginateDescribeDBClusterEndpoints(
    { client, pageSize: 100 },
    { DBClusterIdentifier: id },
    { abortSignal },
  );
  for await (const { DBClusterEndpoints } of fewPages('DescribeDBClusterEndpoints', pages)) {
    if (!DBClusterEndpoints) throw noAnswer('DescribeDBClusterEndpoints gave no list of endpoints');
    found.push(
      ...DBClusterEndpoints.filter((one) => isSameId(one.DBClusterIdentifier ?? id, id)).flatMap(customEndpoint),
    );
  }
  return found;
}

const lowerCase = (names: readonly string[] = []): string[] => names.map((name) => name.toLowerCase());

function customEndpoint(endpoint: DBClusterEndpoint): CustomEndpoint[] {
  if (endpoint.EndpointType !== 'CUSTOM') return [];
  const { DBClusterEndpointIdentifier: name, CustomEndpointType: type, Status: status } = endpoint;
  if (!name || !status || (type !== 'READER' && type !== 'WRITER' && type !== 'ANY'))
    throw noAnswer(`DescribeDBClusterEndpoints gave a custom endpoint (${name}) of type ${type} and status ${status}`);
  const { StaticMembers, ExcludedMembers } = endpoint;
  return [
    { id: name.toLowerCase(), type, status, members: lowerCase(StaticMembers), excluded: lowerCase(ExcludedMembers) },
  ];
}
