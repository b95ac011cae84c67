import type { LossCheck } from '../../sandbox/data-plane/client/client.ts';
import { type Figure, median, worst } from '../figures.ts';
import type { Thirds } from './memory.ts';
import type { Round } from './rounds.ts';

/* What a soak proves, as figures with limits: one that is missed fails it. */

export type Watched = {
  readonly rounds: readonly Round[];
  readonly writes: LossCheck;
  readonly empty: readonly string[];
};

export function figuresOf({ rounds, writes, empty }: Watched): Figure[] {
  const count = (name: string, value: number, limit?: number): Figure => ({
    name,
    value,
    unit: '',
    ...(limit === undefined ? {} : { limit }),
  });
  const times = rounds.map(({ rightAfter }) => rightAfter);
  return [
    count(
      'failovers',
      rounds.reduce((sum, { failovers }) => sum + failovers, 0),
    ),
    count('writes acknowledged', writes.acknowledged),
    count('acknowledged writes lost', writes.lost.length, 0),
    // Without writes nothing is lost either.
    count('failovers after which no client could write', rounds.filter(({ isWritten }) => !isWritten).length, 0),
    count('groups wrong when a schedule period was over', rounds.filter(({ wrong }) => wrong).length, 0),
    count('times without any target', empty.length, 0),
    { name: 'faults over → group right, median', value: median(times), unit: 's', note: 'AWS seconds' },
    { name: 'faults over → group right, worst', value: worst(times), unit: 's', note: 'AWS seconds' },
  ];
}

export function memoryFigures({ warmUpSeconds, firstMb, lastMb, highestMb }: Thirds): Figure[] {
  const note = `after ${warmUpSeconds.toFixed(0)} s of warm-up`;
  return [
    { name: "functions' memory, median of the first third", value: firstMb, unit: 'MB', note },
    { name: "functions' memory, median of the last third", value: lastMb, unit: 'MB', limit: firstMb * 1.1 + 2 },
    { name: "functions' memory, highest", value: highestMb, unit: 'MB', limit: 256 },
  ];
}
