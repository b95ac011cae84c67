import {
  DescribeVpcEndpointServiceConfigurationsCommand,
  type EC2Client,
  paginateDescribeVpcEndpointConnections,
  paginateDescribeVpcEndpointServicePermissions,
  type ServiceConfiguration,
} from '@aws-sdk/client-ec2';
import { serviceEntryOf, stackNameOf } from '../../infra/config/database-entry.ts';
import { listOf } from '../../lib/adapters/asked.ts';
import { withoutPartition } from '../../lib/partitions.ts';
import type { Selection } from '../access/select.ts';
import { CliError, UsageError } from '../terminal/errors.ts';

/** An endpoint of a consumer, connected to the service or asking for it. */
export type Connection = {
  readonly endpointId: string;
  readonly account: string;
  /** EC2's word, for example `pendingAcceptance`. */
  readonly state: string;
  /** ISO 8601. */
  readonly createdAt?: string;
};

export type Service = { readonly id: string; readonly name: string; readonly acceptanceRequired: boolean };

/** What of the service differs from the configuration file. */
export type Drift = {
  /** In the file, but not allowed by the service. */
  readonly missing: readonly string[];
  /** Allowed by the service, but not in the file. */
  readonly surplus: readonly string[];
  /** Present when the file says the other. */
  readonly acceptanceRequired?: { readonly configured: boolean; readonly actual: boolean };
};

export type Connections = {
  readonly service: Service;
  readonly connections: readonly Connection[];
  /** The principals that the service allows to connect. */
  readonly principals: readonly string[];
  /** Undefined where the file says nothing about the service. */
  readonly drift?: Drift;
};

export const isWaiting = ({ state }: Connection): boolean => state.toLowerCase() === 'pendingacceptance';

/** One call with its progress line and its errors in words; `action` is IAM's name. */
export type Ask = <T>(action: string, work: () => Promise<T>) => Promise<T>;

/** Reads the service, its connections and its allowed principals. */
export async function readConnections(
  client: EC2Client,
  ask: Ask,
  selection: Selection,
  serviceId: string | undefined,
): Promise<Connections> {
  const service = await findService(client, ask, selection, serviceId);
  const connections = await connectionsOf(client, ask, service);
  const principals = await ask('ec2:DescribeVpcEndpointServicePermissions', async () => {
    const found: string[] = [];
    for await (const page of paginateDescribeVpcEndpointServicePermissions({ client }, { ServiceId: service.id }))
      found.push(
        ...listOf('DescribeVpcEndpointServicePermissions', page.AllowedPrincipals).flatMap(
          ({ Principal }) => Principal ?? [],
        ),
      );
    return found;
  });
  const drift = selection.entry && driftOf(serviceEntryOf(selection.entry), service, principals);
  return { service, connections, principals, drift };
}

export function connectionsOf(client: EC2Client, ask: Ask, { id }: Service): Promise<readonly Connection[]> {
  return ask('ec2:DescribeVpcEndpointConnections', async () => {
    const found: Connection[] = [];
    const Filters = [{ Name: 'service-id', Values: [id] }];
    for await (const page of paginateDescribeVpcEndpointConnections({ client }, { Filters }))
      for (const one of listOf('DescribeVpcEndpointConnections', page.VpcEndpointConnections))
        found.push({
          endpointId: one.VpcEndpointId ?? '?',
          account: one.VpcEndpointOwner ?? '?',
          state: one.VpcEndpointState ?? 'unknown',
          createdAt: one.CreationTimestamp?.toISOString(),
        });
    // Waiting connections come first.
    return found.sort((one, other) => Number(isWaiting(other)) - Number(isWaiting(one)));
  });
}

/** By its id, or by the tag that the stack gives its service. */
async function findService(
  client: EC2Client,
  ask: Ask,
  { name, entry, region }: Selection,
  id: string | undefined,
): Promise<Service> {
  if (!id && !entry) throw new UsageError('pass --service vpce-svc-…, or a database of the configuration file');
  if (!id && !entry?.endpointService)
    throw new UsageError(`${name} has no "endpointService" in the file: name the service with --service vpce-svc-…`);
  const tag = entry ? stackNameOf(serviceEntryOf(entry)) : '';
  // A filter for the id, too: it finds nothing where an unknown id would be an error.
  const filter = id ? { Name: 'service-id', Values: [id] } : { Name: 'tag:Name', Values: [tag] };
  const found = await ask('ec2:DescribeVpcEndpointServiceConfigurations', async () => {
    const { ServiceConfigurations } = await client.send(
      new DescribeVpcEndpointServiceConfigurationsCommand({ Filters: [filter] }),
    );
    return listOf('DescribeVpcEndpointServiceConfigurations', ServiceConfigurations);
  });
  const [only] = found;
  if (only?.ServiceId && found.length === 1) return serviceOf(only);
  const where = region ? ` in ${region}` : '';
  const what = id ?? `with the tag Name=${tag}`;
  const many = found.map(({ ServiceId }) => ServiceId).join(', ');
  if (found.length > 1)
    throw new CliError(`${found.length} endpoint services ${what}${where}: ${many}`, 'choose one with --service ID');
  throw new CliError(
    `there is no endpoint service ${what}${where}`,
    'check that the stack is deployed (npx --no -- cdk deploy) and that --region and --profile name its Region and account, or choose a service with --service ID',
  );
}

const serviceOf = ({ ServiceId = '', ServiceName = '', AcceptanceRequired = true }: ServiceConfiguration): Service => ({
  id: ServiceId,
  name: ServiceName,
  acceptanceRequired: AcceptanceRequired,
});

/** An account in the file is its root in EC2's answer. */
const principalArn = (principal: string): string =>
  /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal;

/** Partitions differ (aws-cn, aws-us-gov), and a bare account may stand for any. */
const key = (principal: string): string => withoutPartition(principalArn(principal));

/** The service against the configuration file. Pure. */
export function driftOf(
  { endpointService }: Pick<ReturnType<typeof serviceEntryOf>, 'endpointService'>,
  { acceptanceRequired }: Service,
  principals: readonly string[],
): Drift | undefined {
  if (!endpointService) return undefined;
  const configured = endpointService.allowedPrincipals ?? [];
  const has = (all: readonly string[], one: string) => all.some((other) => key(other) === key(one));
  const wanted = endpointService.acceptanceRequired ?? true;
  return {
    missing: configured.filter((one) => !has(principals, one)),
    surplus: principals.filter((one) => !has(configured, one)),
    ...(wanted === acceptanceRequired
      ? {}
      : { acceptanceRequired: { configured: wanted, actual: acceptanceRequired } }),
  };
}

export const isDrift = (drift: Drift | undefined): boolean =>
  drift !== undefined &&
  (drift.missing.length > 0 || drift.surplus.length > 0 || drift.acceptanceRequired !== undefined);
