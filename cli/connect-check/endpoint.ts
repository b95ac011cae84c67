import { DescribeVpcEndpointsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { awsError } from '../aws-errors.ts';
import { type Access, clientSettings } from '../clients.ts';
import { CliError } from '../errors.ts';
import type { Endpoint, Resolution } from './types.ts';

/** Reads the endpoint with the consumer's credentials, and what its own name resolves to. */
export async function readEndpoint(
  id: string,
  access: Access,
  resolve: (host: string) => Promise<Resolution>,
): Promise<Endpoint> {
  const endpoint = await describe(id, access);
  const [own] = endpoint.dnsNames;
  const resolution = own ? await resolve(own) : undefined;
  return resolution?.kind === 'addresses' ? { ...endpoint, addresses: resolution.addresses } : endpoint;
}

async function describe(id: string, access: Access): Promise<Endpoint> {
  const client = new EC2Client(clientSettings(access));
  const asked = { action: 'ec2:DescribeVpcEndpoints', region: access.region, profile: access.profile };
  const next =
    'check the id, and that --region and --profile name where the endpoint is (the consumer, not the provider)';
  try {
    const { VpcEndpoints } = await client.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] }));
    const [found] = VpcEndpoints ?? [];
    if (!found) throw new CliError(`there is no VPC endpoint ${id}\nNext: ${next}`);
    return {
      id,
      state: (found.State ?? 'unknown').toLowerCase(),
      serviceName: found.ServiceName ?? 'an unknown service',
      privateDnsEnabled: found.PrivateDnsEnabled ?? false,
      securityGroups: (found.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
      dnsNames: (found.DnsEntries ?? []).flatMap(({ DnsName }) => DnsName ?? []),
      ...(found.LastError?.Message ? { error: found.LastError.Message } : {}),
    };
  } catch (error) {
    if ((error as Error).name === 'InvalidVpcEndpointId.NotFound')
      throw new CliError(`there is no VPC endpoint ${id}\nNext: ${next}`, { cause: error });
    throw awsError(error, asked);
  } finally {
    client.destroy();
  }
}
