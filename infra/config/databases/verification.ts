import type { DatabaseEntry } from './schema.ts';

/* What may enter the group, as the file says it; the stack and `--local` read it alike. */

/** IPv6 targets need a range of their own. */
export const allowedCidrsOf = ({ reconcile, vpc }: DatabaseEntry): readonly string[] | undefined =>
  reconcile?.allowedCidrs ?? (vpc?.cidr ? [vpc.cidr] : undefined);

/** The group that admits the load balancer is the database's. Of a host name only what the entry says counts. */
export function securityGroupIdsOf({ database, endpointService }: DatabaseEntry): readonly string[] | undefined {
  const admitting = database.kind === 'hostname' ? undefined : endpointService?.databaseSecurityGroupId;
  return database.securityGroupIds ?? (admitting ? [admitting] : undefined);
}
