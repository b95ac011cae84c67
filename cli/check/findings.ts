import type { DatabaseEntry } from '../../infra/config/databases.ts';
import type { Path } from '../../infra/config/problems.ts';
import { explained } from '../../lib/doctor/diagnose.ts';
import type { Verdict } from '../../lib/doctor/verdict.ts';
import type { Check } from '../../lib/domain.ts';

/** What one check found about one value of the file. `path`: inside the entry. */
export type Finding = {
  readonly check: string;
  readonly result: Check['result'];
  readonly path: Path;
  readonly detail: string;
  /** What to write or do instead, of a failed one. */
  readonly remedy?: string;
};

/** A value that the account contradicts, and what may stand there instead. */
export type Wrong = { readonly path: Path; readonly allowed: string };

/** One failed finding for each wrong value; one that is ok when there is none. */
export const findingsOf = (check: string, path: Path, wrong: readonly Wrong[], fine: string): readonly Finding[] =>
  wrong.length > 0
    ? wrong.map((one) => ({ check, result: 'failed' as const, path: one.path, detail: `allowed: ${one.allowed}` }))
    : [{ check, result: 'ok', path, detail: fine }];

export const notChecked = (check: string, path: Path, detail: string): readonly Finding[] => [
  { check, result: 'not-checked', path, detail },
];

/** A check of `doctor`, with the remedy that it has there. */
export function fromDoctor(check: string, verdict: Verdict | undefined, path: Path): readonly Finding[] {
  if (!verdict) return [];
  const { result, detail, remedy } = explained({ check, ...verdict });
  return [{ check, result, path, detail, ...(remedy ? { remedy } : {}) }];
}

/** Every value of an entry that is an identifier of EC2 with this prefix, with its path. */
export function idsIn(
  value: unknown,
  prefix: string,
  path: Path = [],
): readonly { readonly path: Path; readonly id: string }[] {
  if (typeof value === 'string') return value.startsWith(`${prefix}-`) ? [{ path, id: value }] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => idsIn(item, prefix, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => (key === 'tags' ? [] : idsIn(item, prefix, [...path, key])));
}

/** The group that this entry's load balancer would have, where it makes one. */
export const makesBalancer = ({ endpointService, targetGroupArn, access }: DatabaseEntry): boolean =>
  endpointService !== undefined && targetGroupArn === undefined && access !== 'resource-gateway';
