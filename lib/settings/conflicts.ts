import type { Values } from './rows.ts';
import type { Name } from './table.ts';

/* Rules between the settings. A setting that was itself refused breaks none, and makes no other wrong. */

type Rule = {
  /** The setting that is set. */
  readonly of: Name;
  /** Whether the others forbid it. */
  readonly if: boolean | undefined;
  readonly allowed: string;
};

/** What the others forbid, as lines for people; and what they ask for. */
export function conflicts(values: Values, isUnset: (name: Name) => boolean) {
  const refused = rules(values, isUnset)
    .filter((rule) => rule.if && values[rule.of])
    .map((rule) => `${rule.of} is "${values[rule.of]}"; allowed: ${rule.allowed}`);
  return { refused, missing: asked(values).filter(isUnset) };
}

function asked({ DATABASE_KIND, ROLE, VERIFY_INTERFACES, PROBE, WARM_STANDBY }: Values): Name[] {
  return [
    ...(ROLE === 'custom' ? ['DATABASE_CUSTOM_ENDPOINT' as const] : []),
    ...(VERIFY_INTERFACES && DATABASE_KIND === 'hostname' ? ['DATABASE_SECURITY_GROUPS' as const] : []),
    ...(PROBE === 'secret' ? ['PROBE_SECRET_ARN' as const] : []),
    ...(WARM_STANDBY ? ['WARM_SECURITY_GROUP' as const] : []),
  ];
}

function rules(values: Values, isUnset: (name: Name) => boolean): Rule[] {
  const { DATABASE_KIND: kind, PROBE: login } = values;
  const isOther = (allowed: string) => kind !== undefined && kind !== allowed;
  /** Neither wrong nor one of these. */
  const lacks = (name: 'ROLE' | 'PROBE' | 'WARM_STANDBY', ...words: unknown[]) =>
    values[name] === undefined ? isUnset(name) : !words.includes(values[name]);
  const warm = { of: 'WARM_STANDBY' as const };
  return [
    { of: 'DATABASE_MEMBER', if: isOther('instance'), allowed: 'false, or DATABASE_KIND instance' },
    { of: 'DATABASE_MEMBER_PREFIX', if: isOther('cluster'), allowed: 'nothing, or DATABASE_KIND cluster' },
    { of: 'DATABASE_CUSTOM_ENDPOINT', if: lacks('ROLE', 'custom'), allowed: 'nothing without ROLE custom' },
    { of: 'ROLE', if: values.ROLE === 'custom' && isOther('cluster'), allowed: 'DATABASE_KIND cluster alone' },
    {
      of: 'PROBE',
      if: login !== 'off' && kind === 'hostname',
      allowed: 'off for a host name: no API lists the members behind it',
    },
    { of: 'PROBE_DATABASE', if: lacks('PROBE', 'iam', 'secret'), allowed: 'nothing without PROBE iam or secret' },
    { of: 'PROBE_SECRET_ARN', if: lacks('PROBE', 'secret'), allowed: 'nothing without PROBE secret' },
    { ...warm, if: isOther('instance'), allowed: 'false, or DATABASE_KIND instance: no other kind has such a standby' },
    { ...warm, if: values.DATABASE_MEMBER, allowed: "false for a cluster's member, which has no standby" },
    { ...warm, if: values.ROLE !== undefined && values.ROLE !== 'writer', allowed: 'false, or ROLE writer' },
    {
      ...warm,
      if: values.REMOVE_STALE === 'never',
      allowed: 'false, or another REMOVE_STALE than never: an address that is no longer the standby has to leave',
    },
    {
      of: 'FAILOVER_TOPIC_ARN',
      if: kind === 'hostname' || (values.ROLE !== undefined && values.ROLE !== 'writer'),
      allowed: 'nothing without a writer to follow: DATABASE_KIND instance or cluster, and ROLE writer',
    },
    { of: 'WARM_SECURITY_GROUP', if: lacks('WARM_STANDBY', true), allowed: 'nothing without WARM_STANDBY true' },
  ];
}
