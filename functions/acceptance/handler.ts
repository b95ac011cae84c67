import {
  AcceptVpcEndpointConnectionsCommand,
  type EC2Client,
  paginateDescribeVpcEndpointConnections,
  type VpcEndpointConnection,
} from '@aws-sdk/client-ec2';
import { awsFault } from '../../lib/errors.ts';
import { allVisible, visible } from '../../lib/visible.ts';
import type { AcceptanceConfig } from './configuration.ts';

/** What one run did, and which requests it left to people. */
export type AcceptanceReport = {
  readonly service: string;
  readonly accepted: readonly string[];
  readonly left: readonly { readonly endpoint: string; readonly account: string }[];
};

/**
 * Accepts the connection requests of the listed accounts. A notification only says *look now*: which requests there are, and whose,
 * comes from EC2, and who is accepted from the configuration. What arrives in the event is not read.
 */
export function createAcceptance(
  client: EC2Client,
  { serviceId, accounts }: AcceptanceConfig,
): (event?: unknown) => Promise<AcceptanceReport> {
  return async () => {
    const requests = await pendingRequests(client, serviceId);
    const isListed = ({ VpcEndpointOwner = '' }: VpcEndpointConnection) => accounts.includes(VpcEndpointOwner);
    const accepted = requests.filter(isListed).map(({ VpcEndpointId = '' }) => VpcEndpointId);
    if (accepted.length > 0) await accept(client, serviceId, accepted);
    const left = requests
      .filter((request) => !isListed(request))
      .map(({ VpcEndpointId = '', VpcEndpointOwner = 'unknown' }) => ({
        endpoint: VpcEndpointId,
        account: VpcEndpointOwner,
      }));
    const report = allVisible({ service: serviceId, accepted, left });
    console.log(JSON.stringify({ message: 'connection requests', ...report }));
    return report;
  };
}

async function pendingRequests(client: EC2Client, serviceId: string): Promise<VpcEndpointConnection[]> {
  const requests: VpcEndpointConnection[] = [];
  const Filters = [{ Name: 'service-id', Values: [serviceId] }];
  try {
    for await (const { VpcEndpointConnections = [] } of paginateDescribeVpcEndpointConnections({ client }, { Filters }))
      requests.push(...VpcEndpointConnections.filter((one) => isPending(one, serviceId)));
  } catch (error) {
    throw awsFault(`looking for requests of ${serviceId}`, 'ec2:DescribeVpcEndpointConnections', error);
  }
  return requests;
}

/** EC2's guide writes `pendingAcceptance`, its model `PendingAcceptance`. */
const isPending = ({ VpcEndpointId, VpcEndpointState, ServiceId }: VpcEndpointConnection, serviceId: string): boolean =>
  VpcEndpointId !== undefined && ServiceId === serviceId && VpcEndpointState?.toLowerCase() === 'pendingacceptance';

/** @throws Error when EC2 refuses one of them, so that Lambda counts it and tries again */
async function accept(client: EC2Client, serviceId: string, endpoints: readonly string[]): Promise<void> {
  const command = new AcceptVpcEndpointConnectionsCommand({ ServiceId: serviceId, VpcEndpointIds: [...endpoints] });
  const { Unsuccessful = [] } = await client.send(command).catch((error: unknown) => {
    throw awsFault(`accepting ${endpoints.join(', ')}`, 'ec2:AcceptVpcEndpointConnections', error);
  });
  if (Unsuccessful.length === 0) return;
  const refused = Unsuccessful.map(
    ({ ResourceId, Error: error }) => `${ResourceId}: ${error?.Code}: ${error?.Message}`,
  );
  // To be pasted into a shell.
  const ids = Unsuccessful.map(({ ResourceId = '' }) => ResourceId.replace(/[^\w-]/g, '')).join(' ');
  const byHand = `aws ec2 accept-vpc-endpoint-connections --service-id ${serviceId} --vpc-endpoint-ids ${ids}`;
  throw new Error(visible(`EC2 did not accept ${refused.join('; ')}. Accept by hand: ${byHand}`));
}
