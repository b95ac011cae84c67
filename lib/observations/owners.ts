import { type Database, type Desired, type Plan, type Target, targetKey } from '../domain.ts';
import type { InterfacesObservation, NetworkInterface } from '../ports.ts';

/* Whose an address is. DNS is not signed: what a name shows enters the group only if EC2 shows it to be the database's own. */

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
  // A host name may lead to anything: its security groups alone tell.
  const candidates = found.filter((one) => kind === 'hostname' || isOfRds(one));
  if (candidates.length > 0 && !groups?.length) return { kind: 'unread', why: withoutGroups };
  if (candidates.some(({ securityGroups }) => securityGroups.some((id) => groups?.includes(id))))
    return { kind: 'own' };
  const others = found.map(described).join(' and ');
  return { kind: 'other', found: others || 'no network interface of this account and Region' };
}

const withoutGroups =
  'the security groups of the database are not known while the RDS API does not report them; set DATABASE_SECURITY_GROUPS ("securityGroupIds")';

/** As RDS makes them for every engine of its own; an RDS Proxy's are described otherwise. */
const isOfRds = ({ requester, description }: NetworkInterface): boolean =>
  requester === 'amazon-rds' && description === 'RDSNetworkInterface';

const described = ({ id, requester, description, securityGroups }: NetworkInterface): string =>
  `${id} (${requester ? `made by ${requester}` : 'made by no AWS service'}, ${JSON.stringify(description.slice(0, 80))}, ${securityGroups.join(', ') || 'no security group'})`;

/** What a plan lets in, as far as it has to be the database's own. */
export const entering = (desired: Desired | undefined, plan: Plan): readonly Target[] =>
  plan.kind !== 'change' ? [] : desired?.kind === 'targets' && desired.unproven ? desired.targets : plan.register;

/** The plan; a hold where something would enter that is another's, that was not asked about, or that nothing but DNS speaks for. */
export function verified(desired: Desired, plan: Plan, owners: Owners, isAsked: boolean): Plan {
  const owned = entering(desired, plan).map((target) => ({ ...target, owner: owners.get(target.ip) }));
  for (const { ip, owner } of owned) {
    if (owner?.kind === 'other') {
      const message = `${ip} is not the database's own address: it belongs to ${owner.found}`;
      return { kind: 'hold', reason: 'AddressNotOurs', message };
    }
    if (isAsked && !owner)
      return { kind: 'hold', reason: 'Unconfirmed', message: `whose ${ip} is has still to be read` };
  }
  const unproven = desired.kind === 'targets' ? desired.unproven : undefined;
  const open = owned.find(({ owner }) => owner?.kind !== 'own');
  if (unproven === undefined || !open) return plan;
  const why =
    open.owner?.kind === 'unread' ? open.owner.why : 'set VERIFY_INTERFACES ("verifyInterfaces") to have it proven';
  const message = `${unproven} DNS names ${targetKey(open)}, and DNS alone changes nothing of a cluster: ${why}`;
  return { kind: 'hold', reason: 'TopologyUnavailable', message };
}
