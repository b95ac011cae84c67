import { codeOf } from '../errors.ts';
import type { DiagnosticAction } from './permissions.ts';

/** What was read of one thing; or that the role may not, or that it could not be read. Neither of these is an empty answer. */
export type Reading<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'denied'; readonly action: DiagnosticAction }
  | { readonly kind: 'unreadable'; readonly action: DiagnosticAction; readonly message: string };

export const known = <T>(value: T): Reading<T> => ({ kind: 'read', value });

/** Never rejects: a refusal is an answer too. `action`: what has to be granted for the work, for example `ec2:DescribeSubnets`. */
export async function read<T>(action: DiagnosticAction, work: () => Promise<T>): Promise<Reading<T>> {
  try {
    return known(await work());
  } catch (error) {
    if (codeOf(action, error) === 'AccessDenied') return { kind: 'denied', action };
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { kind: 'unreadable', action, message };
  }
}

/** The next reading, when there is something to read it for. */
export const andThen = async <T, U>(
  reading: Reading<T>,
  next: (value: T) => Promise<Reading<U>>,
): Promise<Reading<U>> => (reading.kind === 'read' ? next(reading.value) : reading);

/** Two readings that only make sense together. */
export function both<T, U>(first: Reading<T>, second: Reading<U>): Reading<readonly [T, U]> {
  if (first.kind !== 'read') return first;
  return second.kind === 'read' ? known([first.value, second.value] as const) : second;
}
