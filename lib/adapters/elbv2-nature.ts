import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  type ElasticLoadBalancingV2Client,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { awsFault } from '../errors.ts';
import type { GroupNature } from '../nature.ts';
import { asked } from './asked.ts';

/** The group itself, by its ARN. */
export async function describeGroup(
  client: ElasticLoadBalancingV2Client,
  arn: string,
  abortSignal?: AbortSignal,
): Promise<TargetGroup> {
  const { TargetGroups = [] } = await client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }), {
    abortSignal,
  });
  return asked('DescribeTargetGroups', TargetGroups, arn, (one) => one.TargetGroupArn) ?? {};
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

async function balancersOf(
  client: ElasticLoadBalancingV2Client,
  arns: readonly string[],
  abortSignal?: AbortSignal,
): Promise<Pick<GroupNature, 'loadBalancers' | 'unread'>> {
  if (arns.length === 0) return { loadBalancers: [] };
  try {
    const command = new DescribeLoadBalancersCommand({ LoadBalancerArns: [...arns] });
    const { LoadBalancers = [] } = await client.send(command, { abortSignal });
    const ours = LoadBalancers.filter(({ LoadBalancerArn = '' }) => arns.includes(LoadBalancerArn));
    return {
      loadBalancers: ours.map(({ LoadBalancerName: name = 'without a name', AvailabilityZones = [] }) => ({
        name,
        zones: AvailabilityZones.flatMap(({ ZoneName }) => ZoneName ?? []),
      })),
    };
  } catch (error) {
    const action = 'elasticloadbalancing:DescribeLoadBalancers';
    const { code } = awsFault('reading the load balancers', action, error);
    return { unread: code === 'AccessDenied' ? `grant ${action}` : `${action} failed (${code})` };
  }
}
