import { setTimeout as timer } from 'node:timers/promises';
import type { Clock } from '../ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  // An aborted sleep is just over: the call that it waited for says what happened.
  sleep: (ms, signal) => timer(ms, undefined, { signal }).catch(() => {}),
  random: () => Math.random(),
};
