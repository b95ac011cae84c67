import * as ec2 from 'aws-cdk-lib/aws-ec2';

/**
 * The rules that two security groups have for each other. Each is a resource of its own, in the tree of one of the groups: who uses a
 * group does not depend on them, so that CloudFormation may delete them before whatever they let through, unless it is told.
 */
export function rulesBetween(
  one: ec2.ISecurityGroup,
  other: ec2.ISecurityGroup,
): readonly (ec2.CfnSecurityGroupIngress | ec2.CfnSecurityGroupEgress)[] {
  const ids = [one.securityGroupId, other.securityGroupId];
  return [one, other]
    .flatMap(({ node }) => node.findAll())
    .filter((construct) => isRule(construct))
    .filter((rule) => ids.includes(rule.groupId ?? '') && ids.includes(peerOf(rule) ?? ''));
}

const isRule = (construct: unknown) =>
  construct instanceof ec2.CfnSecurityGroupIngress || construct instanceof ec2.CfnSecurityGroupEgress;

const peerOf = (rule: ec2.CfnSecurityGroupIngress | ec2.CfnSecurityGroupEgress): string | undefined =>
  'sourceSecurityGroupId' in rule ? rule.sourceSecurityGroupId : rule.destinationSecurityGroupId;
