import type { Violation } from './invariants.ts';
import { type Choice, choiceText, createPlayer, type Player, type Position } from './play.ts';
import type { Scenario } from './scenario.ts';

export type Found = {
  /** How many orders of all steps there are. */
  readonly orders: bigint;
  /** How many different positions they lead through, and how many steps from one to another were taken and checked. */
  readonly positions: number;
  readonly steps: number;
  /** How many histories of a run the real core was led through. */
  readonly histories: number;
  /** The most steps of one order. */
  readonly longest: number;
  /** What the group held in the end: after everything, and one more check. */
  readonly ends: ReadonlySet<string>;
  /** How many steps broke an invariant, and the ways to the first ones of each. */
  readonly broken: number;
  readonly violations: readonly (Violation & { readonly way: readonly string[] })[];
};

type Frame = {
  readonly key: string;
  readonly position: Position;
  readonly choices: readonly Choice[];
  next: number;
  orders: bigint;
};

const waysKept = 2;

/**
 * Every order of a scenario's steps, depth first.
 *
 * With `isMerging`, a position that was reached before is not gone through again: what two runs were told and when, the world and
 * what it has still to do are all that the future depends on, whatever the order that led there. No position and no step between two
 * of them is left out by that, and all the orders through each are counted.
 */
export async function explore(scenario: Scenario, { isMerging = true } = {}): Promise<Found> {
  const player = createPlayer(scenario);
  const known = new Map<string, bigint>();
  const frames: Frame[] = [];
  const found = { positions: 0, steps: 0, longest: 0, ends: new Set<string>() };
  const book = createBook(frames);
  let position = await player.begin();
  for (;;) {
    const key = isMerging ? player.key(position) : '';
    let orders = isMerging ? known.get(key) : undefined;
    if (orders === undefined) {
      found.positions += 1;
      const choices = player.choices(position);
      if (choices.length > 0) {
        frames.push({ key, position, choices, next: 0, orders: 0n });
        position = await step(player, frames, book.note);
        found.steps += 1;
        continue;
      }
      found.longest = Math.max(found.longest, frames.length);
      const { end, violations } = await player.finish(position);
      found.ends.add(end);
      book.note(violations);
      orders = 1n;
      if (isMerging) known.set(key, orders);
    }
    for (let frame = frames.at(-1); ; frame = frames.at(-1)) {
      if (!frame) return { orders, ...found, ...book.found(), histories: player.histories() };
      frame.orders += orders;
      if (frame.next < frame.choices.length) break;
      orders = frame.orders;
      if (isMerging) known.set(frame.key, orders);
      frames.pop();
    }
    const taken = step(player, frames, book.note);
    position = taken instanceof Promise ? await taken : taken;
    found.steps += 1;
  }
}

/** The next choice of the last frame. At once where it can be: most of billions of steps are known. */
function step(
  { take }: Player,
  frames: Frame[],
  note: (violations: readonly Violation[]) => void,
): Position | Promise<Position> {
  const frame = frames.at(-1);
  const choice = frame?.choices[frame.next++];
  if (!frame || !choice) throw new Error('there is no step to take');
  const taken = take(frame.position, choice);
  if (taken instanceof Promise)
    return taken.then(({ position, violations }) => {
      note(violations);
      return position;
    });
  note(taken.violations);
  return taken.position;
}

function createBook(frames: readonly Frame[]) {
  const kept: (Violation & { way: string[] })[] = [];
  let broken = 0;
  return {
    note(violations: readonly Violation[]) {
      if (violations.length === 0) return;
      broken += 1;
      for (const violation of violations) {
        if (kept.filter(({ invariant }) => invariant === violation.invariant).length >= waysKept) continue;
        const way = frames.map(({ choices, next, position }) => {
          const choice = choices[next - 1];
          return `${String(position.world.now).padStart(6)} ms  ${choice ? choiceText(choice) : ''}`;
        });
        kept.push({ ...violation, way });
      }
    },
    found: () => ({ broken, violations: kept }),
  };
}
