import type { DatabaseEntry } from '../../infra/config/databases.ts';
import { withoutPartition } from '../../lib/partitions.ts';
import type { Drift, Service } from './types.ts';

/** An account in the file is its root in EC2's answer. */
const principalArn = (principal: string): string =>
  /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal;

/** Partitions differ (aws-cn, aws-us-gov), and a bare account may stand for any. */
const key = (principal: string): string => withoutPartition(principalArn(principal));

/** The service against the configuration file. Pure. */
export function driftOf(
  { endpointService }: DatabaseEntry,
  { acceptanceRequired }: Service,
  principals: readonly string[],
): Drift | undefined {
  if (!endpointService) return undefined;
  const configured = endpointService.allowedPrincipals ?? [];
  const has = (all: readonly string[], one: string) => all.some((other) => key(other) === key(one));
  const wanted = endpointService.acceptanceRequired ?? true;
  return {
    missing: configured.filter((one) => !has(principals, one)),
    surplus: principals.filter((one) => !has(configured, one)),
    ...(wanted === acceptanceRequired
      ? {}
      : { acceptanceRequired: { configured: wanted, actual: acceptanceRequired } }),
  };
}

export const isDrift = (drift: Drift | undefined): boolean =>
  drift !== undefined &&
  (drift.missing.length > 0 || drift.surplus.length > 0 || drift.acceptanceRequired !== undefined);
