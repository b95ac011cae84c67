import { setTimeout as timer } from 'node:timers/promises';
import type { Clock } from '../ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  // An aborted sleep only ends: the call that was aborted with it says why.
  sleep: (ms, signal) => timer(ms, undefined, { signal }).catch(() => {}),
  random: () => Math.random(),
};
