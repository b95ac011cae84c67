import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { asked } from '../../lib/adapters/asked.ts';
import { awsError } from '../access/call.ts';
import { CliError, UsageError } from '../terminal/errors.ts';
import type { Address } from './ports.ts';

/**
 * Parses `HOST[:PORT]`, with brackets around an IPv6 address.
 * @throws UsageError
 */
export function addressOf(text: string, defaultPort: number | undefined): Address {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]/\s]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = port === undefined ? defaultPort : Number(port);
  if (!host || !number || number > 65_535)
    throw new UsageError(`--endpoint is "${text}"; allowed: HOST or HOST:PORT, with a port from 1 to 65535`);
  return { host, port: number };
}

/** The load balancer in front of the group, to which consumers in the same VPC connect. */
export async function findEndpoint(
  client: ElasticLoadBalancingV2Client,
  groupArn: string,
  region?: string,
): Promise<Address> {
  const asking = async <T>(action: string, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw awsError(error, { action: `elasticloadbalancing:${action}`, region });
    }
  };
  const groups = await asking(
    'DescribeTargetGroups',
    client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [groupArn] })),
  );
  const group = asked('DescribeTargetGroups', groups.TargetGroups ?? [], groupArn, (one) => one.TargetGroupArn);
  const [LoadBalancerArn] = group?.LoadBalancerArns ?? [];
  if (!LoadBalancerArn)
    throw new CliError(
      `no load balancer forwards to ${groupArn}`,
      `attach it to a listener, or name the endpoint with --endpoint HOST:PORT`,
    );
  const [balancers, listeners] = await Promise.all([
    asking(
      'DescribeLoadBalancers',
      client.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [LoadBalancerArn] })),
    ),
    asking('DescribeListeners', client.send(new DescribeListenersCommand({ LoadBalancerArn }))),
  ]);
  const found = balancers.LoadBalancers ?? [];
  const host = asked('DescribeLoadBalancers', found, LoadBalancerArn, (one) => one.LoadBalancerArn)?.DNSName;
  const listener = listeners.Listeners?.find(({ DefaultActions = [] }) =>
    DefaultActions.some(
      ({ TargetGroupArn, ForwardConfig }) =>
        TargetGroupArn === groupArn || ForwardConfig?.TargetGroups?.some((one) => one.TargetGroupArn === groupArn),
    ),
  );
  if (host && listener?.Port) return { host, port: listener.Port };
  throw new CliError(
    `no listener of ${LoadBalancerArn} forwards to ${groupArn}`,
    `name the endpoint with --endpoint HOST:PORT`,
  );
}
