import type { Place } from '../../world/network.ts';
import { AwsError, validationError } from '../wire/aws-error.ts';
import { integerParam, listParam, paginate, requiredParam, structParam } from '../wire/params.ts';
import type { Operation, QueryParams } from '../wire/query.ts';
import type { XmlValue } from '../wire/xml.ts';
import type { LateView, View } from './late-view.ts';
import { forwardsTo, type LoadBalancer } from './load-balancer.ts';
import { attributesParam, attributesXml, findByArn } from './resources.ts';
import type { ManagedTargetGroup, TargetRequest } from './target-group.ts';
import type { TargetHealth } from './target-health.ts';
import type { Vpc } from './vpc.ts';

/** Everything that exists in ELBv2. */
export type Inventory = {
  readonly owner: Place;
  readonly vpc: Vpc;
  readonly targetGroups: readonly ManagedTargetGroup[];
  readonly loadBalancers: readonly LoadBalancer[];
  readonly lateView: LateView;
};

/** One page of what a Describe operation lists (`PageSize` 1–400, `Marker`). */
export const pageParam = <T>(items: readonly T[], params: QueryParams) =>
  paginate(items, {
    // The AWS CLI sends an empty marker for the first page.
    marker: params.get('Marker') || undefined,
    pageSize: integerParam(params, 'PageSize', { min: 1, max: 400 }),
    min: 1,
    max: 400,
  });

/** @throws AwsError when the request names what it wants in more than one way */
export function atMostOne(ways: Readonly<Record<string, string | readonly string[] | undefined>>): void {
  const given = Object.entries(ways).filter(([, value]) => value !== undefined && value.length > 0);
  if (given.length > 1)
    throw validationError(`${given.map(([name]) => name).join(' and ')} cannot be specified at the same time`);
}

/** The load balancers that forward to a group. */
const usersOf = (group: ManagedTargetGroup, { loadBalancers }: Inventory) =>
  loadBalancers.filter((one) => forwardsTo(one, group.arn));

function groupXml(group: ManagedTargetGroup, inventory: Inventory): XmlValue {
  const { healthCheck, spec } = group;
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: spec.name,
    Protocol: spec.protocol ?? 'TCP',
    Port: spec.port,
    VpcId: group.vpcId,
    HealthCheckProtocol: 'TCP',
    HealthCheckPort: 'traffic-port',
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: healthCheck.intervalSeconds,
    HealthCheckTimeoutSeconds: healthCheck.timeoutSeconds,
    HealthyThresholdCount: healthCheck.healthyThreshold,
    UnhealthyThresholdCount: healthCheck.unhealthyThreshold,
    LoadBalancerArns: { member: usersOf(group, inventory).map(({ arn }) => arn) },
    TargetType: group.targetType,
    IpAddressType: group.ipAddressType,
  };
}

function named(names: readonly string[], groups: readonly ManagedTargetGroup[]) {
  return names.map((name) => {
    const group = groups.find(({ spec }) => spec.name === name);
    if (!group) throw new AwsError('TargetGroupNotFound', 'One or more target groups not found');
    return group;
  });
}

function select(params: QueryParams, inventory: Inventory): readonly ManagedTargetGroup[] {
  const { targetGroups, loadBalancers, owner } = inventory;
  const arns = listParam(params, 'TargetGroupArns.member');
  const names = listParam(params, 'Names.member');
  const balancer = params.get('LoadBalancerArn');
  atMostOne({ 'target group ARNs': arns, 'target group names': names, 'a load balancer ARN': balancer });
  if (arns.length > 0) return arns.map((arn) => findByArn('targetgroup', arn, targetGroups, owner));
  if (names.length > 0) return named(names, targetGroups);
  if (!balancer) return targetGroups;
  const found = findByArn('loadbalancer', balancer, loadBalancers, owner);
  return targetGroups.filter(({ arn }) => forwardsTo(found, arn));
}

/** DescribeTargetGroups, and the attributes of a target group. */
export function groupOperations(inventory: Inventory): Readonly<Record<string, Operation>> {
  const { owner, targetGroups } = inventory;
  const group = (params: QueryParams) =>
    findByArn('targetgroup', requiredParam(params, 'TargetGroupArn'), targetGroups, owner);
  return {
    DescribeTargetGroups(params) {
      const { items, nextMarker } = pageParam(select(params, inventory), params);
      return { TargetGroups: { member: items.map((one) => groupXml(one, inventory)) }, NextMarker: nextMarker };
    },
    DescribeTargetGroupAttributes: (params) => attributesXml(group(params).attributes),
    ModifyTargetGroupAttributes(params) {
      const found = group(params);
      found.setAttributes(attributesParam(params));
      return attributesXml(found.attributes);
    },
  };
}

// As AWS words them in DescribeTargetHealth.
const descriptions: Readonly<Record<string, string>> = {
  'Elb.RegistrationInProgress': 'Target registration is in progress',
  'Elb.InitialHealthChecking': 'Initial health checks in progress',
  'Target.FailedHealthChecks': 'Health checks failed',
  'Target.DeregistrationInProgress': 'Target deregistration is in progress',
  'Target.NotInUse': 'Target group is not configured to receive traffic from the load balancer',
  'Target.NotRegistered': 'Target is not registered to the target group',
};

function targetParam(member: QueryParams): TargetRequest {
  const port = integerParam(member, 'Port', { min: 1, max: 65_535 });
  const zone = member.get('AvailabilityZone');
  return {
    id: requiredParam(member, 'Id'),
    ...(port === undefined ? {} : { port }),
    ...(zone === undefined ? {} : { availabilityZone: zone }),
  };
}

const targetsParam = (params: QueryParams) => structParam(params, 'Targets.member').map(targetParam);

function someTargets(params: QueryParams): readonly TargetRequest[] {
  const targets = targetsParam(params);
  if (targets.length === 0) throw validationError('At least one target must be specified');
  return targets;
}

/** @throws AwsError for what cannot be a target of the group, registered or not */
function checkedTargets(group: ManagedTargetGroup, targets: readonly TargetRequest[]): readonly TargetRequest[] {
  for (const { id } of targets) group.checkId(id);
  return targets;
}

const healthXml = (State: string, Reason: string | undefined): XmlValue => ({
  State,
  Reason,
  Description: Reason && descriptions[Reason],
});

/** Present while a zonal shift is active. */
const overrideXml = (isShifted: boolean): XmlValue =>
  isShifted
    ? {
        State: 'zonal_shift_active',
        Reason: 'AdministrativeOverride.ZonalShiftActive',
        Description: 'A zonal shift is active for the zone of the target',
      }
    : undefined;

const registeredXml = (group: ManagedTargetGroup, health: TargetHealth): XmlValue => ({
  Target: { Id: health.ip, Port: health.port, AvailabilityZone: health.availabilityZone },
  HealthCheckPort: health.port,
  TargetHealth: healthXml(health.state(), health.reason()),
  AdministrativeOverride: overrideXml(group.isShifted(health)),
});

const unknownXml = (group: ManagedTargetGroup, { id, port = group.spec.port }: TargetRequest): XmlValue => ({
  Target: { Id: id, Port: port },
  TargetHealth: healthXml('unused', 'Target.NotRegistered'),
});

const keyOf = ({ ip, port }: { readonly ip: string; readonly port: number }): string => `${ip}|${port}`;

/** Every registered target, as it is now. */
const present = (group: ManagedTargetGroup) => (): View =>
  new Map(group.health().map((health) => [keyOf(health), registeredXml(group, health)]));

function describeTargetHealth(group: ManagedTargetGroup, params: QueryParams, lateView: LateView): XmlValue {
  const asked = checkedTargets(group, targetsParam(params));
  const view = lateView.read(group.arn, present(group));
  const answer = (request: TargetRequest) =>
    view.get(keyOf({ ip: request.id, port: request.port ?? group.spec.port })) ?? unknownXml(group, request);
  return { TargetHealthDescriptions: { member: asked.length > 0 ? asked.map(answer) : [...view.values()] } };
}

/** DescribeTargetHealth, RegisterTargets, DeregisterTargets. */
export function targetOperations(inventory: Inventory): Readonly<Record<string, Operation>> {
  const group = (params: QueryParams) =>
    findByArn('targetgroup', requiredParam(params, 'TargetGroupArn'), inventory.targetGroups, inventory.owner);
  return {
    DescribeTargetHealth: (params) => describeTargetHealth(group(params), params, inventory.lateView),
    RegisterTargets(params) {
      const found = group(params);
      inventory.lateView.remember(found.arn, present(found));
      found.register(someTargets(params));
      return undefined;
    },
    DeregisterTargets(params) {
      const found = group(params);
      inventory.lateView.remember(found.arn, present(found));
      found.deregister(checkedTargets(found, someTargets(params)));
      return undefined;
    },
  };
}
