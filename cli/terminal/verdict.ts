import { takesConnections } from '../../lib/decision/served.ts';
import type { Report } from '../../lib/domain.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Colours } from './styles.ts';

export type Paint = 'green' | 'yellow' | 'red' | 'dim';

type Verdict = { readonly text: string; readonly paint: Paint };

/** Whether a healthy target takes new connections; undefined when the report does not say what the group holds. */
export const isServed = ({ targets }: Pick<Report, 'targets'>): boolean | undefined => targets?.some(takesConnections);

/** Healthy targets exist, but a zonal shift keeps new connections away from all of them. */
export const isShifted = ({ targets = [] }: Pick<Report, 'targets'>): boolean =>
  targets.some(({ state }) => state === 'healthy') && !targets.some(takesConnections);

/** The outcome in the operator's words, with its colour: red for a group that serves no consumer, even when it is right. */
export function verdictOf(report: Report): Verdict {
  const { text, paint } = outcomeOf(report);
  const { pausedUntil } = report;
  const paused: Verdict = pausedUntil
    ? { text: `${text}, PAUSED until ${pausedUntil}`, paint: 'yellow' }
    : { text, paint };
  const why = isShifted(report) ? 'NO NEW CONNECTIONS (zonal shift)' : 'NO HEALTHY TARGET';
  return isServed(report) === false ? { text: `${paused.text}, ${why}`, paint: 'red' } : paused;
}

function outcomeOf({ outcome, reason, registered, deregistered, plan }: Report): Verdict {
  switch (outcome) {
    case 'in-sync':
      return { text: 'in sync', paint: 'green' };
    case 'changed':
      return {
        text: `corrected (${counted(registered.length, deregistered.length, 'ed')}), now in sync`,
        paint: 'green',
      };
    case 'observed':
      return {
        text: plan ? `drift (${counted(plan.register.length, plan.deregister.length)})` : 'drift',
        paint: 'red',
      };
    case 'held':
      return { text: `held: ${reason}`, paint: 'yellow' };
    case 'waiting':
      return { text: 'waiting: the group is not yet as it should be', paint: 'yellow' };
    case 'ignored':
      return { text: 'ignored', paint: 'dim' };
  }
}

const counted = (register: number, deregister: number, ending = ''): string =>
  ending
    ? `${register} registered, ${deregister} deregistered`
    : `${register} to register, ${deregister} to deregister`;

/** ELBv2's states: green serves, yellow is in transition, red does not serve. */
export const stateColour = (colour: Colours, state: string): string => {
  if (state === 'healthy') return colour.green(state);
  return state === 'initial' || state.endsWith('draining') ? colour.yellow(state) : colour.red(state);
};

/** The exit code of a report: 0 only where the group is right and, as far as the report shows, serves consumers. */
export const codeOf = (report: Pick<Report, 'outcome' | 'targets'>): ExitCode => {
  const { outcome } = report;
  if (outcome === 'ignored') return exitCodes.inSync;
  return (outcome === 'in-sync' || outcome === 'changed') && isServed(report) !== false
    ? exitCodes.inSync
    : exitCodes.drift;
};
