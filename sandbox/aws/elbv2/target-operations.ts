import { targetKey } from '../../../lib/domain.ts';
import type { Operation, QueryParams, XmlValue } from '../../world/types.ts';
import { validationError } from '../wire/aws-error.ts';
import { integerParam, requiredParam, structParam } from '../wire/params.ts';
import { findByArn } from './arns.ts';
import type { Inventory } from './inventory.ts';
import type { LateView, View } from './late-view.ts';
import type { ManagedTargetGroup, TargetRequest } from './target-group.ts';
import type { TargetHealth } from './target-health.ts';

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

/** What cannot be a target of the group is refused, whether it is registered or not. */
function checkedTargets(group: ManagedTargetGroup, targets: readonly TargetRequest[]): readonly TargetRequest[] {
  for (const { id } of targets) group.checkId(id);
  return targets;
}

const healthXml = (State: string, Reason: string | undefined): XmlValue => ({
  State,
  Reason,
  Description: Reason && descriptions[Reason],
});

/** Told once a zonal shift is active. */
const overrideXml = (isShifted: boolean): XmlValue =>
  isShifted
    ? {
        State: 'zonal_shift_active',
        Reason: 'AdministrativeOverride.ZonalShiftActive',
        Description: 'A zonal shift is active for the zone of the target',
      }
    : undefined;

const registeredXml =
  (group: ManagedTargetGroup) =>
  (health: TargetHealth): XmlValue => ({
    Target: { Id: health.ip, Port: health.port, AvailabilityZone: health.availabilityZone },
    HealthCheckPort: health.port,
    TargetHealth: healthXml(health.state(), health.reason()),
    AdministrativeOverride: overrideXml(group.isShifted(health)),
  });

const unknownXml = (group: ManagedTargetGroup, { id, port = group.spec.port }: TargetRequest): XmlValue => ({
  Target: { Id: id, Port: port },
  TargetHealth: healthXml('unused', 'Target.NotRegistered'),
});

/** Every registered target, as it is now. */
const present = (group: ManagedTargetGroup) => (): View =>
  new Map(group.health().map((health) => [targetKey(health), registeredXml(group)(health)]));

function describeTargetHealth(group: ManagedTargetGroup, params: QueryParams, lateView: LateView): XmlValue {
  const asked = checkedTargets(group, targetsParam(params));
  const view = lateView.read(group.arn, present(group));
  const answer = (request: TargetRequest) =>
    view.get(targetKey({ ip: request.id, port: request.port ?? group.spec.port })) ?? unknownXml(group, request);
  const member = asked.length > 0 ? asked.map(answer) : [...view.values()];
  return { TargetHealthDescriptions: { member } };
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
