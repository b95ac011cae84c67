import { type Target, targetKey } from '../../lib/domain.ts';
import type { SandboxClock } from '../clock.ts';
import type { Journal } from '../journal.ts';
import type { HealthCheck, TargetChange, TargetGroup } from '../types.ts';
import { validationError } from '../wire/aws-error.ts';
import { arnOf, type Owner, resourceId } from './arns.ts';
import { type Attributes, checkAttribute, defaultAttributes, targetGroupRules } from './attributes.ts';
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
  /** AWS seconds until probes of a new target count; default 15. */
  readonly registrationDelaySeconds?: number;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly targetType?: 'ip' | 'instance';
  readonly ipAddressType?: 'ipv4' | 'ipv6';
  readonly tags?: Readonly<Record<string, string>>;
};

/** A target as the API names it; without a port it has the group's. */
export type TargetRequest = { readonly id: string; readonly port?: number; readonly availabilityZone?: string };

/** A target group as the control plane sees it. */
export type ManagedTargetGroup = TargetGroup & {
  readonly spec: TargetGroupSpec;
  readonly vpcId: string;
  readonly targetType: 'ip' | 'instance';
  readonly ipAddressType: 'ipv4' | 'ipv6';
  readonly attributes: Attributes;
  /** @throws AwsError for what cannot be the id of a target of this group */
  checkId(id: string): void;
  /** The target as registered, draining ones included. */
  find(request: TargetRequest): TargetHealth | undefined;
  health(): readonly TargetHealth[];
  /** All or none. */
  register(requests: readonly TargetRequest[]): void;
  /** What is not registered is passed over, as AWS does. */
  deregister(requests: readonly TargetRequest[]): void;
  setAttributes(changes: readonly (readonly [string, string])[]): void;
  /** A load balancer with these zones uses the group from now on. */
  use(zones: readonly string[]): void;
  close(): void;
};

export type TargetGroupParts = {
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly owner: Owner;
  readonly vpc: Vpc;
};

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

/** Tells listeners and the journal of every change of a state, and forgets who is gone. */
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
    for (const request of requests) {
      const health = find(request);
      if (health && health.state() !== 'draining') health.drain();
    }
  };
  return { find, register, deregister };
}

/** The zones of the load balancers that use a group. */
function createZones() {
  const zones = new Set<string>();
  const serve = (more: readonly string[]) => {
    for (const zone of more) zones.add(zone);
  };
  return { serve, served: (zone: string) => zones.size > 0 && (zone === 'all' || zones.has(zone)) };
}

/** A target group that no load balancer uses yet. */
export function createTargetGroup(spec: TargetGroupSpec, parts: TargetGroupParts): ManagedTargetGroup {
  const { clock, journal, owner, vpc } = parts;
  const { targetType = 'ip', ipAddressType = 'ipv4', registrationDelaySeconds = 15 } = spec;
  const healthCheck = { ...nlbHealthCheck, ...spec.healthCheck };
  const { attributes, set } = attributesOf(spec);
  const attribute = (key: string) => attributes.get(key) ?? '';
  const targets = new Map<string, TargetHealth>();
  const all = () => [...targets.values()];
  const { changed, onChange } = createNotices(journal, spec.name, targets);
  const { serve, served } = createZones();
  const around = { clock, healthCheck, registrationDelaySeconds, attribute, served, changed };
  const target = ({ id, port = spec.port }: TargetRequest): Target => ({ ip: id, port });
  const checkId = (id: string) => {
    if (targetType === 'instance') throw validationError(`Instance ID '${id}' is not valid`);
    vpc.parseTarget(id, ipAddressType);
  };
  const create = (request: TargetRequest) => {
    checkId(request.id);
    const availabilityZone = vpc.placeTarget(request.id, ipAddressType, request.availabilityZone);
    return createTargetHealth({ ...target(request), availabilityZone }, around);
  };
  return {
    arn: arnOf(owner, `targetgroup/${spec.name}/${resourceId()}`),
    ...{ healthCheck, spec, targetType, ipAddressType, attributes, attribute, onChange, checkId },
    ...createRegistry(targets, target, create),
    vpcId: spec.vpcId ?? vpc.id,
    health: all,
    targets: () => all().map(describe),
    routable: () => routable(all().map(describe)),
    reportProbe: (ip, port, succeeded) => targets.get(targetKey({ ip, port }))?.probed(succeeded),
    setAttributes: set,
    use(zones) {
      serve(zones);
      for (const health of all()) if (health.state() === 'unused') health.begin();
    },
    close: () => all().forEach((health) => void health.close()),
  };
}

/** Healthy targets; none being healthy, all that the load balancer has taken up (fail open). */
function routable(targets: ReturnType<TargetGroup['targets']>): ReturnType<TargetGroup['targets']> {
  const healthy = targets.filter(({ state }) => state === 'healthy');
  if (healthy.length > 0) return healthy;
  return targets.filter(
    ({ state, reason }) => state !== 'draining' && state !== 'unused' && reason !== 'Elb.RegistrationInProgress',
  );
}
