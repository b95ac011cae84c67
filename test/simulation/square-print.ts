import { type Flood, type FloodFigures, flood } from './flood.ts';
import { starvedMs } from './zone-print.ts';

/* What databases of one account cost each other: it must not grow with the square of their number. */

/** Of what the checks ask of the RDS API without any event. */
const allowedShare = 1.3;

type Scene = Omit<Flood, 'seed'> & { readonly title: string; readonly allowedAtOnce: number };

const fourEvents = { woken: 250, events: 4, forMs: 40, hit: 0 };

const scenes: readonly Scene[] = [
  { ...fourEvents, title: '4 foreign events, 250 clusters with a prefix', memberPrefix: 'orders-', allowedAtOnce: 50 },
  { ...fourEvents, title: '4 foreign events, 250 clusters without a prefix', allowedAtOnce: 100 },
  {
    ...{ woken: 50, events: 200, forMs: 30_000, hit: 20, allowedAtOnce: 50 },
    title: '200 foreign events of a failed zone, 50 clusters without a prefix, 20 databases that fail over',
  },
  {
    ...{ woken: 1000, events: 0, forMs: 0, hit: 0, kind: 'instance', everyMs: 120_000, allowedAtOnce: 50 },
    title: '1,000 instances, checked every two minutes',
  },
];

/** Prints what these scenes cost. Whether each stayed within its bounds. */
export async function printSquare(seed: number): Promise<boolean> {
  console.log('\nmany databases in one account');
  let isWell = true;
  for (const { title, allowedAtOnce, ...scene } of scenes)
    isWell = print(title, await flood({ seed, ...scene }), allowedAtOnce) && isWell;
  return isWell;
}

/** Whether few functions ran at once, the RDS API was asked little more than without events, and no database was kept waiting. */
export const isLinear = (figures: FloodFigures, allowedAtOnce: number): boolean =>
  figures.atOnce <= allowedAtOnce &&
  figures.rdsCalls <= figures.quietCalls * allowedShare &&
  figures.longestGapMs <= starvedMs &&
  figures.neverRight === 0 &&
  figures.violations.length === 0;

function print(title: string, figures: FloodFigures, allowedAtOnce: number): boolean {
  const { atOnce, rdsCalls, quietCalls, neverRight, violations, longestGapMs } = figures;
  const isWell = isLinear(figures, allowedAtOnce);
  console.log(`${title}: ${isWell ? 'ok' : 'MISSED'}`);
  console.log(`  at most ${atOnce} functions at once, allowed ${allowedAtOnce}`);
  console.log(
    `  the RDS API was asked ${rdsCalls} times, × ${(rdsCalls / quietCalls).toFixed(2)} of ${quietCalls} without events, allowed × ${allowedShare}`,
  );
  console.log(
    `  longest without a check ${(longestGapMs / 1000).toFixed(1)} s, at most ${starvedMs / 1000} s; never right ${neverRight}, violations ${violations.length} ${violations.slice(0, 3)}`.trimEnd(),
  );
  return isWell;
}
