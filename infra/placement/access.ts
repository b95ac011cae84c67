import { Annotations, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { IConstruct } from 'constructs';
import { privateCidrs } from '../../lib/addresses.ts';
import { limits } from '../config/limits.ts';

/* Access between resources: rules of security groups, and policies of topics. */

/** What may be reached behind the load balancer or the resource gateway. */
export interface DatabaseSide {
  readonly databaseSecurityGroup?: ec2.ISecurityGroup;
  readonly databaseCidrs?: readonly string[];
}

/** A group says what is reached more exactly than ranges, which are then not used. */
export const databaseSideProblems = ({ databaseSecurityGroup, databaseCidrs }: DatabaseSide): string[] =>
  databaseSecurityGroup && databaseCidrs
    ? [
        `databaseCidrs is ${databaseCidrs.join()}; allowed: nothing beside databaseSecurityGroup, by which the database is reached`,
      ]
    : [];

const isIpv6 = (cidr: string) => cidr.includes(':');

/** The range as a peer of a security group's rule. */
export const peerOf = (cidr: string): ec2.IPeer => (isIpv6(cidr) ? ec2.Peer.ipv6(cidr) : ec2.Peer.ipv4(cidr));

/**
 * Lets a security group reach the database on its port, and nothing else.
 *
 * A new group may send anything anywhere; CloudFormation takes that rule away when it adds the first one (aws-cdk#22140).
 *
 * @returns the rules that are resources of their own: a resource that AWS does not delete while it has traffic has to depend on them
 */
export function letReachDatabase(
  securityGroup: ec2.ISecurityGroup,
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
  return rulesIn(securityGroup);
}

/**
 * The rules that two security groups have for each other. Each is a resource of its own, in the tree of one of the groups. A user of the
 * group does not depend on them, so CloudFormation may delete them while traffic still needs them: add the dependency.
 */
export function rulesBetween(one: ec2.ISecurityGroup, other: ec2.ISecurityGroup): readonly Rule[] {
  const ids = [one.securityGroupId, other.securityGroupId];
  return [one, other]
    .flatMap(rulesIn)
    .filter((rule) => ids.includes(rule.groupId ?? '') && ids.includes(otherSideOf(rule) ?? ''));
}

type Rule = ec2.CfnSecurityGroupIngress | ec2.CfnSecurityGroupEgress;

/** A group that this stack creates has its rules in itself, but for those to other groups; one that it imports has none in itself. */
export const rulesIn = ({ node }: ec2.ISecurityGroup): readonly Rule[] =>
  node.findAll().filter((construct) => isRule(construct));

const isRule = (construct: unknown): construct is Rule =>
  construct instanceof ec2.CfnSecurityGroupIngress || construct instanceof ec2.CfnSecurityGroupEgress;

const otherSideOf = (rule: Rule): string | undefined =>
  'sourceSecurityGroupId' in rule ? rule.sourceSecurityGroupId : rule.destinationSecurityGroupId;

type Rules = {
  readonly group: string;
  /** The other side of each rule. */
  readonly peers: Readonly<Record<'inbound' | 'outbound', readonly string[]>>;
  readonly instead: string;
};

/** A quota that can be raised, so it is no error. */
export function warnOfRules(scope: IConstruct, { group, peers, instead }: Rules): void {
  for (const [direction, all] of Object.entries(peers))
    for (const family of ['IPv4', 'IPv6']) {
      const count = all.filter((peer) => isIpv6(peer) === (family === 'IPv6')).length;
      if (count > limits.rulesPerSecurityGroup)
        Annotations.of(scope).addWarningV2(
          `rds-target-reconciler:rules-${direction}-${family}`,
          `${group} gets ${count} ${direction} rules for ${family}, and AWS gives a group ${limits.rulesPerSecurityGroup} unless the quota ` +
            `"Inbound or outbound rules per security group" was raised: raise it, or ${instead}`,
        );
    }
}

type Publisher = {
  /** For example `vpce.amazonaws.com`. */
  readonly service: string;
  /** The kind of resource that publishes, as in its ARN: service and resource. */
  readonly source: { readonly service: string; readonly resource: string };
};

/**
 * Lets an AWS service publish to a topic on behalf of this account. It names no single resource: the topic may live in another stack,
 * and a policy there that names a resource here would make the stacks depend on each other in a circle.
 *
 * The first statement that CDK adds replaces the topic's default policy, which admitted CloudWatch alarms of the account: every
 * publisher needs a statement of its own.
 */
export function letServicePublish(scope: IConstruct, topic: sns.ITopic, { service, source }: Publisher) {
  const stack = Stack.of(scope);
  const principal = new iam.ServicePrincipal(service);
  // An encrypted topic takes messages only from principals that may use its key.
  topic.masterKey?.grant(principal, 'kms:Decrypt', 'kms:GenerateDataKey*');
  return topic.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [principal],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: {
          'aws:SourceArn': `arn:${stack.partition}:${source.service}:${stack.region}:${stack.account}:${source.resource}`,
        },
      },
    }),
  );
}
