import type { Problem } from './problems.ts';
import { at, listAt, textAt } from './values.ts';

const isIpv6 = (cidr: unknown): cidr is string => typeof cidr === 'string' && cidr.includes(':');

/** Which address families go together in an endpoint service. */
export function addressProblems(entry: object): Problem[] {
  const isDual = textAt(entry, 'endpointService', 'addressType') === 'dual-stack';
  const targets = textAt(entry, 'endpointService', 'targetAddressType') ?? 'ipv4';
  return [
    ...(targets === 'ipv6' && !isDual
      ? [
          {
            path: ['endpointService', 'targetAddressType'],
            input: targets,
            allowed: 'ipv4; ipv6 needs "addressType": "dual-stack"',
          },
        ]
      : []),
    ...(targets === 'ipv6' && !(listAt(at(entry, ['reconcile']), 'allowedCidrs') ?? []).some(isIpv6)
      ? [
          {
            path: ['reconcile', 'allowedCidrs'],
            input: at(entry, ['reconcile', 'allowedCidrs']),
            allowed:
              'a list with the IPv6 range of the VPC, as the targets are IPv6: without it no address of it is registered',
          },
        ]
      : []),
    // IPv6 targets say the same already.
    ...ranges(entry, 'consumerCidrs', (cidr) =>
      isIpv6(cidr) && !isDual && targets !== 'ipv6'
        ? 'an IPv4 range; IPv6 needs "addressType": "dual-stack"'
        : undefined,
    ),
    ...ranges(entry, 'databaseCidrs', (cidr) =>
      isIpv6(cidr) !== (targets === 'ipv6')
        ? `an ${targets === 'ipv6' ? 'IPv6' : 'IPv4'} range, as the targets are`
        : undefined,
    ),
  ];
}

/** Where something greater is left out, that is the mistake. */
const lacksMore = (entry: object): boolean =>
  (at(entry, ['vpc']) === undefined &&
    ['endpointService', 'placement'].some((key) => at(entry, [key]) !== undefined)) ||
  (at(entry, ['access']) === undefined && at(entry, ['resourceGateway']) !== undefined);

/** A host name has one source, DNS, and no API that says whose its addresses are. */
export const hostNameProblems = (entry: object): Problem[] =>
  textAt(entry, 'database', 'kind') !== 'hostname' || textAt(entry, 'access') === 'resource-gateway'
    ? []
    : [
        ...(at(entry, ['reconcile', 'allowedCidrs']) === undefined &&
        at(entry, ['vpc', 'cidr']) === undefined &&
        !lacksMore(entry)
          ? [
              {
                path: ['reconcile', 'allowedCidrs'],
                allowed:
                  'the ranges in which the addresses of the name lie, like ["10.0.1.0/24", "10.0.2.0/24"], or vpc.cidr: nothing but DNS says what a host name leads to',
              },
            ]
          : []),
        ...(at(entry, ['reconcile', 'verifyInterfaces']) === true &&
        at(entry, ['database', 'securityGroupIds']) === undefined
          ? [
              {
                path: ['database', 'securityGroupIds'],
                allowed: 'the security groups of what stands behind the name, which verifyInterfaces compares',
              },
            ]
          : []),
      ];

function ranges(entry: object, key: string, allowedFor: (cidr: unknown) => string | undefined): Problem[] {
  const parent = at(entry, ['endpointService']);
  return (listAt(parent, key) ?? []).flatMap((input, index) => {
    const allowed = typeof input === 'string' ? allowedFor(input) : undefined;
    return allowed === undefined ? [] : [{ path: ['endpointService', key, index], input, allowed }];
  });
}
