import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { canHoldTargets, isNetwork } from '../../lib/addresses.ts';
import { isRegion, servicePrincipal } from '../../lib/partitions.ts';
import { anyRange, cidrProblems, ipv4Range, isDomainName, itemProblems, subnetProblems } from '../placement/checks.ts';
import { isUnknownYet } from '../placement/lookups.ts';

/** The load balancer and the endpoint service, whatever is behind them. */
export interface EndpointServiceProps {
  /** The network of the load balancer. Changing it replaces everything here. */
  readonly vpc: ec2.IVpc;
  /**
   * The `Name` tag of everything here, which the console shows. A tag and no physical name, so that changing it replaces nothing.
   *
   * @default - no `Name` tag, but the ones that CDK gives
   */
  readonly name?: string;
  /**
   * Where the load balancer lives: one subnet per Availability Zone, two zones or more. A vendor's endpoint can only use zones
   * that are here.
   *
   * @default - the private subnets of the VPC
   */
  readonly subnets?: ec2.SubnetSelection;
  /**
   * Addresses that the load balancer has, and that consumers' endpoints may have. `dual-stack` needs subnets with IPv6 ranges.
   *
   * @default 'ipv4'
   */
  readonly addressType?: 'ipv4' | 'dual-stack';
  /**
   * Ranges of the consumers' clients; IPv6 only with `dual-stack`. When given, the security group's inbound rules are enforced on PrivateLink traffic,
   * and these ranges on each listener's port are the rules. When not, every client behind an accepted endpoint connection gets in.
   *
   * @default - inbound rules are not enforced on PrivateLink traffic
   */
  readonly consumerCidrs?: readonly string[];
  /**
   * Principals that may request a connection: account ids, or ARNs of accounts, roles or users. `*` is not accepted.
   *
   * @default - none
   */
  readonly allowedPrincipals?: readonly string[];
  /**
   * Whether you have to accept each connection request, by hand or with a program.
   *
   * @default true
   */
  readonly acceptanceRequired?: boolean;
  /**
   * A name of a public domain of yours that consumers can use instead of the endpoint's own. It works once the verification
   * record (`privateDnsVerification`, `addOutputs`) is in the domain's public zone.
   *
   * @default - consumers use the names of their endpoints
   */
  readonly privateDnsName?: string;
  /**
   * Regions from which consumers may connect (cross-Region PrivateLink). Deploying it needs the permission `vpce:AllowMultiRegion`. The
   * service's own is always among them: it is added where the stack knows it, and has to be named where it does not.
   *
   * @default - only the Region of the service
   */
  readonly supportedRegions?: readonly string[];
  /**
   * Gets a message when a consumer requests a connection or deletes it, and when a request is accepted or rejected.
   *
   * @default - no notifications
   */
  readonly notificationTopic?: sns.ITopic;
  /**
   * Refuse to delete the load balancer, also by hand. AWS does not delete one behind an endpoint service anyway. A first deployment that
   * fails cannot remove a protected one: set it once the stack is there.
   *
   * @default false
   */
  readonly deletionProtection?: boolean;
}

/** Everything that is wrong with them, at once. Tokens pass: their values are not known yet. */
export const serviceProblems = (props: EndpointServiceProps, subnets: readonly ec2.ISubnet[]): string[] => [
  ...subnetProblems(subnets),
  ...consumerProblems(props),
  ...itemProblems(
    'allowedPrincipals',
    props.allowedPrincipals,
    (text) => servicePrincipal.test(text),
    'an account id (12 digits) or arn:aws:iam::…',
  ),
  ...itemProblems('supportedRegions', props.supportedRegions, isRegion, 'a Region such as eu-west-1'),
  ...itemProblems(
    'privateDnsName',
    props.privateDnsName === undefined ? [] : [props.privateDnsName],
    isDomainName,
    'a full DNS name of your domain',
  ),
];

type Consumers = Pick<EndpointServiceProps, 'consumerCidrs' | 'addressType'>;

export const consumerProblems = ({ consumerCidrs, addressType }: Consumers): string[] =>
  cidrProblems('consumerCidrs', consumerCidrs, addressType === 'dual-stack' ? anyRange : ipv4Range);

/** Ranges that admit no client: a warning will do for users of the library, who may know better. */
export const rangesWithoutClients = ({ consumerCidrs = [] }: Consumers): string[] =>
  consumerCidrs.filter((cidr) => !isUnknownYet(cidr) && isNetwork(cidr) && !canHoldTargets(cidr));
