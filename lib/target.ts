/* What a target group holds. No behaviour but the identity of a target. */

/** A database address behind the load balancer. `ip` is IPv4, or IPv6 without brackets. */
export type Target = { readonly ip: string; readonly port: number };

/** ELBv2's own target states, unchanged. `unknown`: a word that none of them is; the reason quotes it. */
export type TargetState =
  | 'initial'
  | 'healthy'
  | 'unhealthy'
  | 'unhealthy.draining'
  | 'unused'
  | 'draining'
  | 'unavailable'
  | 'unknown';

/** A target as DescribeTargetHealth lists it. `reason` is ELBv2's code, for example `Target.NotInUse`. */
export type RegisteredTarget = Target & {
  readonly state: TargetState;
  readonly reason?: string;
  /** The zone of a target that the load balancer in front of the group does not use: it has no subnet there. */
  readonly unservedZone?: string;
  /** True: it lies outside the VPC of the group, and is registered for all zones. */
  readonly isOutside?: boolean;
  /** ELBv2's AdministrativeOverride, for example `zonal_shift_active`: no new connections, whatever the state. */
  readonly override?: string;
};

/** `ip:port` (`[ip]:port` for IPv6): the identity of a target. The Availability Zone is no part of it: AWS fills it in. */
export const targetKey = ({ ip, port }: Target): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);

/** Whether a target is one of these, by its identity. */
export const oneOf = (targets: readonly Target[]): ((target: Target) => boolean) => {
  const keys = new Set(targets.map(targetKey));
  return (target) => keys.has(targetKey(target));
};

export const without = <T extends Target>(targets: readonly T[], others: readonly Target[]): readonly T[] => {
  const isOther = oneOf(others);
  return targets.filter((target) => !isOther(target));
};

export const isPort = (port: number | undefined): port is number =>
  port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65535;

/** A draining target is absent: if its address is wanted again, it has to be registered again. */
export const isLive = ({ state, reason }: RegisteredTarget): boolean =>
  state !== 'draining' && reason !== 'Target.NotRegistered';
