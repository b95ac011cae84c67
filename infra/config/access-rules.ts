import { gatewayLimits, limits } from './limits.ts';
import type { Path, Problem } from './problems.ts';
import { at, has, listAt, refused, required, textAt } from './values.ts';

/* Rules about how consumers reach the database: the endpoint service, or the resource gateway. */

/** Without a load balancer there is no group to keep, and no function that keeps it. */
const onlyWithLoadBalancer = [
  'targetGroupArn',
  'loadBalancerArn',
  'placement',
  'probe',
  'warmStandby',
  'notifyFailovers',
  'reconcile',
  'dashboard',
  'roles',
] as const;

/** Keys that only the functions read: their fallback, and the sources of their events. */
const readByFunctions = ['endpoint', 'member', 'proxyName', 'identifier', 'securityGroupIds'] as const;

const alarmsOfFunctions = [
  'driftPersistsMinutes',
  'heldMinutes',
  'noSuccessMinutes',
  'noHealthyTargetMinutes',
  'twoHealthyTargetsMinutes',
  'errorMinutes',
] as const;

export function gatewayProblems(entry: object): Problem[] {
  const access = textAt(entry, 'access');
  if (access !== 'resource-gateway' && access !== 'both')
    return refused(entry, ['resourceGateway'], 'nothing, unless "access" is "resource-gateway" or "both"');
  return [
    ...(access === 'resource-gateway' ? leftovers(entry) : []),
    ...required(entry, ['vpc'], 'the VPC and its subnets, which a resource gateway needs'),
    ...(has(entry, 'database')
      ? required(entry, ['database', 'port'], 'the port of the database, which a resource gateway needs')
      : []),
    ...limitProblems(entry, access),
  ];
}

function leftovers(entry: object): Problem[] {
  const each = (keys: readonly string[], around: Path, allowed: string) =>
    keys.flatMap((key) => refused(entry, [...around, key], `nothing with "access": "resource-gateway"${allowed}`));
  return [
    ...endpointServiceLeftovers(entry),
    ...each(onlyWithLoadBalancer, [], ', which has neither a target group nor functions'),
    ...each(readByFunctions, ['database'], ': there are no functions that would use it'),
    ...each(alarmsOfFunctions, ['alarms'], ', whose one alarm is resourceGateway.quietMinutes'),
  ];
}

/** A key that the gateway cannot replace explains more than the endpoint service as a whole. */
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

/** With "both", the load balancer covers what the gateway cannot do: only what makes the gateway itself fail is refused. */
function limitProblems(entry: object, access: string): Problem[] {
  const kind = textAt(entry, 'database', 'kind');
  const isPublicCluster = at(entry, ['database', 'publiclyAccessible']) === true && kind === 'cluster';
  return [
    ...(isPublicCluster
      ? refused(entry, ['database', 'publiclyAccessible'], `false: ${gatewayLimits.publicCluster}`)
      : []),
    ...(['reader', 'custom'].includes(textAt(entry, 'role') ?? '') && access === 'resource-gateway'
      ? refused(entry, ['role'], `writer: ${gatewayLimits.readers}`)
      : []),
    ...(at(entry, ['alarms', 'enabled']) === false
      ? refused(
          entry,
          ['resourceGateway', 'quietMinutes'],
          'nothing with "alarms": {"enabled": false}, which leaves the alarm out',
        )
      : []),
    ...(kind !== 'hostname'
      ? refused(
          entry,
          ['resourceGateway', 'resolveInVpc'],
          'nothing: RDS is shared by ARN; only a host name is looked up',
        )
      : []),
  ];
}

/** Only requests of allowed principals can be accepted, and only where requests wait for acceptance. */
export function acceptanceProblems(entry: object): Problem[] {
  const service = at(entry, ['endpointService']);
  const accounts = listAt(service, 'acceptAutomatically') ?? [];
  const path = ['endpointService', 'acceptAutomatically'];
  // Beside "shared" the key itself is the mistake.
  if (accounts.length === 0 || has(service, 'shared')) return [];
  const principals = listAt(service, 'allowedPrincipals') ?? [];
  const isAllowed = (account: unknown) =>
    account === at(entry, ['account']) || principals.some((one) => accountOf(one) === account);
  return [
    ...(at(service, ['acceptanceRequired']) === false
      ? refused(entry, path, 'nothing with "acceptanceRequired": false, which accepts every allowed principal')
      : []),
    ...accounts.flatMap((input, index) =>
      isAllowed(input)
        ? []
        : [{ path: [...path, index], input, allowed: 'an account that allowedPrincipals allows to connect' }],
    ),
  ];
}

const accountOf = (principal: unknown): string | undefined =>
  typeof principal === 'string' ? (/^\d{12}$/.exec(principal)?.[0] ?? principal.split(':')[4]) : undefined;

const isIpv6 = (cidr: unknown): cidr is string => typeof cidr === 'string' && cidr.includes(':');

/** Which address families go together in an endpoint service. A shared one is judged together with its load balancer. */
export function addressFamilyProblems(entry: object): Problem[] {
  if (has(entry, 'endpointService', 'shared')) return [];
  const isDual = textAt(entry, 'endpointService', 'addressType') === 'dual-stack';
  const targets = textAt(entry, 'endpointService', 'targetAddressType') ?? 'ipv4';
  const isIpv6Target = targets === 'ipv6';
  const allowedCidrs = ['reconcile', 'allowedCidrs'];
  const allowed = listAt(entry, ...allowedCidrs);
  const ranges = (key: string, allowedFor: (cidr: unknown) => string | undefined): Problem[] =>
    (listAt(entry, 'endpointService', key) ?? []).flatMap((input, index) => {
      const allowed = typeof input === 'string' ? allowedFor(input) : undefined;
      return allowed === undefined ? [] : [{ path: ['endpointService', key, index], input, allowed }];
    });
  const unreached = ranges('databaseCidrs', (cidr) =>
    isIpv6(cidr) === isIpv6Target ? undefined : `an ${isIpv6Target ? 'IPv6' : 'IPv4'} range, as the targets are`,
  );
  // Ranges of the other family say already that the targets' is the mistake.
  const isNotAllowed = unreached.length === 0 && (isIpv6Target ? !allowed?.some(isIpv6) : allowed?.every(isIpv6));
  return [
    ...(isIpv6Target && !isDual
      ? refused(entry, ['endpointService', 'targetAddressType'], 'ipv4; ipv6 needs "addressType": "dual-stack"')
      : []),
    ...(!isIpv6Target && has(entry, 'endpointService') && isNotAllowed
      ? refused(
          entry,
          allowedCidrs,
          'a list with an IPv4 range, too, as the targets are IPv4: without one nothing is registered',
        )
      : []),
    ...(isIpv6Target && isNotAllowed
      ? [
          {
            path: allowedCidrs,
            input: at(entry, allowedCidrs),
            allowed:
              'a list with the IPv6 range of the VPC, as the targets are IPv6: without it no address of it is registered',
          },
        ]
      : []),
    // With IPv6 targets the rule above has reported it already.
    ...ranges('consumerCidrs', (cidr) =>
      isIpv6(cidr) && !isDual && !isIpv6Target ? 'an IPv4 range; IPv6 needs "addressType": "dual-stack"' : undefined,
    ),
    ...unreached,
  ];
}

/** A group says what is reached more exactly than ranges, which are then not used. */
export const databaseSideProblems = (entry: object): Problem[] =>
  ['endpointService', 'resourceGateway'].flatMap((key) =>
    has(entry, key, 'databaseSecurityGroupId')
      ? refused(
          entry,
          [key, 'databaseCidrs'],
          'nothing beside databaseSecurityGroupId, by which the database is reached; or the ranges alone, and no rule is added to the database',
        )
      : [],
  );

/** AWS has no custom idle time-out for consumers in other Regions. */
export function crossRegionProblems(entry: object): Problem[] {
  const path = ['endpointService', 'idleTimeoutSeconds'];
  const regions = listAt(entry, 'endpointService', 'supportedRegions') ?? [];
  const isCrossRegion = regions.some((region) => region !== textAt(entry, 'region'));
  const seconds = limits.crossRegionIdleSeconds;
  return isCrossRegion && typeof at(entry, path) === 'number' && at(entry, path) !== seconds
    ? refused(
        entry,
        path,
        `${seconds}, or leave it out: AWS takes no other idle time-out where consumers come from other Regions (supportedRegions)`,
      )
    : [];
}
