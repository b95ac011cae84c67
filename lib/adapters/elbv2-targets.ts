import type {
  TargetDescription,
  TargetHealth,
  TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { canonicalIp } from '../addresses.ts';
import { groupFault, typeByTarget } from '../contradictions.ts';
import { isLive, isPort, type RegisteredTarget, type Target, type TargetState, targetKey } from '../domain.ts';
import { contradiction, errorCodeOf, noAnswer } from '../errors.ts';

/* Targets as ELBv2 writes them. */

const states: ReadonlySet<string> = new Set<TargetState>([
  'initial',
  'healthy',
  'unhealthy',
  'unhealthy.draining',
  'unused',
  'draining',
  'unavailable',
]);

/** A target and the zone that ELBv2 has put it into: `all` outside the VPC. */
export type Placed = { readonly target: RegisteredTarget; readonly zone: string | undefined };

/** @throws ReconcileError for a target without an address: the group is of another type, or the reply is not ELBv2's */
export function placed({
  Target: target,
  TargetHealth: health,
  AdministrativeOverride,
}: TargetHealthDescription): Placed {
  const { Id: id = '', Port: port, AvailabilityZone: zone } = target ?? {};
  const targetType = typeByTarget(id);
  if (targetType) throw contradiction(`${groupFault({ targetType })}. It holds ${id}`);
  if (!id || !isPort(port)) throw noAnswer(`DescribeTargetHealth gave a target at ${target?.Id}:${port}`);
  const override = AdministrativeOverride?.State;
  return {
    target: {
      ip: canonicalIp(id),
      port,
      ...healthOf(health),
      ...(zone === 'all' ? { isOutside: true } : {}),
      ...(override && !withoutEffect.has(override) ? { override } : {}),
    },
    zone,
  };
}

/** Health that is not told yet is not "unhealthy"; a word that is not known is neither that nor new, and counts for nothing. */
function healthOf({ State, Reason }: TargetHealth = {}): Pick<RegisteredTarget, 'state' | 'reason'> {
  const isKnown = !State || states.has(State);
  const reason = isKnown ? Reason : [State, Reason].filter(Boolean).join(', ');
  const state = isKnown ? ((State || 'initial') as TargetState) : 'unknown';
  return { state, ...(reason ? { reason } : {}) };
}

const withoutEffect: ReadonlySet<string> = new Set(['unknown', 'no_override']);

/**
 * Where some targets are in use, or a load balancer is known to use the group, those that are not lie in a zone without one of its
 * subnets. Without any load balancer all are unused, which is as it should be.
 */
export async function withUnserved(
  targets: readonly Placed[],
  isAttached: () => Promise<boolean>,
): Promise<readonly RegisteredTarget[]> {
  const live = targets.filter(({ target }) => isLive(target));
  const unused = live.filter(({ target }) => isUnused(target));
  const isMarked = unused.length > 0 && (unused.length < live.length || (await isAttached()));
  return targets.map(({ target, zone = 'its zone' }) =>
    isMarked && isUnused(target) && isLive(target) ? { ...target, unservedZone: zone } : target,
  );
}

const isUnused = ({ reason }: RegisteredTarget): boolean => reason === 'Target.NotInUse';

/**
 * As a call names them. The port is always named: a deregistration without it does nothing, silently, where another port was
 * registered. The zone only outside the VPC, where ELBv2 knows none: inside it is refused.
 */
export const described = (targets: readonly Target[], isOutside: (target: Target) => boolean): TargetDescription[] =>
  targets.map((target) => ({
    Id: target.ip,
    Port: target.port,
    ...(isOutside(target) ? { AvailabilityZone: 'all' } : {}),
  }));

/**
 * Whether ELBv2 refused targets for want of a zone: they lie outside the VPC. Each type of load balancer words it differently
 * (kubernetes-sigs/aws-load-balancer-controller#3084, #3714, aws/containers-roadmap#1107).
 */
export function wantsZone(error: unknown): boolean {
  const said = String(error);
  return (
    errorCodeOf(error) === 'TargetRejected' &&
    /availability zone/i.test(said) &&
    /(outside|not (with)?in) the VPC/i.test(said)
  );
}

/** Which targets are known to lie outside the VPC, by their listing or by a refusal. */
export function createOutsiders() {
  let keys: ReadonlySet<string> = new Set();
  return {
    has: (target: Target): boolean => keys.has(targetKey(target)),
    learn(targets: readonly Placed[]) {
      keys = new Set(targets.filter(({ target }) => target.isOutside).map(({ target }) => targetKey(target)));
    },
    add(target: Target) {
      keys = new Set([...keys, targetKey(target)]);
    },
  };
}
