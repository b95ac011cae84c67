import { writeFile } from 'node:fs/promises';
import type { DatabaseKind } from '../../sandbox/world/database/state.ts';
import { type Figure, median, ratio, worst } from '../figures.ts';
import { type Played, play } from './play.ts';
import { outagePlot } from './plot.ts';
import { isFor, type Way, ways } from './ways.ts';

/* How long clients wait for a new writer, by how the load balancer learns of it. */

const failovers = 10;
/** A probe's answer has a tenth of a second of real time, TLS and login in it: four databases beside each other on two cores miss that. */
const atOnce = (way: Way): number => (way === 'probe' ? 1 : 4);
/** A real PostgreSQL needs real time for what AWS seconds are counted of: at a higher speed this machine would be measured. */
const speed = 10;
const kinds: readonly DatabaseKind[] = ['instance', 'cluster'];

/** A probe has no limit: it saves less than the load balancer's own times vary. */
const mostOfCold: Readonly<Partial<Record<Way, number>>> = { 'warm standby': 1 / 8 };

/** All failovers of one way to a new writer. */
export type Row = { readonly kind: DatabaseKind; readonly way: Way; readonly played: readonly Played[] };

/** @param picture a file for the plot */
export async function outage(picture?: string): Promise<Figure[]> {
  const jobs = kinds.flatMap((kind) =>
    ways
      .filter((way) => isFor(way, kind))
      .flatMap((way) => Array.from({ length: failovers }, (_, index) => ({ kind, way, seed: index + 1 }))),
  );
  const played = new Map<string, Played[]>();
  for (const [many, queue] of Map.groupBy(jobs, ({ way }) => atOnce(way))) {
    const worker = async () => {
      for (let job = queue.shift(); job; job = queue.shift()) {
        const { kind, way, seed } = job;
        const one = await play(kind, way, seed, speed);
        played.set(`${kind} ${way}`, [...(played.get(`${kind} ${way}`) ?? []), one]);
      }
    };
    await Promise.all(Array.from({ length: many }, worker));
  }
  const rows = kinds.flatMap((kind) =>
    ways.flatMap((way): Row[] => {
      const all = played.get(`${kind} ${way}`);
      return all ? [{ kind, way, played: all }] : [];
    }),
  );
  if (picture !== undefined) await writeFile(picture, outagePlot(rows));
  return rows.flatMap((row) => figuresOf(row, rows));
}

const seconds = (list: readonly (number | undefined)[]): readonly number[] =>
  list.flatMap((ms) => (ms === undefined ? [] : [ms / 1000]));

export const firstWrites = ({ played }: Row): readonly number[] => seconds(played.map((one) => one.firstWriteMs));

function figuresOf(row: Row, rows: readonly Row[]): Figure[] {
  const { kind, way, played } = row;
  const name = `${kind}, ${way}: from the promotion to`;
  const known = seconds(played.map((one) => one.knownMs));
  const first = firstWrites(row);
  const cold = rows.find((one) => one.kind === kind && one.way === 'cold');
  const times = median(first) / median(cold ? firstWrites(cold) : first);
  return [
    ...(known.length > 0
      ? [
          { name: `${name} the call, median of ${known.length}`, value: median(known), unit: 's' },
          { name: `${name} the call, worst`, value: worst(known), unit: 's' },
        ]
      : []),
    { name: `${name} the first write, median of ${first.length}`, value: median(first), unit: 's' },
    { name: `${name} the first write, worst`, value: worst(first), unit: 's' },
    ...(way === 'cold' ? [] : [{ name: `${name} the first write ÷ cold`, ...ratio(times, 1, mostOfCold[way]) }]),
    {
      name: `${kind}, ${way}: without writes, median`,
      value: median(seconds(played.map((one) => one.withoutWritesMs))),
      unit: 's',
    },
  ];
}
