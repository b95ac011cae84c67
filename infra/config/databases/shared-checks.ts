import type { Problem } from './problems.ts';
import { at, textAt } from './values.ts';

/** The usual name of an API resolves to one endpoint in a VPC: it cannot be there already and be made by a shared stack too. */
export function sharedEndpointProblems(entries: readonly unknown[]): Problem[] {
  const vpcOf = (entry: unknown) => {
    const id = textAt(entry, 'vpc', 'id');
    return id && [textAt(entry, 'account'), textAt(entry, 'region'), id].join();
  };
  const uses = (entry: unknown) => textAt(entry, 'placement', 'endpoints');
  return entries.flatMap((entry, index) => {
    if (uses(entry) !== 'existing' || !vpcOf(entry)) return [];
    const sharing = entries.findIndex((other) => uses(other) === 'shared' && vpcOf(other) === vpcOf(entry));
    return sharing < 0 ? [] : [conflict(index, sharing)];
  });
}

const conflict = (index: number, sharing: number): Problem => ({
  path: [index, 'placement', 'endpoints'],
  input: 'existing',
  allowed:
    `"shared", as [${sharing}] in the same VPC: private DNS exists once per VPC and API, so existing endpoints and shared ones ` +
    'exclude each other; or "existing" for both',
});

/** Everybody in the VPC may be a client of shared endpoints. */
export const sharedPlacementProblems = (entry: object): Problem[] =>
  textAt(entry, 'placement', 'endpoints') !== 'shared'
    ? refused(entry, ['otherCallers', 'clientCidrs'], 'nothing, unless "endpoints" is "shared"')
    : [
        ...(at(entry, ['vpc']) !== undefined && at(entry, ['vpc', 'cidr']) === undefined
          ? [{ path: ['vpc', 'cidr'], allowed: 'the range of the VPC, whose clients shared endpoints admit' }]
          : []),
        ...refused(entry, ['endpointSecurityGroupId'], 'nothing: shared endpoints have a security group of their own'),
      ];

const refused = (entry: object, keys: readonly string[], allowed: string): Problem[] =>
  keys.flatMap((key) => {
    const input = at(entry, ['placement', key]);
    return input === undefined ? [] : [{ path: ['placement', key], input, allowed }];
  });
