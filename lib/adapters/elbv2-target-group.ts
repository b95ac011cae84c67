import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { isPort, type RegisteredTarget, type Target, type TargetState, targetKey } from '../domain.ts';
import { awsFault, noAnswer } from '../errors.ts';
import type { TargetGroup } from '../ports.ts';

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
export function createElbv2TargetGroup(client: ElasticLoadBalancingV2Client, arn: string): TargetGroup {
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

  return {
    list: (abortSignal) =>
      call(`reading the targets of ${arn}`, 'DescribeTargetHealth', async () => {
        const reply = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn: arn }), { abortSignal });
        // An answer that is no answer (a proxy's page, say) must not look like an empty group.
        if (!reply.TargetHealthDescriptions) throw noAnswer('DescribeTargetHealth gave no list of targets');
        return reply.TargetHealthDescriptions.map(registeredTarget);
      }),
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

function registeredTarget({ Target: target, TargetHealth: health }: TargetHealthDescription): RegisteredTarget {
  const { Id: ip, Port: port } = target ?? {};
  if (!ip || !isPort(port)) throw noAnswer(`DescribeTargetHealth gave a target at ${ip}:${port}`);
  // Health that is not known yet is not "unhealthy".
  const state = states.has(health?.State ?? '') ? (health?.State as TargetState) : 'initial';
  return { ip, port, state, ...(health?.Reason ? { reason: health.Reason } : {}) };
}
