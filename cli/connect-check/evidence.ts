import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import {
  DescribeVpcEndpointAssociationsCommand,
  DescribeVpcEndpointsCommand,
  type VpcEndpoint,
  type VpcEndpointAssociation,
} from '@aws-sdk/client-ec2';
import { asked } from '../../lib/adapters/asked.ts';
import type { Protocol as AnyProtocol, Spoken } from '../../lib/protocols.ts';
import { awsError } from '../access/call.ts';
import { type Access, createClients } from '../access/clients.ts';
import { CliError } from '../terminal/errors.ts';

export type Protocol = Extract<AnyProtocol, 'postgres' | 'mysql' | 'tcp'>;

/** The kind of a host name, by AWS's patterns. */
export type NameKind = 'endpoint' | 'database' | 'load-balancer' | 'address' | 'other';

export type AddressKind = 'private' | 'global-ipv6' | 'public' | 'loopback';

type Resolution =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  /** The name does not exist, or has no address. */
  | { readonly kind: 'not-found' }
  /** No name server answered usefully. */
  | { readonly kind: 'failed'; readonly code: string };

/** How one address responded. */
export type Probe = { readonly address: string } & Spoken;

/** The endpoint as EC2 describes it in the consumer's account. */
export type Endpoint = {
  readonly id: string;
  /** Lower case, as `pendingacceptance`. */
  readonly state: string;
  readonly kind: 'service' | 'resource';
  /** The name of the service or of the resource configuration. */
  readonly leadsTo: string;
  readonly privateDnsEnabled: boolean;
  readonly securityGroups: readonly string[];
  readonly dnsNames: readonly string[];
  /** The addresses of its own names; undefined when they are not known. */
  readonly addresses?: readonly string[];
  readonly error?: string;
};

export type Evidence = {
  readonly host: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly timeoutSeconds: number;
  readonly resolution: Resolution;
  readonly probes: readonly Probe[];
  readonly endpoint?: Endpoint;
};

export type Cause =
  | 'name-not-found'
  | 'name-service-failed'
  | 'not-the-endpoint'
  | 'pending-acceptance'
  | 'endpoint-not-available'
  | 'not-let-in'
  | 'one-zone'
  | 'no-healthy-target'
  | 'no-route'
  | 'database-silent'
  | 'other-protocol'
  | 'turned-away'
  | 'host-blocked';

export type Verdict =
  | { readonly outcome: 'ok'; readonly detail: string; readonly warning?: string }
  | { readonly outcome: 'fault'; readonly cause: Cause; readonly detail: string; readonly next: string };

const noAddress = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NODATA', 'EAI_NONAME']);

/** Resolves as a client on this machine does, /etc/hosts included, or through one name server (`address[:port]`). */
export async function resolveHost(host: string, server?: string): Promise<Resolution> {
  if (isIP(host)) return { kind: 'addresses', addresses: [host] };
  try {
    const found = server ? await ask(host, server) : (await lookup(host, { all: true })).map(({ address }) => address);
    const addresses = [...new Set(found)];
    return addresses.length > 0 ? { kind: 'addresses', addresses } : { kind: 'not-found' };
  } catch (error) {
    const { code = 'EUNKNOWN' } = error as NodeJS.ErrnoException;
    return noAddress.has(code) ? { kind: 'not-found' } : { kind: 'failed', code };
  }
}

async function ask(host: string, server: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers([server]);
  const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const addresses = [ipv4, ipv6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (addresses.length === 0 && ipv4.status === 'rejected') throw ipv4.reason;
  return addresses;
}

/** Reads the endpoint with the consumer's credentials, and resolves its own names. */
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
  const clients = createClients(access);
  const client = clients.ec2();
  let action = 'ec2:DescribeVpcEndpoints';
  const next =
    "check the id; --region and --profile must name the endpoint's Region and account (the consumer's, not the provider's)";
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
    clients.close();
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
  error: found.LastError?.Message,
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
