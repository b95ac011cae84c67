import type { Place } from '../../world/network.ts';
import type { Listener } from '../../world/types.ts';
import { AwsError, validationError } from '../wire/aws-error.ts';
import { integerParam, requiredParam, structParam } from '../wire/params.ts';
import type { QueryParams } from '../wire/query.ts';
import type { XmlValue } from '../wire/xml.ts';
import { findByArn } from './resources.ts';
import type { ManagedTargetGroup } from './target-group.ts';

/** Where a listener forwards to, as a request says it. */
export type ForwardSpec = { readonly targetGroupArn: string; readonly weight?: number };

type ManagedForward = { readonly group: ManagedTargetGroup; readonly weight?: number };

/** A listener as the control plane sees it. */
export type ManagedListener = Listener & {
  readonly groups: readonly ManagedTargetGroup[];
  /** @throws AwsError, and changes nothing */
  forwardTo(forwards: readonly ForwardSpec[]): void;
  defaultActions(): XmlValue;
};

type Parts = {
  readonly arn: string;
  readonly port: number;
  readonly owner: Place;
  readonly targetGroups: readonly ManagedTargetGroup[];
  /** @throws AwsError for a group that the load balancer cannot forward to */
  readonly check: (group: ManagedTargetGroup) => void;
};

/** "Quotas for your Network Load Balancers": target groups per action. */
const mostGroups = 5;
const highestWeight = 999;

/** Weights as "Default actions" of NLB listeners has them: each of several groups needs one. */
function checkForwards(forwards: readonly ForwardSpec[]): void {
  if (forwards.length === 0) throw validationError('A forward action must have at least one target group');
  // That the quota's error is this one is inferred.
  if (forwards.length > mostGroups)
    throw new AwsError(
      'TooManyUniqueTargetGroupsPerLoadBalancer',
      `You have reached the maximum number of target groups per action: ${mostGroups}`,
    );
  if (new Set(forwards.map(({ targetGroupArn }) => targetGroupArn)).size < forwards.length)
    throw validationError('A target group can be specified only once in a forward action');
  for (const { weight } of forwards) {
    if (weight === undefined && forwards.length > 1)
      throw validationError('A weight must be specified for each target group');
    if (weight !== undefined && (weight < 0 || weight > highestWeight))
      throw validationError(`The weight for each target group must be between 0 and ${highestWeight}, inclusive`);
  }
}

export function createListener(parts: Parts, first: readonly ForwardSpec[]): ManagedListener {
  const { arn, port, owner, targetGroups, check } = parts;
  const listeners = new Set<() => void>();
  const resolve = (specs: readonly ForwardSpec[]): readonly ManagedForward[] => {
    checkForwards(specs);
    return specs.map(({ targetGroupArn, weight }) => {
      const group = findByArn('targetgroup', targetGroupArn, targetGroups, owner);
      check(group);
      return { group, ...(weight === undefined ? {} : { weight }) };
    });
  };
  let forwards = resolve(first);
  return {
    arn,
    port,
    get groups() {
      return forwards.map(({ group }) => group);
    },
    forwards: () => forwards.map(({ group, weight = 1 }) => ({ group, weight })),
    forwardTo(specs) {
      forwards = resolve(specs);
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    defaultActions: () => actionsXml(forwards),
  };
}

function actionsXml(forwards: readonly ManagedForward[]): XmlValue {
  const [only, second] = forwards;
  const groups = forwards.map(({ group, weight }) => ({ TargetGroupArn: group.arn, Weight: weight }));
  const action = { Type: 'forward', ForwardConfig: { TargetGroups: { member: groups } } };
  return { member: [second || !only ? action : { ...action, TargetGroupArn: only.group.arn }] };
}

/** The one default action of a Network Load Balancer's listener. */
export function forwardsParam(params: QueryParams): readonly ForwardSpec[] {
  const actions = structParam(params, 'DefaultActions.member');
  const [action] = actions;
  if (!action) throw validationError('You must specify a default action');
  if (actions.length > 1) throw new AwsError('TooManyActions', 'A listener has one default action');
  if (requiredParam(action, 'Type') !== 'forward')
    throw new AwsError('InvalidLoadBalancerAction', 'The listener of a network load balancer can only forward');
  const arn = action.get('TargetGroupArn');
  const forwards = structParam(action, 'ForwardConfig.TargetGroups.member').map((one) => ({
    targetGroupArn: requiredParam(one, 'TargetGroupArn'),
    weight: integerParam(one, 'Weight', { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
  }));
  if (forwards.length === 0) return arn === undefined ? [] : [{ targetGroupArn: arn }];
  if (arn !== undefined && (forwards.length > 1 || forwards[0]?.targetGroupArn !== arn))
    throw validationError('A forward action cannot have both a target group ARN and other target groups');
  return forwards;
}
