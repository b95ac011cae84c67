import type { ReconcileError } from '../errors.ts';
import type { RunState } from '../observations/run-state.ts';
import type { Reading } from './reading.ts';
import type { Surroundings } from './surroundings.ts';
import { failed, listed, notChecked, ok, type Verdict } from './verdict.ts';

/** A refusal that the work meets is a fault; one that only the doctor meets keeps something unchecked. */
export function permissionChecks({ fault, topology }: RunState, seen: Surroundings) {
  return {
    'permissions-suffice': verdict(refusals([fault, errorOf(topology)]), denied(seen)),
  } as const satisfies Record<string, Verdict>;
}

function verdict(refused: readonly string[], unread: readonly string[]): Verdict {
  if (refused.length > 0) return failed(refused.join('; '));
  if (unread.length > 0) return notChecked(`for all checks, grant ${listed(unread)}`);
  return ok('everything was read; that targets may be registered and deregistered is not tried');
}

const errorOf = (topology: RunState['topology']) =>
  topology?.observation.kind === 'unavailable' ? topology.observation.error : undefined;

const refusals = (errors: readonly (ReconcileError | undefined)[]): string[] =>
  errors.flatMap((error) => (error?.code === 'AccessDenied' ? [error.message] : []));

function denied({ apiHosts: _, conversation: __, ...readings }: Surroundings): string[] {
  const all: (Reading<unknown> | undefined)[] = Object.values(readings);
  return [...new Set(all.flatMap((reading) => (reading?.kind === 'denied' ? [reading.action] : [])))].sort();
}
