import { isLive, oneOf, type RegisteredTarget, type Target } from '../domain.ts';

/* Which targets get connections, going by the state that the load balancer reports. */

/** Whether the load balancer sends new connections there by choice, and not because it fails open. */
export const takesConnections = ({ state, override }: Pick<RegisteredTarget, 'state' | 'override'>): boolean =>
  state === 'healthy' && override !== shifted;

/** Other values, such as `zonal_shift_delegated_to_dns`, say only that ELBv2 does not know: ARC does. */
const shifted = 'zonal_shift_active';

/**
 * Targets that a load balancer uses the group for, and never sends a connection to: as a rule it has no subnet in their zone. Where all
 * targets are unused, no load balancer may use the group at all, which is as it should be; the adapter asks, and names the zone where it is not.
 */
export function unserved(targets: readonly RegisteredTarget[]): readonly RegisteredTarget[] {
  const live = targets.filter(isLive);
  const isInUse = live.some(({ state }) => state !== 'unused');
  return live.filter(({ state, unservedZone }) => unservedZone !== undefined || (isInUse && state === 'unused'));
}

/** The wanted targets that no connection ever reaches. */
export const cutOff = (wanted: readonly Target[], observed: readonly RegisteredTarget[]): readonly RegisteredTarget[] =>
  unserved(observed).filter(oneOf(wanted));
