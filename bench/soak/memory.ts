import { median } from '../figures.ts';

type Sample = { readonly at: number; readonly residentKb: number };

const samplesKept = 20_000;

/** Samples over a run of unknown length: when there are too many, every second one goes. */
export function createMemory() {
  let samples: Sample[] = [];
  return {
    note(at: number, residentKb: number) {
      if (samples.length >= samplesKept) samples = samples.filter((_, index) => index % 2 === 0);
      samples.push({ at, residentKb });
    },
    /** Medians of the first and the last third of the time, and the highest value; MB. */
    summary: () => thirdsOf(samples),
  };
}

export function thirdsOf(samples: readonly Sample[]): { firstMb: number; lastMb: number; highestMb: number } {
  const from = samples[0]?.at ?? 0;
  const third = ((samples.at(-1)?.at ?? 0) - from) / 3;
  const within = (start: number, end: number) =>
    median(samples.filter(({ at }) => at >= start && at <= end).map(({ residentKb }) => residentKb)) / 1024;
  return {
    firstMb: within(from, from + third),
    lastMb: within(from + 2 * third, Number.POSITIVE_INFINITY),
    highestMb: samples.reduce((highest, { residentKb }) => Math.max(highest, residentKb), 0) / 1024,
  };
}
