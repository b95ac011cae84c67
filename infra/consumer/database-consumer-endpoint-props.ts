import { Token } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { canHoldTargets, clientRange, isNetwork } from '../../lib/addresses.ts';
import { arnPattern, endpointServiceName, endpointServiceShown, isRegion } from '../../lib/partitions.ts';
import { isDomainName, itemProblems, portProblems, subnetProblems } from '../placement/checks.ts';

/** What the endpoint leads to. */
export type Provider =
  /** An endpoint service, by its name `com.amazonaws.vpce.REGION.vpce-svc-…`. */
  | { readonly serviceName: string; readonly serviceRegion?: string }
  /** A database that was shared through VPC Lattice, by the ARN of its resource configuration. The share has to be accepted first. */
  | { readonly resourceConfigurationArn: string };

export interface DatabaseConsumerEndpointProps {
  /** The network of the clients. */
  readonly vpc: ec2.IVpc;
  /**
   * Where the endpoint's interfaces live: one subnet per Availability Zone. At least one zone must be a zone of the provider's, in the
   * same Region: compare zone *ids* (`euc1-az1`), because names mean other zones in other accounts.
   *
   * @default - the private subnets of the VPC
   */
  readonly subnets?: ec2.SubnetSelection;
  /** What the provider gave you: the name of its endpoint service, or the ARN of its resource configuration. */
  readonly provider: Provider;
  /** The port that the provider's side listens on. */
  readonly port: number;
  /**
   * Ports of further databases behind the same endpoint service (the provider's outputs `ListenerPort`). Not for a resource endpoint.
   *
   * @default - none
   */
  readonly otherPorts?: readonly number[];
  /**
   * Security groups of the clients: the endpoint admits them.
   *
   * @default - none; `clientCidrs` or this has to be given
   */
  readonly clientSecurityGroups?: readonly ec2.ISecurityGroup[];
  /**
   * Ranges of the clients: the endpoint admits them.
   *
   * @default - none; `clientSecurityGroups` or this has to be given
   */
  readonly clientCidrs?: readonly string[];
  /**
   * How clients find the endpoint.
   *
   * - `none`: by the endpoint's own name
   * - `provider`: by the private name of the endpoint service, which the provider must have set and verified
   * - a `hostName`: by this name, in a private zone of its own. With the database's own name, clients keep their configuration, and
   *   certificates match. `otherHostNames`: those of further databases behind the same endpoint service, likewise.
   *
   * A resource endpoint to an RDS database answers to the database's own name, with `none`. One to a host name (an RDS Proxy, Redshift)
   * does so where that name is given as `hostName`: AWS then makes the private zone.
   *
   * @default - `none`
   */
  readonly dns?: 'none' | 'provider' | { readonly hostName: string; readonly otherHostNames?: readonly string[] };
  /**
   * With a `hostName`, and not for a resource endpoint: also a name for each zone, `ZONE.HOSTNAME`, so that clients can stay in their zone. The name itself resolves to the
   * interfaces of all zones.
   *
   * @default false
   */
  readonly zonalNames?: boolean;
  /**
   * Addresses of the interfaces. `dual-stack` needs subnets with IPv6 ranges and a provider that offers it.
   *
   * @default 'ipv4'
   */
  readonly addressType?: 'ipv4' | 'dual-stack';
}

const configurationArn = arnPattern('vpc-lattice', 'resourceconfiguration/rcfg-[0-9a-z]{17}');

/** Everything that is wrong with the props, at once. Tokens pass: their values are not known yet. */
export function problemsOf(props: DatabaseConsumerEndpointProps, subnets: readonly ec2.ISubnet[]): string[] {
  const isDual = props.addressType === 'dual-stack';
  return [
    ...providerProblems(props),
    ...portsOf(props).flatMap((port, index) => portProblems(index === 0 ? 'port' : 'otherPorts', port)),
    ...manyProblems(props),
    ...subnetProblems(subnets),
    ...itemProblems(
      'clientCidrs',
      props.clientCidrs,
      (cidr) => isNetwork(cidr) && canHoldTargets(cidr) && (isDual || !cidr.includes(':')),
      `a range such as 10.0.0.0/16, ${clientRange}${isDual ? '' : "; IPv6 only with addressType 'dual-stack'"}`,
    ),
    ...((props.clientSecurityGroups ?? []).length === 0 && (props.clientCidrs ?? []).length === 0
      ? ['no client is admitted; allowed: clientSecurityGroups or clientCidrs with one client or more']
      : []),
    ...nameProblems(props),
  ];
}

/** The ports of all databases behind the endpoint. */
export const portsOf = ({ port, otherPorts = [] }: Pick<DatabaseConsumerEndpointProps, 'port' | 'otherPorts'>) => [
  port,
  ...otherPorts,
];

/** The names of all databases behind the endpoint. */
export const hostNamesOf = (dns: DatabaseConsumerEndpointProps['dns']): readonly string[] =>
  typeof dns === 'object' ? [dns.hostName, ...(dns.otherHostNames ?? [])] : [];

function manyProblems({ provider, dns, ...props }: DatabaseConsumerEndpointProps): string[] {
  const [ports, names] = [portsOf(props), hostNamesOf(dns)];
  const isTwice = new Set(ports).size < ports.length || new Set(names).size < names.length;
  return [
    ...(isTwice ? [`ports are ${ports.join()} and names ${names.join()}; allowed: each once`] : []),
    ...('resourceConfigurationArn' in provider && (ports.length > 1 || names.length > 1)
      ? [
          'otherPorts or otherHostNames are given; allowed: neither for a resource endpoint, which leads to one database',
        ]
      : []),
  ];
}

function providerProblems({ provider }: DatabaseConsumerEndpointProps): string[] {
  if ('resourceConfigurationArn' in provider)
    return itemProblems(
      'resourceConfigurationArn',
      [provider.resourceConfigurationArn],
      (text) => configurationArn.test(text),
      'arn:aws:vpc-lattice:REGION:ACCOUNT:resourceconfiguration/rcfg-…',
    );
  return [
    ...itemProblems(
      'serviceName',
      [provider.serviceName],
      (text) => endpointServiceName.test(text),
      `${endpointServiceShown}, as the provider’s output EndpointServiceName has it`,
    ),
    ...itemProblems('serviceRegion', provider.serviceRegion ? [provider.serviceRegion] : [], isRegion, 'a Region'),
  ];
}

function nameProblems({ provider, dns = 'none', zonalNames }: DatabaseConsumerEndpointProps): string[] {
  const isResource = 'resourceConfigurationArn' in provider;
  const hasHostName = typeof dns === 'object';
  return [
    ...(isResource && dns === 'provider'
      ? [
          'dns is "provider"; allowed: none for a resource endpoint to an RDS database, which answers to the database\'s own name, or { hostName } with the host name that the provider shared',
        ]
      : []),
    ...(hasHostName ? itemProblems('hostName', hostNamesOf(dns), isPlainName, 'a full DNS name, without *') : []),
    ...(zonalNames && (!hasHostName || isResource)
      ? ['zonalNames is true; allowed: only with a hostName, and not for a resource endpoint']
      : []),
  ];
}

const isPlainName = (text: string) => Token.isUnresolved(text) || (isDomainName(text) && !text.startsWith('*'));
