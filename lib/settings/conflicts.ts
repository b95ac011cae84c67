import { row, type Values } from './rows.ts';
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

type Idle = {
  readonly of: Name;
  readonly beside: Name;
  readonly if: (value: unknown, other: unknown) => boolean;
  readonly allowed: (other: unknown, beside: string) => string;
};

/** What is set, and the other setting leaves without effect. No number is larger than one that was refused. */
const idle: readonly Idle[] = [
  {
    of: 'SETTLE_SECONDS',
    beside: 'WATCH_SECONDS',
    if: (settle, watch) => Number(settle) > Number(watch),
    allowed: (watch, beside) =>
      `at most ${watch}, as ${beside} is: a watch that ends earlier never sees so long a rest`,
  },
  {
    of: 'RECHECK_MILLISECONDS',
    beside: 'SETTLE_SECONDS',
    if: (recheck, settle) => Number(recheck) > Number(settle) * 1000,
    allowed: (settle, beside) =>
      `at most ${Number(settle) * 1000}, as ${beside} is ${settle}: without a lookup in that time nothing shows that nothing changed`,
  },
  {
    of: 'ROLE',
    beside: 'DATABASE_KIND',
    if: (role, kind) => role === 'reader' && kind === 'hostname',
    allowed: () => 'writer, or nothing, for a host name: each of its addresses is a target',
  },
];

/**
 * Settings that others leave without effect. No deployment takes them; a function that was deployed with them earlier runs on, as an update
 * must not stop what works.
 *
 * @param given undefined where it is not set, NaN where it was itself refused
 * @param called how the user names another setting
 */
export const withoutEffect = (given: (name: Name) => unknown, called: (name: Name) => string) =>
  idle.flatMap(({ of, beside, if: isIdle, allowed }) => {
    const [value, other] = [given(of), given(beside) ?? row(beside).default];
    return isIdle(value, other) ? [{ of, value, allowed: allowed(other, called(beside)) }] : [];
  });

/** The same of an environment, as lines for people. */
export const refusedAtDeployment = (values: Values, isUnset: (name: Name) => boolean): string[] =>
  withoutEffect((name) => values[name] ?? (isUnset(name) ? undefined : Number.NaN), String).map(
    ({ of, value, allowed }) => `${of} is "${value}"; allowed: ${allowed}`,
  );
