import type { Check } from '../domain.ts';
import type { Reading } from './reading.ts';

/** What one check came to. */
export type Verdict = Pick<Check, 'result' | 'detail'>;

export const ok = (detail: string): Verdict => ({ result: 'ok', detail });
export const failed = (detail: string): Verdict => ({ result: 'failed', detail });
export const notChecked = (detail: string): Verdict => ({ result: 'not-checked', detail });

/** The parts that are wrong, or that all is well. */
export const unless = (problems: readonly (string | false | undefined)[], fine: string): Verdict => {
  const found = problems.filter(Boolean);
  return found.length > 0 ? failed(found.join('; ')) : ok(fine);
};

/** What the role may not read says nothing about the thing itself. `seen`: what was read all the same. */
export function judge<T>(reading: Reading<T>, verdict: (value: T) => Verdict, seen?: string): Verdict {
  const unread = (why: string) => notChecked(seen ? `${why}; ${seen}` : why);
  switch (reading.kind) {
    case 'read':
      return verdict(reading.value);
    case 'denied':
      return unread(`the role may not read it: grant ${reading.action}`);
    case 'unreadable':
      return unread(`${reading.action} gave no answer: ${reading.message}`);
  }
}

export const listed = (items: readonly string[], none = 'none'): string => items.join(', ') || none;

const gravity = { failed: 2, 'not-checked': 1, ok: 0 } as const;

/** The worst result decides, and only the verdicts that have it are told. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  const grave = Math.max(...verdicts.map(({ result }) => gravity[result]));
  const told = verdicts.filter(({ result }) => gravity[result] === grave);
  return { result: told[0]?.result ?? 'ok', detail: told.map(({ detail }) => detail).join('; ') };
}
