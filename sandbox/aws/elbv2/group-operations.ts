import type { Operation, QueryParams, XmlValue } from '../../world/types.ts';
import { AwsError, validationError } from '../wire/aws-error.ts';
import { integerParam, listParam, paginate, requiredParam } from '../wire/params.ts';
import { findByArn } from './arns.ts';
import { attributesParam, attributesXml } from './attributes.ts';
import type { Inventory } from './inventory.ts';
import type { ManagedTargetGroup } from './target-group.ts';

/** One page of what a Describe operation lists (`PageSize` 1–400, `Marker`). */
export const pageParam = <T>(items: readonly T[], params: QueryParams) =>
  paginate(items, {
    // The AWS CLI sends an empty marker for the first page.
    marker: params.get('Marker') || undefined,
    pageSize: integerParam(params, 'PageSize', { min: 1, max: 400 }),
    min: 1,
    max: 400,
  });

/** @throws AwsError when the request names what it wants in more than one way */
export function atMostOne(ways: Readonly<Record<string, string | readonly string[] | undefined>>): void {
  const given = Object.entries(ways).filter(([, value]) => value !== undefined && value.length > 0);
  if (given.length > 1)
    throw validationError(`${given.map(([name]) => name).join(' and ')} cannot be specified at the same time`);
}

/** The load balancers that forward to a group. */
const usersOf = (group: ManagedTargetGroup, { loadBalancers }: Inventory) =>
  loadBalancers.filter(({ listeners }) => listeners.some(({ targetGroupArn }) => targetGroupArn === group.arn));

function groupXml(group: ManagedTargetGroup, inventory: Inventory): XmlValue {
  const { healthCheck, spec } = group;
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: spec.name,
    Protocol: spec.protocol ?? 'TCP',
    Port: spec.port,
    VpcId: group.vpcId,
    HealthCheckProtocol: 'TCP',
    HealthCheckPort: 'traffic-port',
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: healthCheck.intervalSeconds,
    HealthCheckTimeoutSeconds: healthCheck.timeoutSeconds,
    HealthyThresholdCount: healthCheck.healthyThreshold,
    UnhealthyThresholdCount: healthCheck.unhealthyThreshold,
    LoadBalancerArns: { member: usersOf(group, inventory).map(({ arn }) => arn) },
    TargetType: group.targetType,
    IpAddressType: group.ipAddressType,
  };
}

function named(names: readonly string[], groups: readonly ManagedTargetGroup[]) {
  return names.map((name) => {
    const group = groups.find(({ spec }) => spec.name === name);
    if (!group) throw new AwsError('TargetGroupNotFound', 'One or more target groups not found');
    return group;
  });
}

function select(params: QueryParams, inventory: Inventory): readonly ManagedTargetGroup[] {
  const { targetGroups, loadBalancers, owner } = inventory;
  const arns = listParam(params, 'TargetGroupArns.member');
  const names = listParam(params, 'Names.member');
  const balancer = params.get('LoadBalancerArn');
  atMostOne({ 'target group ARNs': arns, 'target group names': names, 'a load balancer ARN': balancer });
  if (arns.length > 0) return arns.map((arn) => findByArn('targetgroup', arn, targetGroups, owner));
  if (names.length > 0) return named(names, targetGroups);
  if (!balancer) return targetGroups;
  const { listeners } = findByArn('loadbalancer', balancer, loadBalancers, owner);
  return targetGroups.filter(({ arn }) => listeners.some(({ targetGroupArn }) => targetGroupArn === arn));
}

/** DescribeTargetGroups, and the attributes of a target group. */
export function groupOperations(inventory: Inventory): Readonly<Record<string, Operation>> {
  const { owner, targetGroups } = inventory;
  const group = (params: QueryParams) =>
    findByArn('targetgroup', requiredParam(params, 'TargetGroupArn'), targetGroups, owner);
  return {
    DescribeTargetGroups(params) {
      const { items, nextMarker } = pageParam(select(params, inventory), params);
      return { TargetGroups: { member: items.map((one) => groupXml(one, inventory)) }, NextMarker: nextMarker };
    },
    DescribeTargetGroupAttributes: (params) => attributesXml(group(params).attributes),
    ModifyTargetGroupAttributes(params) {
      const found = group(params);
      found.setAttributes(attributesParam(params));
      return attributesXml(found.attributes);
    },
  };
}
