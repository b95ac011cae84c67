import type { Check } from '../../lib/domain.ts';

/** The checks of one function. */
export type Told = { readonly by: string; readonly checks: readonly Check[] };

type Saying = { readonly by: string; readonly check: Check };

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
export function merged(told: readonly Told[]): Check[] {
  const sayings = new Map<string, Saying[]>();
  for (const { by, checks } of told) {
    const seen = new Map<string, number>();
    for (const check of checks) {
      // A check may come several times, once per name that it checks.
      const number = seen.get(check.check) ?? 0;
      seen.set(check.check, number + 1);
      const key = `${check.check} ${number}`;
      sayings.set(key, [...(sayings.get(key) ?? []), { by, check }]);
    }
  }
  return [...sayings.values()].map((some) => one(some, told.length > 1));
}

function one(sayings: readonly Saying[], isNamed: boolean): Check {
  const result = resultOf(sayings);
  const telling = sayings.filter(({ check }) => check.result === result);
  const [first = sayings[0]] = telling;
  const details = [...new Set(telling.map(({ check }) => check.detail))];
  const isShared = telling.length === sayings.length && details.length === 1;
  const isWorthNaming = isNamed && !isShared && (result !== 'ok' || ofEachFunction.has(first?.check.check ?? ''));
  const detail = isWorthNaming
    ? telling.map(({ by, check }) => `${by}: ${check.detail}`).join('; ')
    : (details[0] ?? '');
  return { ...(first?.check as Check), detail };
}

function resultOf(sayings: readonly Saying[]): Check['result'] {
  const has = (result: Check['result']) => sayings.some(({ check }) => check.result === result);
  if (has('failed')) return 'failed';
  const [worse, better] = ['not-checked', 'ok'] as const;
  if (ofEachFunction.has(sayings[0]?.check.check ?? '')) return has(worse) ? worse : better;
  return has(better) ? better : worse;
}
