import type { Report } from '../lib/domain.ts';
import type { Colours } from './io.ts';

type Paint = 'green' | 'yellow' | 'red' | 'dim';

/** The outcome in the words of an operator, and its colour. */
export function verdictOf({ outcome, reason, registered, deregistered, plan }: Report): { text: string; paint: Paint } {
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
      return { text: 'waiting: a change is under way', paint: 'yellow' };
    case 'ignored':
      return { text: 'ignored', paint: 'dim' };
  }
}

const counted = (register: number, deregister: number, ending = ''): string =>
  ending
    ? `${register} registered, ${deregister} deregistered`
    : `${register} to register, ${deregister} to deregister`;

/** ELBv2's states: what serves, what may come, what does not. */
export const stateColour = (colour: Colours, state: string): string => {
  if (state === 'healthy') return colour.green(state);
  return state === 'initial' || state.endsWith('draining') ? colour.yellow(state) : colour.red(state);
};
