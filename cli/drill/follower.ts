import { table } from '../terminal/text.ts';
import type { Observation, Probe } from './record.ts';
import { flapMs, type Line, sentence } from './text.ts';

/** Prints each sentence as it happens, with the seconds since the start on AWS's clock. A flapping name is reported once; the story at the end counts its changes. */
export function follower(
  say: (lines: readonly string[]) => void,
  { width, speed }: { readonly width: number; readonly speed: number },
): (one: Observation | Probe) => void {
  const began = Date.now();
  let [flaps, lastAt] = [0, 0];
  const tell = (at: number, { who, what }: Omit<Line, 'at'>) => {
    const time = `${(((at - began) * speed) / 1000).toFixed(1).padStart(6)} s`;
    say(table([[time, who.padEnd(11), what]], width));
  };
  return (one) => {
    if (!('kind' in one)) return;
    if (one.kind === 'dns') {
      flaps = one.at - lastAt < flapMs / speed ? flaps + 1 : 0;
      lastAt = one.at;
      if (flaps === 3) tell(one.at, { who: 'DNS', what: 'DNS flaps: the answer changes again and again' });
      if (flaps >= 3) return;
    }
    const line = sentence(one, speed);
    if (line) tell(one.at, line);
  };
}
