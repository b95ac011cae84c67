import {
  DeregisterTargetsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { canonicalIp } from '../addresses.ts';
import { isPort, type RegisteredTarget, type Target, type TargetState, targetKey } from '../domain.ts';
import { awsFault, noAnswer } from '../errors.ts';
import type { AddressType, AddressTypes, TargetGroup } from '../ports.ts';

/** Targets per call; AWS documents no limit for a call, and its own load balancer controller stays with this. */
const chunkSize = 200;

const states: ReadonlySet<string> = new Set<TargetState>([
  'initial',
  'healthy',
  'unhealthy',
  'unhealthy.draining',
  'unused',
  'draining',
  'unavailable',
]);

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
  // The port is always named: a deregistration without it does nothing, silently, where another port was registered.
  const described = (targets: readonly Target[]) => targets.map(({ ip, port }) => ({ Id: ip, Port: port }));

  const describe = (abortSignal?: AbortSignal) =>
    call(`reading the targets of ${arn}`, 'DescribeTargetHealth', async () => {
      const reply = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn: arn }), { abortSignal });
      // An answer that is no answer (a proxy's page, say) must not look like an empty group.
      if (!reply.TargetHealthDescriptions) throw noAnswer('DescribeTargetHealth gave no list of targets');
      return reply.TargetHealthDescriptions.map(registeredTarget);
    });
  const { list, addressTypes } = rememberingType(describe, async (abortSignal) => {
    const { TargetGroups } = await client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }), {
      abortSignal,
    });
    return TargetGroups?.[0]?.IpAddressType;
  });

  return {
    list,
    addressTypes,
    register: (targets, abortSignal) =>
      call(`registering ${inGroup(targets)}`, 'RegisterTargets', () =>
        each(targets, (chunk) =>
          client.send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets: described(chunk) }), { abortSignal }),
        ),
      ),
    deregister: (targets, abortSignal) =>
      call(`deregistering ${inGroup(targets)}`, 'DeregisterTargets', () =>
        each(targets, (chunk) =>
          client.send(new DeregisterTargetsCommand({ TargetGroupArn: arn, Targets: described(chunk) }), {
            abortSignal,
          }),
        ),
      ),
  };
}

type Listed = readonly RegisteredTarget[];

/**
 * Knows the group's type by the targets it lists: all have the same one, and it never changes, so this costs no call. Looks at DNS wait
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
      // Who lists the group reports its faults; here they only leave the type unknown.
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

function registeredTarget({ Target: target, TargetHealth: health }: TargetHealthDescription): RegisteredTarget {
  const { Id: id, Port: port } = target ?? {};
  if (!id || !isPort(port)) throw noAnswer(`DescribeTargetHealth gave a target at ${id}:${port}`);
  // Health that is not known yet is not "unhealthy".
  const state = states.has(health?.State ?? '') ? (health?.State as TargetState) : 'initial';
  return { ip: canonicalIp(id), port, state, ...(health?.Reason ? { reason: health.Reason } : {}) };
}
