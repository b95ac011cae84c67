import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeTargetGroupAttributesCommand,
  type ElasticLoadBalancingV2Client,
  type Listener,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { andThen, both, known, type Reading, read } from '../doctor/reading.ts';
import type { GroupSettings, Instruments, LoadBalancer } from '../doctor/surroundings.ts';
import { listOf } from './asked.ts';
import { describeBalancers, describeGroup } from './elbv2-nature.ts';

type Described = Awaited<ReturnType<typeof describeBalancers>>[number];
type Attribute = { readonly Key?: string | undefined; readonly Value?: string | undefined };

/** How a target group and the load balancers before it are set up, through the ELBv2 API. */
export function createElbv2Settings(
  client: ElasticLoadBalancingV2Client,
  groupArn: string,
  abortSignal?: AbortSignal,
): Pick<Instruments, 'group' | 'loadBalancers'> {
  const options = { abortSignal };
  const groupItself = () =>
    read('elasticloadbalancing:DescribeTargetGroups', () => describeGroup(client, groupArn, abortSignal));
  const groupAttributes = () =>
    read('elasticloadbalancing:DescribeTargetGroupAttributes', async () => {
      const reply = await client.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: groupArn }), options);
      return attributesOf(listOf('DescribeTargetGroupAttributes', reply.Attributes));
    });
  const balancerAttributes = (arn: string) =>
    read('elasticloadbalancing:DescribeLoadBalancerAttributes', async () => {
      const reply = await client.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn }), options);
      return attributesOf(listOf('DescribeLoadBalancerAttributes', reply.Attributes));
    });
  const portsTo = (arn: string) =>
    read('elasticloadbalancing:DescribeListeners', async () => {
      const reply = await client.send(new DescribeListenersCommand({ LoadBalancerArn: arn }), options);
      return listOf('DescribeListeners', reply.Listeners)
        .filter((one) => forwardsTo(one, groupArn))
        .flatMap(({ Port }) => Port ?? []);
    });
  const whole = async (balancer: Described): Promise<Reading<LoadBalancer>> => {
    const arn = balancer.LoadBalancerArn ?? '';
    return andThen(both(...(await Promise.all([balancerAttributes(arn), portsTo(arn)]))), async ([attributes, ports]) =>
      known(loadBalancer(balancer, attributes, ports)),
    );
  };
  return {
    group: async () =>
      andThen(both(...(await Promise.all([groupItself(), groupAttributes()]))), async ([group, attributes]) =>
        known<GroupSettings>({
          targetType: group.TargetType ?? 'unknown',
          protocol: group.Protocol ?? 'unknown',
          ...(group.Port === undefined ? {} : { port: group.Port }),
          ...(group.VpcId ? { vpcId: group.VpcId } : {}),
          loadBalancerArns: group.LoadBalancerArns ?? [],
          ...(group.HealthyThresholdCount ? { healthyThreshold: group.HealthyThresholdCount } : {}),
          ...(group.UnhealthyThresholdCount ? { unhealthyThreshold: group.UnhealthyThresholdCount } : {}),
          ...(group.HealthCheckIntervalSeconds ? { healthCheckSeconds: group.HealthCheckIntervalSeconds } : {}),
          attributes,
        }),
      ),
    loadBalancers: async (arns) => {
      if (arns.length === 0) return known([]);
      const described = await read('elasticloadbalancing:DescribeLoadBalancers', () =>
        describeBalancers(client, arns, abortSignal),
      );
      return andThen(described, async (found) => all(await Promise.all(found.map(whole))));
    },
  };
}

const all = <T>(readings: readonly Reading<T>[]): Reading<readonly T[]> =>
  readings.reduce<Reading<readonly T[]>>((before, next) => {
    const pair = both(before, next);
    return pair.kind === 'read' ? known([...pair.value[0], pair.value[1]]) : pair;
  }, known([]));

const attributesOf = (attributes: readonly Attribute[]): ReadonlyMap<string, string> =>
  new Map(attributes.map(({ Key = '', Value = '' }) => [Key, Value]));

const forwardsTo = ({ DefaultActions = [] }: Listener, groupArn: string): boolean =>
  DefaultActions.some(
    ({ TargetGroupArn, ForwardConfig }) =>
      TargetGroupArn === groupArn ||
      ForwardConfig?.TargetGroups?.some((one) => one.TargetGroupArn === groupArn && one.Weight !== 0),
  );

function loadBalancer(
  balancer: Described,
  attributes: ReadonlyMap<string, string>,
  ports: readonly number[],
): LoadBalancer {
  return {
    name: balancer.LoadBalancerName ?? 'the load balancer',
    zones: balancer.zones.map(({ ZoneName }) => ZoneName),
    subnetIds: balancer.zones.flatMap(({ SubnetId }) => SubnetId ?? []),
    securityGroupIds: balancer.SecurityGroups ?? [],
    judgesPrivateLink: balancer.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic !== 'off',
    attributes,
    ports,
  };
}
