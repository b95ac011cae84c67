import type { Database } from '../domain.ts';
import type { InterfacesObservation, NetworkInterface } from '../ports.ts';

/* Who owns an address. DNS is not signed: an address that a name shows enters the group only if EC2 shows it to be the database's own. */

/** `unread`: EC2 or the RDS API does not say. */
export type Owner =
  | { readonly kind: 'own' }
  | { readonly kind: 'other'; readonly found: string }
  | { readonly kind: 'unread'; readonly why: string };

export type Owners = ReadonlyMap<string, Owner & { readonly at: number }>;

/** @param groups the database's security groups; undefined where they are not known */
export function ownerOf(
  ip: string,
  seen: InterfacesObservation,
  { kind }: Pick<Database, 'kind'>,
  groups: readonly string[] | undefined,
): Owner {
  if (seen.kind === 'unavailable') return { kind: 'unread', why: seen.message };
  const found = seen.interfaces.get(ip) ?? [];
  // A host name may lead to anything: only the security groups tell.
  const candidates = found.filter((one) => kind === 'hostname' || isOfRds(one));
  if (candidates.length > 0 && !groups?.length) return { kind: 'unread', why: withoutGroups };
  if (candidates.some(({ securityGroups = [] }) => securityGroups.some((id) => groups?.includes(id))))
    return { kind: 'own' };
  const untold = candidates.find(({ securityGroups }) => !securityGroups);
  if (untold) return { kind: 'unread', why: `EC2 does not say which security groups ${untold.id} has` };
  const others = found.map(described).join(' and ');
  return { kind: 'other', found: others || 'no network interface of this account and Region' };
}

const withoutGroups =
  'the security groups of the database are not known while the RDS API does not report them; set DATABASE_SECURITY_GROUPS ("securityGroupIds")';

/** As RDS makes them for every engine of its own; an RDS Proxy's are described otherwise. */
export const isOfRds = ({ requester, description }: NetworkInterface): boolean =>
  requester === 'amazon-rds' && description === 'RDSNetworkInterface';

export const described = ({ id, requester, description, securityGroups }: NetworkInterface): string =>
  `${id} (${requester ? `made by ${requester}` : 'made by no AWS service'}, ${JSON.stringify(description.slice(0, 80))}, ${securityGroups?.join(', ') || 'no security group'})`;
