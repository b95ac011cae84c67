import { type Desired, type Plan, type Target, targetKey } from '../domain.ts';
import type { Owners } from '../observations/owners.ts';

/** The targets that a plan lets in and whose owner has to be checked. */
export const entering = (desired: Desired | undefined, plan: Plan): readonly Target[] =>
  plan.kind !== 'change'
    ? []
    : desired?.kind === 'targets' && desired.evidence.withoutApi
      ? desired.targets
      : plan.register;

/** The plan, or a hold: an address that would enter belongs to another, was not asked about, or is vouched for by DNS alone. */
export function verified(desired: Desired, plan: Plan, owners: Owners, isAsked: boolean): Plan {
  const owned = entering(desired, plan).map((target) => ({ ...target, owner: owners.get(target.ip) }));
  for (const { ip, owner } of owned) {
    if (owner?.kind === 'other') {
      const message = `${ip} is not the database's own address: it belongs to ${owner.found}`;
      return { kind: 'hold', reason: 'AddressNotOurs', message };
    }
    if (isAsked && !owner)
      return { kind: 'hold', reason: 'Unconfirmed', message: `the owner of ${ip} has not been read yet` };
  }
  const withoutApi = desired.kind === 'targets' ? desired.evidence.withoutApi : undefined;
  const open = owned.find(({ owner }) => owner?.kind !== 'own');
  if (withoutApi === undefined || !open) return plan;
  const why =
    open.owner?.kind === 'unread' ? open.owner.why : 'set VERIFY_INTERFACES ("verifyInterfaces") to have it proven';
  const message = `${withoutApi} DNS names ${targetKey(open)}, and DNS alone changes nothing for a cluster: ${why}`;
  return { kind: 'hold', reason: 'TopologyUnavailable', message };
}
