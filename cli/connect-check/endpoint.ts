import {
  DescribeVpcEndpointAssociationsCommand,
  DescribeVpcEndpointsCommand,
  EC2Client,
  type VpcEndpoint,
  type VpcEndpointAssociation,
} from '@aws-sdk/client-ec2';
import { asked } from '../../lib/adapters/asked.ts';
import { awsError } from '../access/aws-errors.ts';
import { type Access, clientSettings } from '../access/clients.ts';
import { CliError } from '../terminal/errors.ts';
import type { Endpoint, Resolution } from './types.ts';

/** Reads the endpoint with the consumer's credentials, and what its own names resolve to. */
export async function readEndpoint(
  id: string,
  access: Access,
  resolve: (host: string) => Promise<Resolution>,
): Promise<Endpoint> {
  const endpoint = await describe(id, access);
  // All names of an interface endpoint lead to its interfaces; a resource endpoint has a name for each database endpoint behind it.
  const own = endpoint.kind === 'resource' ? endpoint.dnsNames : endpoint.dnsNames.slice(0, 1);
  const resolutions = await Promise.all(own.map(resolve));
  const addresses = resolutions.flatMap((one) => (one.kind === 'addresses' ? one.addresses : []));
  return addresses.length > 0 ? { ...endpoint, addresses } : endpoint;
}

async function describe(id: string, access: Access): Promise<Endpoint> {
  const client = new EC2Client(clientSettings(access));
  let action = 'ec2:DescribeVpcEndpoints';
  const next =
    'check the id, and that --region and --profile name where the endpoint is (the consumer, not the provider)';
  try {
    const { VpcEndpoints } = await client.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] }));
    const found = asked('DescribeVpcEndpoints', VpcEndpoints ?? [], id, (one) => one.VpcEndpointId);
    if (!found) throw new CliError(`there is no VPC endpoint ${id}`, next);
    if (found.VpcEndpointType !== 'Resource') return endpointOf(id, found);
    // EC2 tells the names of a resource endpoint with what it is associated with (PrivateLink guide, "DNS hostnames").
    action = 'ec2:DescribeVpcEndpointAssociations';
    const { VpcEndpointAssociations } = await client.send(
      new DescribeVpcEndpointAssociationsCommand({ VpcEndpointIds: [id] }),
    );
    return resourceEndpointOf(id, found, VpcEndpointAssociations ?? []);
  } catch (error) {
    if ((error as Error).name === 'InvalidVpcEndpointId.NotFound')
      throw new CliError(`there is no VPC endpoint ${id}`, next, { cause: error });
    throw awsError(error, { action, region: access.region, profile: access.profile });
  } finally {
    client.destroy();
  }
}

const endpointOf = (id: string, found: VpcEndpoint): Endpoint => ({
  id,
  state: (found.State ?? 'unknown').toLowerCase(),
  kind: 'service',
  leadsTo: found.ServiceName ?? 'an unknown service',
  privateDnsEnabled: found.PrivateDnsEnabled ?? false,
  securityGroups: (found.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
  dnsNames: (found.DnsEntries ?? []).flatMap(({ DnsName }) => DnsName ?? []),
  ...(found.LastError?.Message ? { error: found.LastError.Message } : {}),
});

function resourceEndpointOf(id: string, found: VpcEndpoint, all: readonly VpcEndpointAssociation[]): Endpoint {
  const failure = all.find(({ FailureReason }) => FailureReason)?.FailureReason;
  return {
    ...endpointOf(id, found),
    kind: 'resource',
    leadsTo: `resource configuration ${found.ResourceConfigurationArn?.split('/').pop() ?? 'unknown'}`,
    dnsNames: all.flatMap(({ DnsEntry }) => DnsEntry?.DnsName ?? []),
    ...(failure ? { error: failure } : {}),
  };
}
