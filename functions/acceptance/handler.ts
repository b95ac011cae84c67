import {
  AcceptVpcEndpointConnectionsCommand,
  type EC2Client,
  EC2ServiceException,
  paginateDescribeVpcEndpointConnections,
  type VpcEndpointConnection,
} from '@aws-sdk/client-ec2';
import { awsFault, noAnswer } from '../../lib/errors.ts';
import { allVisible, visible } from '../../lib/visible.ts';
import type { AcceptanceConfig } from './configuration.ts';

/** An endpoint and the account that it is in. */
type Request = { readonly endpoint: string; readonly account: string };

/** What one run did, and which requests it left to people. */
export type AcceptanceReport = {
  readonly service: string;
  readonly accepted: readonly Request[];
  /** Deleted, rejected or expired before it could be accepted. */
  readonly gone: readonly Request[];
  readonly left: readonly Request[];
};

/**
 * Accepts the connection requests of the listed accounts. A notification only starts a check: the requests and their owners
 * come from EC2, and the accepted accounts from the configuration. What arrives in the event is not read.
 */
export function createAcceptance(
  client: EC2Client,
  { serviceId, accounts }: AcceptanceConfig,
): (event?: unknown) => Promise<AcceptanceReport> {
  return async () => {
    const requests = pending(await connectionsOf(client, serviceId)).map(requestOf);
    const listed = requests.filter(({ account }) => accounts.includes(account));
    const refusals = listed.length > 0 ? await accept(client, serviceId, listed) : new Map<string, string>();
    const { waiting, gone } = await fateOf(client, serviceId, refusals);
    const { refused, ...report } = allVisible({
      service: serviceId,
      accepted: listed.filter(({ endpoint }) => !waiting.has(endpoint) && !gone.has(endpoint)),
      gone: listed.filter(({ endpoint }) => gone.has(endpoint)),
      left: requests.filter((one) => !listed.includes(one)),
      refused: listed.filter(({ endpoint }) => waiting.has(endpoint)),
    });
    console.log(JSON.stringify({ message: 'connection requests', ...report, refused }));
    if (waiting.size > 0) throw notAccepted(serviceId, waiting);
    return report;
  };
}

async function connectionsOf(client: EC2Client, serviceId: string): Promise<VpcEndpointConnection[]> {
  const connections: VpcEndpointConnection[] = [];
  const Filters = [{ Name: 'service-id', Values: [serviceId] }];
  try {
    for await (const { VpcEndpointConnections: page } of paginateDescribeVpcEndpointConnections(
      { client },
      { Filters },
    )) {
      if (!page) throw noAnswer('DescribeVpcEndpointConnections gave no list of connections');
      connections.push(...page.filter(({ ServiceId }) => ServiceId === serviceId));
    }
  } catch (error) {
    throw awsFault(`looking for requests of ${serviceId}`, 'ec2:DescribeVpcEndpointConnections', error);
  }
  return connections;
}

/** EC2's guide writes `pendingAcceptance`, its model `PendingAcceptance`. */
const isIn = (state: string, { VpcEndpointState }: VpcEndpointConnection): boolean =>
  VpcEndpointState?.toLowerCase() === state;

const pending = (connections: readonly VpcEndpointConnection[]) =>
  connections.filter((one) => one.VpcEndpointId !== undefined && isIn('pendingacceptance', one));

const requestOf = ({ VpcEndpointId = '', VpcEndpointOwner = 'unknown' }: VpcEndpointConnection): Request => ({
  endpoint: VpcEndpointId,
  account: VpcEndpointOwner,
});

/**
 * What EC2 did not accept, and why. It accepts the others of a call; AWS does not say that it never refuses a whole call because of one
 * endpoint, so each of a call that was refused gets one of its own.
 */
async function accept(
  client: EC2Client,
  serviceId: string,
  requests: readonly Request[],
): Promise<Map<string, string>> {
  const endpoints = requests.map(({ endpoint }) => endpoint);
  const command = new AcceptVpcEndpointConnectionsCommand({ ServiceId: serviceId, VpcEndpointIds: endpoints });
  try {
    const { Unsuccessful = [] } = await client.send(command);
    // A refusal that does not say of which may be of any.
    return new Map(
      Unsuccessful.flatMap(({ ResourceId, Error: { Code, Message } = {} }) =>
        (ResourceId ? [ResourceId] : endpoints).map((endpoint) => [
          endpoint,
          [Code, Message].filter(Boolean).join(': ') || 'it gave no reason',
        ]),
      ),
    );
  } catch (error) {
    const fault = awsFault(`accepting ${endpoints.join(', ')}`, 'ec2:AcceptVpcEndpointConnections', error);
    if (!(error instanceof EC2ServiceException) || fault.code !== 'Unexpected') throw fault;
    if (requests.length === 1)
      return new Map(endpoints.map((endpoint) => [endpoint, `${error.name}: ${error.message}`]));
    const refusals: [string, string][] = [];
    for (const one of requests) refusals.push(...(await accept(client, serviceId, [one])));
    return new Map(refusals);
  }
}

/** Of those that were not accepted: which still wait, and which can no longer be. The rest was accepted meanwhile. */
async function fateOf(client: EC2Client, serviceId: string, refusals: ReadonlyMap<string, string>) {
  const connections = refusals.size > 0 ? await connectionsOf(client, serviceId) : [];
  const idsOf = (some: readonly VpcEndpointConnection[]) => new Set(some.map((one) => requestOf(one).endpoint));
  const isPending = idsOf(pending(connections));
  // Between the two it is pending.
  const isAccepted = idsOf(connections.filter((one) => isIn('pending', one) || isIn('available', one)));
  const waiting = new Map([...refusals].filter(([endpoint]) => isPending.has(endpoint)));
  const gone = new Set([...refusals.keys()].filter((endpoint) => !waiting.has(endpoint) && !isAccepted.has(endpoint)));
  return { waiting, gone };
}

/** Thrown, so that Lambda counts it and tries again. */
function notAccepted(serviceId: string, waiting: ReadonlyMap<string, string>): Error {
  const refused = [...waiting].map(([endpoint, why]) => `${endpoint}: ${why}`);
  // To be pasted into a shell.
  const ids = [...waiting.keys()].map((endpoint) => endpoint.replace(/[^\w-]/g, '')).join(' ');
  const byHand = `aws ec2 accept-vpc-endpoint-connections --service-id ${serviceId} --vpc-endpoint-ids ${ids}`;
  return new Error(visible(`EC2 did not accept ${refused.join('; ')}. Accept by hand: ${byHand}`));
}
