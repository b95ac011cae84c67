import { median } from '../figures.ts';

type Sample = { readonly at: number; readonly residentKb: number };

const samplesKept = 20_000;

/** A new process takes memory until V8 has compiled what runs often and its heap has found its size: some minutes under load. */
export const warmUpMs = 240_000;
/** A short run has no such time to give away; what is left of the warm-up then counts as growth. */
const warmUpShare = 0.4;

/** Samples over a run of unknown length: when there are too many, every second one goes. */
export function createMemory() {
  let samples: Sample[] = [];
  return {
    note(at: number, residentKb: number) {
      if (samples.length >= samplesKept) samples = samples.filter((_, index) => index % 2 === 0);
      samples.push({ at, residentKb });
    },
    /** Medians of the first and the last third of the time after the warm-up, and the highest value of all; MB. */
    summary: () => thirdsOf(samples),
  };
}

export type Thirds = {
  readonly warmUpSeconds: number;
  readonly firstMb: number;
  readonly lastMb: number;
  readonly highestMb: number;
};

export function thirdsOf(samples: readonly Sample[]): Thirds {
  const begin = samples[0]?.at ?? 0;
  const end = samples.at(-1)?.at ?? 0;
  const warmUp = Math.min(warmUpMs, (end - begin) * warmUpShare);
  const third = (end - begin - warmUp) / 3;
  const within = (from: number, to: number) =>
    median(samples.filter(({ at }) => at >= from && at <= to).map(({ residentKb }) => residentKb)) / 1024;
  return {
    warmUpSeconds: warmUp / 1000,
    firstMb: within(begin + warmUp, begin + warmUp + third),
    lastMb: within(end - third, end),
    highestMb: samples.reduce((highest, { residentKb }) => Math.max(highest, residentKb), 0) / 1024,
  };
}
