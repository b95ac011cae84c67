import type { Check } from '../../lib/domain.ts';

/** The checks of one function. */
export type FunctionChecks = { readonly by: string; readonly checks: readonly Check[] };

type Finding = { readonly by: string; readonly check: Check };

/** Each function answers these for itself, so both must. The other checks are about what they share. */
const ofEachFunction: ReadonlySet<string> = new Set([
  'doctor-complete',
  'apis-reached-privately',
  'database-admits-function',
  'writer-accepts-connections',
  'rules-enabled',
  'permissions-suffice',
]);

/** The checks of several functions as one list: a check that one function fails has failed, and the detail names that function. */
export function merged(all: readonly FunctionChecks[]): Check[] {
  const findings = new Map<string, Finding[]>();
  for (const { by, checks } of all) {
    const seen = new Map<string, number>();
    for (const check of checks) {
      // A check may come several times, once per name that it checks.
      const number = seen.get(check.check) ?? 0;
      seen.set(check.check, number + 1);
      const key = `${check.check} ${number}`;
      findings.set(key, [...(findings.get(key) ?? []), { by, check }]);
    }
  }
  return [...findings.values()].map((some) => one(some, all.length > 1));
}

function one(findings: readonly Finding[], isNamed: boolean): Check {
  const result = resultOf(findings);
  const decisive = findings.filter(({ check }) => check.result === result);
  const [first = findings[0]] = decisive;
  const details = [...new Set(decisive.map(({ check }) => check.detail))];
  const isShared = decisive.length === findings.length && details.length === 1;
  const isWorthNaming = isNamed && !isShared && (result !== 'ok' || ofEachFunction.has(first?.check.check ?? ''));
  const detail = isWorthNaming
    ? decisive.map(({ by, check }) => `${by}: ${check.detail}`).join('; ')
    : (details[0] ?? '');
  return { ...(first?.check as Check), detail };
}

function resultOf(findings: readonly Finding[]): Check['result'] {
  const has = (result: Check['result']) => findings.some(({ check }) => check.result === result);
  if (has('failed')) return 'failed';
  const [worse, better] = ['not-checked', 'ok'] as const;
  if (ofEachFunction.has(findings[0]?.check.check ?? '')) return has(worse) ? worse : better;
  return has(better) ? better : worse;
}
