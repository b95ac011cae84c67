import { type Target, targetKey } from '../../../lib/domain.ts';
import type { SandboxClock } from '../../world/clock.ts';
import type { Journal } from '../../world/journal.ts';
import type { Delays } from '../../world/load-balancer-delays.ts';
import type { Place, Subnet } from '../../world/network.ts';
import type { HealthCheck, TargetChange, TargetGroup } from '../../world/types.ts';
import { validationError } from '../wire/aws-error.ts';
import {
  type Attributes,
  arnOf,
  checkAttribute,
  defaultAttributes,
  resourceId,
  targetGroupRules,
} from './resources.ts';
import { createTargetHealth, type Surroundings, type TargetHealth } from './target-health.ts';
import type { Vpc } from './vpc.ts';

/** A target group to create. */
export type TargetGroupSpec = {
  readonly name: string;
  /** The port of targets that are registered without one. */
  readonly port: number;
  readonly vpcId?: string;
  /** AWS seconds; what is not given is as by default for a Network Load Balancer. */
  readonly healthCheck?: Partial<HealthCheck>;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly targetType?: 'ip' | 'instance' | 'alb' | 'lambda';
  /** Default TCP. */
  readonly protocol?: 'TCP' | 'TCP_UDP' | 'UDP' | 'TLS';
  readonly ipAddressType?: 'ipv4' | 'ipv6';
  readonly tags?: Readonly<Record<string, string>>;
};

/** A target as the API names it; without a port it has the group's. */
export type TargetRequest = { readonly id: string; readonly port?: number; readonly availabilityZone?: string };

/** A target group as the control plane sees it. */
export type ManagedTargetGroup = TargetGroup & {
  readonly spec: TargetGroupSpec;
  readonly vpcId: string;
  readonly targetType: NonNullable<TargetGroupSpec['targetType']>;
  readonly ipAddressType: 'ipv4' | 'ipv6';
  readonly attributes: Attributes;
  /** @throws AwsError for what cannot be the id of a target of this group */
  checkId(id: string): void;
  /** The target as registered, draining ones included. */
  find(request: TargetRequest): TargetHealth | undefined;
  health(): readonly TargetHealth[];
  /** All or none. */
  register(requests: readonly TargetRequest[]): void;
  /** Ignores targets that are not registered, as AWS does. */
  deregister(requests: readonly TargetRequest[]): void;
  setAttributes(changes: readonly (readonly [string, string])[]): void;
  /** The load balancers that use the group, or their zones, have changed. */
  reconsider(): void;
  close(): void;
};

export type TargetGroupParts = {
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly owner: Place;
  readonly vpc: Vpc;
  readonly delays: Delays;
  /** The load balancers that forward to a group. */
  readonly users: (groupArn: string) => readonly User[];
};

/** A load balancer, as far as its targets depend on it. */
type User = { readonly subnets: readonly Subnet[]; readonly shiftedZone?: string };

const nlbHealthCheck: HealthCheck = {
  intervalSeconds: 30,
  timeoutSeconds: 10,
  healthyThreshold: 5,
  unhealthyThreshold: 2,
};

const describe = (health: TargetHealth) => {
  const reason = health.reason();
  return { ip: health.ip, port: health.port, state: health.state(), ...(reason ? { reason } : {}) };
};

function attributesOf(spec: TargetGroupSpec) {
  const attributes = defaultAttributes(targetGroupRules);
  const set = (changes: readonly (readonly [string, string])[]) => {
    for (const [key, value] of changes) checkAttribute(targetGroupRules, 'Target group', key, value);
    for (const [key, value] of changes) attributes.set(key, value);
  };
  set(Object.entries(spec.attributes ?? {}));
  return { attributes, set };
}

/** Notifies listeners and the journal of every change of a state, and drops targets that are gone. */
function createNotices(journal: Journal, group: string, targets: Map<string, TargetHealth>) {
  const listeners = new Set<(change: TargetChange) => void>();
  const changed: Surroundings['changed'] = (health, from, to) => {
    const { ip, port } = health;
    if (to === undefined) targets.delete(targetKey(health));
    const reason = health.reason();
    const detail = { group, ip, port, ...(from ? { from } : {}), ...(reason ? { reason } : {}) };
    journal.write('elbv2', `target-${to ?? 'gone'}`, detail);
    for (const listener of listeners) listener({ ip, port, ...(from ? { from } : {}), ...(to ? { to } : {}) });
  };
  const onChange = (listener: (change: TargetChange) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return { changed, onChange };
}

/** The targets of one group: registering, deregistering, finding. */
function createRegistry(
  targets: Map<string, TargetHealth>,
  target: (request: TargetRequest) => Target,
  create: (request: TargetRequest) => TargetHealth,
) {
  const find = (request: TargetRequest) => targets.get(targetKey(target(request)));
  const register = (requests: readonly TargetRequest[]) => {
    for (const health of requests.map(create)) {
      const present = targets.get(targetKey(health));
      if (present && present.state() !== 'draining') continue;
      const registered = present ?? health;
      targets.set(targetKey(registered), registered);
      registered.begin();
    }
  };
  const deregister = (requests: readonly TargetRequest[]) => {
    // AWS does not document a deregistration outside the VPC without a zone: here it is refused, as a registration is.
    for (const request of requests) if (find(request)) create(request);
    for (const request of requests) {
      const health = find(request);
      if (health && health.state() !== 'draining') health.drain();
    }
  };
  return { find, register, deregister };
}

/** The zones of the load balancers that use a group, as they are now. */
const createZones = (users: () => readonly User[], find: (target: Target) => TargetHealth | undefined) => ({
  served(zone: string) {
    const zones = users().flatMap(({ subnets }) => subnets.map(({ availabilityZone }) => availabilityZone));
    return users().length > 0 && (zone === 'all' || zones.includes(zone));
  },
  isShifted(target: Target) {
    const zone = find(target)?.availabilityZone;
    return users().some(({ shiftedZone }) => shiftedZone !== undefined && shiftedZone === zone);
  },
});

/** A target group that no load balancer uses yet. */
export function createTargetGroup(spec: TargetGroupSpec, parts: TargetGroupParts): ManagedTargetGroup {
  const { clock, journal, owner, vpc, delays } = parts;
  const { targetType = 'ip', ipAddressType = 'ipv4' } = spec;
  const arn = arnOf(owner, `targetgroup/${spec.name}/${resourceId()}`);
  const healthCheck = { ...nlbHealthCheck, ...spec.healthCheck };
  const { attributes, set } = attributesOf(spec);
  const attribute = (key: string) => attributes.get(key) ?? '';
  const targets = new Map<string, TargetHealth>();
  const all = () => [...targets.values()];
  const { changed, onChange } = createNotices(journal, spec.name, targets);
  const { served, isShifted } = createZones(
    () => parts.users(arn),
    (one) => targets.get(targetKey(one)),
  );
  const around = { clock, healthCheck, delays, attribute, served, changed };
  const target = ({ id, port = spec.port }: TargetRequest): Target => ({ ip: id, port });
  const checkId = (id: string) => {
    if (targetType !== 'ip') throw validationError(`'${id}' is not a valid target of type ${targetType}`);
    vpc.parseTarget(id, ipAddressType);
  };
  const create = (request: TargetRequest) => {
    checkId(request.id);
    const availabilityZone = vpc.placeTarget(request.id, ipAddressType, request.availabilityZone);
    return createTargetHealth({ ...target(request), availabilityZone }, around);
  };
  return {
    ...{ arn, healthCheck, spec, targetType, ipAddressType, attributes, attribute, onChange, checkId },
    ...createRegistry(targets, target, create),
    vpcId: spec.vpcId ?? vpc.id,
    health: all,
    targets: () => all().map(describe),
    reportProbe: (ip, port, succeeded) => targets.get(targetKey({ ip, port }))?.probed(succeeded),
    setAttributes: set,
    isShifted,
    reconsider: () => all().forEach((health) => void health.reconsider()),
    close: () => all().forEach((health) => void health.close()),
  };
}
