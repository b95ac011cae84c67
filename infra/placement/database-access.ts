import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { privateCidrs } from '../../lib/addresses.ts';
import { rulesBetween } from '../reconciler/rules-between.ts';

/** What may be reached behind the load balancer or the resource gateway. */
export interface DatabaseSide {
  readonly databaseSecurityGroup?: ec2.ISecurityGroup;
  readonly databaseCidrs?: readonly string[];
}

const isIpv6 = (cidr: string) => cidr.includes(':');

/** The range as a peer of a security group's rule. */
export const peerOf = (cidr: string): ec2.IPeer => (isIpv6(cidr) ? ec2.Peer.ipv6(cidr) : ec2.Peer.ipv4(cidr));

/**
 * Lets a security group reach the database on its port, and nothing else.
 *
 * A new group may send anything anywhere; CloudFormation takes that rule away when it adds the first one (aws-cdk#22140).
 *
 * @returns the rules that are resources of their own: what refuses to be deleted while there is traffic has to depend on them
 */
export function letReachDatabase(
  securityGroup: ec2.SecurityGroup,
  { databaseSecurityGroup, databaseCidrs }: DatabaseSide,
  { port, from, family = 'ipv4' }: { readonly port: number; readonly from: string; readonly family?: 'ipv4' | 'ipv6' },
): ReturnType<typeof rulesBetween> {
  if (databaseSecurityGroup) {
    securityGroup.connections.allowTo(databaseSecurityGroup, ec2.Port.tcp(port), `${from} to database`);
    return rulesBetween(securityGroup, databaseSecurityGroup);
  }
  const privateRanges = privateCidrs.filter((cidr) => isIpv6(cidr) === (family === 'ipv6'));
  for (const cidr of databaseCidrs ?? privateRanges)
    securityGroup.addEgressRule(peerOf(cidr), ec2.Port.tcp(port), 'Database');
  return [];
}
