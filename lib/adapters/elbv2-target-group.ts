import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { groupFault } from '../contradictions.ts';
import { isLive, type RegisteredTarget, type Target, targetKey } from '../domain.ts';
import { awsFault, contradiction, noAnswer } from '../errors.ts';
import type { AddressType, AddressTypes, TargetGroup } from '../ports.ts';
import { describeGroup, natureOf } from './elbv2-nature.ts';
import { createOutsiders, described, type Placed, placed, wantsZone, withUnserved } from './elbv2-targets.ts';

/** Targets per call; AWS documents no limit for a call, and its own load balancer controller stays with this. */
const chunkSize = 200;

/** "Quotas for your Network Load Balancers": the most targets that a group may have. Each read compares all of them. */
const mostTargets = 1000;

/** @throws ReconcileError for a list longer than any group: to compare it would take minutes */
function checkCount(targets: readonly Placed[]): void {
  const { length: count } = targets.filter(({ target }) => isLive(target));
  if (count > mostTargets)
    throw noAnswer(
      `DescribeTargetHealth gave ${count} targets that are not draining; a group has ${mostTargets} at most`,
    );
}

/** The target group `arn` through the ELBv2 API. */
export function createElbv2TargetGroup(
  client: ElasticLoadBalancingV2Client,
  arn: string,
): TargetGroup & { readonly addressTypes: AddressTypes } {
  const inGroup = (targets: readonly Target[]) => `${targets.map(targetKey).join(', ')} in ${arn}`;
  const each = async (targets: readonly Target[], send: (chunk: readonly Target[]) => Promise<unknown>) => {
    for (let start = 0; start < targets.length; start += chunkSize) await send(targets.slice(start, start + chunkSize));
  };
  const call = async <T>(doing: string, action: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw awsFault(doing, `elasticloadbalancing:${action}`, error);
    }
  };
  const outside = createOutsiders();
  // The types of a group never change; an empty one shows them by nothing else.
  let types: { readonly TargetType?: string; readonly IpAddressType?: string } | undefined;
  const typesOf = async (signal?: AbortSignal) => {
    types ??= await describeGroup(client, arn, signal);
    return types;
  };
  const checkType = async (signal?: AbortSignal) => {
    const { TargetType: targetType } = (await typesOf(signal).catch(() => undefined)) ?? {};
    const fault = targetType && groupFault({ targetType });
    if (fault) throw contradiction(fault);
  };
  const isAttached = async (signal?: AbortSignal) => {
    const group = await describeGroup(client, arn, signal).catch(() => undefined);
    return (group?.LoadBalancerArns ?? []).length > 0;
  };

  const describe = (abortSignal?: AbortSignal) =>
    call(`reading the targets of ${arn}`, 'DescribeTargetHealth', async () => {
      const reply = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn: arn }), { abortSignal });
      // An answer that is no answer (a proxy's page, say) must not look like an empty group.
      if (!reply.TargetHealthDescriptions) throw noAnswer('DescribeTargetHealth gave no list of targets');
      const targets = reply.TargetHealthDescriptions.map(placed);
      checkCount(targets);
      if (targets.length === 0) await checkType(abortSignal);
      outside.learn(targets);
      return withUnserved(targets, () => isAttached(abortSignal));
    });
  const { list, addressTypes } = rememberingType(describe, async (signal) => (await typesOf(signal)).IpAddressType);

  /** ELBv2 takes all targets of a call or none, so those that lie outside the VPC are found one by one. */
  const placing = async (
    chunk: readonly Target[],
    send: (targets: ReturnType<typeof described>) => Promise<unknown>,
  ): Promise<unknown> => {
    try {
      return await send(described(chunk, outside.has));
    } catch (error) {
      const [only, ...others] = chunk;
      if (!only || !wantsZone(error) || chunk.every(outside.has)) throw error;
      if (others.length === 0) outside.add(only);
      for (const one of chunk) await placing([one], send);
      return undefined;
    }
  };
  const change = (targets: readonly Target[], send: (targets: ReturnType<typeof described>) => Promise<unknown>) =>
    each(targets, (chunk) => placing(chunk, send));

  return {
    list,
    addressTypes,
    // Undefined when the API does not say: that stops nothing.
    nature: async (signal) => {
      const group = await describeGroup(client, arn, signal).catch(() => undefined);
      types ??= group;
      return group && natureOf(client, group, signal);
    },
    register: (targets, abortSignal) =>
      call(`registering ${inGroup(targets)}`, 'RegisterTargets', () =>
        change(targets, (Targets) =>
          client.send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets }), { abortSignal }),
        ),
      ),
    deregister: (targets, abortSignal) =>
      call(`deregistering ${inGroup(targets)}`, 'DeregisterTargets', () =>
        change(targets, (Targets) =>
          client.send(new DeregisterTargetsCommand({ TargetGroupArn: arn, Targets }), { abortSignal }),
        ),
      ),
  };
}

type Listed = readonly RegisteredTarget[];

/**
 * Knows the group's type by the targets it lists: all have the same one, and it never changes, so this costs no call. DNS lookups wait
 * for the first list of an execution environment, and share its call with the run that asks for it at the same time.
 */
function rememberingType(
  describe: (signal?: AbortSignal) => Promise<Listed>,
  ask: (signal?: AbortSignal) => Promise<string | undefined>,
) {
  let known: AddressType | undefined;
  let isListed = false;
  let underWay: Promise<Listed> | undefined;
  let asked: Promise<string | undefined> | undefined;
  const list = (signal?: AbortSignal): Promise<Listed> => {
    const described = async () => {
      try {
        const targets = await describe(signal);
        isListed = true;
        if (targets[0]) known = targets[0].ip.includes(':') ? 'ipv6' : 'ipv4';
        return targets;
      } finally {
        underWay = undefined;
      }
    };
    underWay ??= described();
    return underWay;
  };
  const addressTypes: AddressTypes = {
    async ofTargets(signal) {
      // The caller that lists the group reports its faults; here they only leave the type unknown.
      if (!isListed) await list(signal).catch(() => undefined);
      return known;
    },
    async ofGroup(signal) {
      // Several names are looked up at once; one call tells for all.
      if (known) return known;
      asked ??= ask(signal).catch(() => undefined);
      const type = await asked;
      asked = undefined;
      if (type === 'ipv4' || type === 'ipv6') known = type;
      return known;
    },
  };
  return { list, addressTypes };
}
