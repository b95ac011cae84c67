import { gatewayLimits } from '../../resource-gateway/limits.ts';
import type { Path, Problem } from './problems.ts';
import { at, textAt } from './values.ts';

/* What a resource gateway needs, what it cannot do, and what has no meaning beside it. */

/** Without a load balancer there is no group to keep, and no function that keeps it. */
const onlyWithLoadBalancer = [
  'targetGroupArn',
  'loadBalancerArn',
  'placement',
  'reconcile',
  'dashboard',
  'roles',
] as const;

/** What only the functions read: their fallback, and whose events wake them. */
const readByFunctions = ['endpoint', 'member', 'proxyName', 'identifier', 'securityGroupIds'] as const;

const alarmsOfFunctions = [
  'driftPersistsMinutes',
  'heldMinutes',
  'noSuccessMinutes',
  'noHealthyTargetMinutes',
  'errorMinutes',
] as const;

export function accessProblems(entry: object): Problem[] {
  const access = textAt(entry, 'access');
  if (access !== 'resource-gateway' && access !== 'both') return gatewayWithoutAccess(entry);
  return [
    ...(access === 'resource-gateway' ? leftovers(entry) : []),
    ...missing(entry, ['vpc'], 'the VPC and its subnets, which a resource gateway needs'),
    ...(at(entry, ['database']) === undefined
      ? []
      : missing(entry, ['database', 'port'], 'the port of the database, which a resource gateway needs')),
    ...limits(entry, access),
  ];
}

const missing = (entry: object, path: Path, allowed: string): Problem[] =>
  at(entry, path) === undefined ? [{ path, allowed }] : [];

const refused = (entry: object, path: Path, allowed: string): Problem[] => {
  const input = at(entry, path);
  return input === undefined ? [] : [{ path, input, allowed }];
};

const gatewayWithoutAccess = (entry: object): Problem[] =>
  refused(entry, ['resourceGateway'], 'nothing, unless "access" is "resource-gateway" or "both"');

const leftovers = (entry: object): Problem[] => [
  ...endpointServiceLeftovers(entry),
  ...onlyWithLoadBalancer.flatMap((key) =>
    refused(entry, [key], 'nothing with "access": "resource-gateway", which has neither a target group nor functions'),
  ),
  ...readByFunctions.flatMap((key) =>
    refused(
      entry,
      ['database', key],
      'nothing with "access": "resource-gateway": there are no functions that would use it',
    ),
  ),
  ...alarmsOfFunctions.flatMap((key) =>
    refused(
      entry,
      ['alarms', key],
      'nothing with "access": "resource-gateway", whose one alarm is resourceGateway.quietMinutes',
    ),
  ),
];

/** What it is there for, if it says so, is the better reason. */
function endpointServiceLeftovers(entry: object): Problem[] {
  const ofKeys = [
    ...refused(entry, ['endpointService', 'idleTimeoutSeconds'], `nothing: ${gatewayLimits.idleTimeout}`),
    ...refused(entry, ['endpointService', 'supportedRegions'], `nothing: ${gatewayLimits.otherRegions}`),
  ];
  const both = '"access": "both" has the two beside each other';
  return ofKeys.length > 0
    ? ofKeys.slice(0, 1)
    : refused(entry, ['endpointService'], `nothing: ${gatewayLimits.vendorName}; ${both}`);
}

/** With "both", the load balancer does what the gateway cannot: only what the gateway itself would fail on is refused. */
function limits(entry: object, access: string): Problem[] {
  const isPublicCluster =
    at(entry, ['database', 'publiclyAccessible']) === true && textAt(entry, 'database', 'kind') === 'cluster';
  const input = true;
  return [
    ...(isPublicCluster
      ? [{ path: ['database', 'publiclyAccessible'], input, allowed: `false: ${gatewayLimits.publicCluster}` }]
      : []),
    ...(['reader', 'custom'].includes(textAt(entry, 'role') ?? '') && access === 'resource-gateway'
      ? [{ path: ['role'], input: textAt(entry, 'role'), allowed: `writer: ${gatewayLimits.readers}` }]
      : []),
    ...(at(entry, ['alarms', 'enabled']) === false
      ? refused(
          entry,
          ['resourceGateway', 'quietMinutes'],
          'nothing with "alarms": {"enabled": false}, which leaves the alarm out',
        )
      : []),
    ...(textAt(entry, 'database', 'kind') !== 'hostname'
      ? refused(
          entry,
          ['resourceGateway', 'resolveInVpc'],
          'nothing: RDS is shared by ARN; only a host name is looked up',
        )
      : []),
  ];
}
