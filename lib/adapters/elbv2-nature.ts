import {
  type AvailabilityZone,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  type ElasticLoadBalancingV2Client,
  type LoadBalancer,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { codeOf, noAnswer } from '../errors.ts';
import type { GroupNature } from '../nature.ts';
import { asked, listOf } from './asked.ts';

/**
 * The group itself, by its ARN.
 * @throws ReconcileError where it is not told: that is no group without a type and a load balancer
 */
export async function describeGroup(
  client: ElasticLoadBalancingV2Client,
  arn: string,
  abortSignal?: AbortSignal,
): Promise<TargetGroup> {
  const reply = await client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }), { abortSignal });
  const found = listOf('DescribeTargetGroups', reply.TargetGroups);
  const group = asked('DescribeTargetGroups', found, arn, (one) => one.TargetGroupArn);
  if (!group) throw noAnswer(`DescribeTargetGroups gave nothing of ${arn}`);
  return group;
}

/** What a group is and which load balancers use it. */
export async function natureOf(
  client: ElasticLoadBalancingV2Client,
  { TargetType, Protocol, VpcId, LoadBalancerArns = [] }: TargetGroup,
  signal?: AbortSignal,
): Promise<GroupNature> {
  return {
    ...(TargetType ? { targetType: TargetType } : {}),
    ...(Protocol ? { protocol: Protocol } : {}),
    ...(VpcId ? { vpcId: VpcId } : {}),
    ...(await balancersOf(client, LoadBalancerArns, signal)),
  };
}

type Zone = AvailabilityZone & { readonly ZoneName: string };

/**
 * The load balancers of these ARNs.
 * @throws ReconcileError where one of them, or the zones of one, is not told: that is none without a subnet
 */
export async function describeBalancers(
  client: ElasticLoadBalancingV2Client,
  arns: readonly string[],
  abortSignal?: AbortSignal,
): Promise<readonly (LoadBalancer & { readonly zones: readonly Zone[] })[]> {
  const command = new DescribeLoadBalancersCommand({ LoadBalancerArns: [...arns] });
  const { LoadBalancers = [] } = await client.send(command, { abortSignal });
  return arns.map((arn) => {
    const { AvailabilityZones = [], ...one } =
      LoadBalancers.find(({ LoadBalancerArn }) => LoadBalancerArn === arn) ?? {};
    const zones = AvailabilityZones.filter((zone): zone is Zone => zone.ZoneName !== undefined);
    if (zones.length === 0 || zones.length < AvailabilityZones.length)
      throw noAnswer(`DescribeLoadBalancers gave no zones of ${arn}`);
    return { ...one, zones };
  });
}

async function balancersOf(
  client: ElasticLoadBalancingV2Client,
  arns: readonly string[],
  abortSignal?: AbortSignal,
): Promise<Pick<GroupNature, 'loadBalancers' | 'unread'>> {
  if (arns.length === 0) return { loadBalancers: [] };
  try {
    const found = await describeBalancers(client, arns, abortSignal);
    return {
      loadBalancers: found.map(({ LoadBalancerName: name = 'without a name', zones }) => ({
        name,
        zones: zones.map(({ ZoneName }) => ZoneName),
      })),
    };
  } catch (error) {
    const action = 'elasticloadbalancing:DescribeLoadBalancers';
    const code = codeOf(action, error);
    return { unread: code === 'AccessDenied' ? `grant ${action}` : `${action} failed (${code})` };
  }
}
