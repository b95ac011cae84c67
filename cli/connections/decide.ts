import {
  AcceptVpcEndpointConnectionsCommand,
  type EC2Client,
  RejectVpcEndpointConnectionsCommand,
} from '@aws-sdk/client-ec2';
import { CliError } from '../terminal/errors.ts';
import { type Ask, type Connection, isWaiting, type Service } from './read.ts';

export type Decision = 'accept' | 'reject';

/** The states from which EC2 allows the decision. */
const possible: Readonly<Record<Decision, readonly string[]>> = {
  accept: ['pendingacceptance'],
  reject: ['pendingacceptance', 'available'],
};

/**
 * The connections that `who` means: one endpoint, or all of an account that wait.
 * @throws CliError
 */
export function chosen(connections: readonly Connection[], who: string, decision: Decision): readonly Connection[] {
  const isAccount = /^\d{12}$/.test(who);
  const named = connections.filter(({ endpointId, account }) => endpointId === who || account === who);
  if (named.length === 0)
    throw new CliError(
      `no endpoint ${isAccount ? `of account ${who}` : who} asks for a connection`,
      known(connections),
    );
  // An account stands for its waiting endpoints only: working connections are ended one by one, by their ids.
  const open = named.filter((one) =>
    isAccount ? isWaiting(one) : possible[decision].includes(one.state.toLowerCase()),
  );
  if (open.length > 0) return open;
  const states = named.map(({ endpointId, state }) => `${endpointId} is ${state}`).join(', ');
  throw new CliError(
    `nothing to ${decision}: ${states}`,
    decision === 'accept'
      ? 'a rejected or expired consumer creates its endpoint again'
      : 'name the endpoint itself to end a working connection',
  );
}

const known = (connections: readonly Connection[]): string =>
  connections.length === 0
    ? 'no consumer has asked yet; the consumer creates the endpoint first, and allowedPrincipals must name its account'
    : `choose one of ${connections.map(({ endpointId, account }) => `${endpointId} (${account})`).join(', ')}`;

/** Sends the decision to EC2; throws with what EC2 refused. */
export async function decide(
  client: EC2Client,
  ask: Ask,
  { id }: Service,
  decision: Decision,
  connections: readonly Connection[],
): Promise<void> {
  const input = { ServiceId: id, VpcEndpointIds: connections.map(({ endpointId }) => endpointId) };
  const { Unsuccessful = [] } =
    decision === 'accept'
      ? await ask('ec2:AcceptVpcEndpointConnections', () => client.send(new AcceptVpcEndpointConnectionsCommand(input)))
      : await ask('ec2:RejectVpcEndpointConnections', () =>
          client.send(new RejectVpcEndpointConnectionsCommand(input)),
        );
  if (Unsuccessful.length === 0) return;
  const refused = Unsuccessful.map(({ ResourceId, Error: why }) => `${ResourceId}: ${why?.Message ?? why?.Code}`);
  throw new CliError(
    `EC2 did not ${decision} ${refused.join('; ')}`,
    `list the connections again: their states may have changed`,
  );
}
