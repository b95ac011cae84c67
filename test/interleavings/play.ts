import { targetKey } from '../../lib/domain.ts';
import { b } from '../lib/scene.ts';
import { createHistories, type Histories, type Observations } from './history.ts';
import type { Violation } from './invariants.ts';
import { type Step, stepText } from './run.ts';
import { type Scenario, schedule, type Turn } from './scenario.ts';
import { effectOf, liveIn, newWorld, turned, type World, worldText } from './world.ts';

/** How far one order has come: the world, what each run was told, and what the world has still to do. */
export type Position = {
  readonly world: World;
  readonly runs: readonly [Place | undefined, Place | undefined];
  /** How many turns of each track are done. */
  readonly done: readonly number[];
};
type Place = { readonly startedAt: number; readonly observations: Observations };

/** A step that may come next. */
export type Choice =
  | { readonly by: 0 | 1; readonly index: number; readonly step: Step; readonly due: number }
  | { readonly by: 'world'; readonly track: number; readonly turn: Turn };

export type Taken = { readonly position: Position; readonly violations: readonly Violation[] };

export type Player = {
  begin(): Promise<Position>;
  choices(position: Position): readonly Choice[];
  /** At once where this was asked before. */
  take(position: Position, choice: Choice): Taken | Promise<Taken>;
  /** Two positions with one key have the same future. */
  key(position: Position): string;
  /** One more check by the schedule, undisturbed; what the group holds in the end. */
  finish(position: Position): Promise<{ readonly end: string; readonly violations: readonly Violation[] }>;
  histories(): number;
};

export function createPlayer(scenario: Scenario): Player {
  const { tracks, payloads } = scenario;
  const both = [createHistories(scenario, payloads[0]), createHistories(scenario, payloads[1])] as const;
  const last = createHistories(scenario, schedule);
  return {
    async begin() {
      const first: Place = { startedAt: 0, observations: await both[0].first(false) };
      return { world: newWorld(scenario), runs: [first, undefined], done: tracks.map(() => 0) };
    },
    choices: (position) => choicesOf(scenario, position),
    take(position, choice) {
      if (choice.by === 'world') return takeTurn(position, choice, both);
      const place = position.runs[choice.by];
      if (!place) throw new Error('a run takes a step before it has begun');
      return takeStep(scenario, position, choice, place, both[choice.by]);
    },
    key: ({ world, runs, done }) =>
      `${runs.map((place) => placeText(place, world.now)).join(' ')} ${done.join('')} ${worldText(scenario, world)}`,
    finish: ({ world }) => finish(scenario, world, last),
    histories: () => both[0].count() + both[1].count() + last.count(),
  };
}

/** A run that is over does nothing any more, whatever it was told. */
const placeText = (place: Place | undefined, now: number): string => {
  if (!place) return '?';
  return place.observations.isOver ? '!' : `${place.observations.id}+${now - place.startedAt}`;
};

/** Time moves only by waits that end, so a wait may end only while no other wait and no call is due before it. */
function choicesOf({ tracks }: Scenario, { runs, done }: Position): Choice[] {
  const open = runs.flatMap((place, by) =>
    (place?.observations.steps ?? []).map((step, index) => ({
      by: by as 0 | 1,
      index,
      step,
      due: (place?.startedAt ?? 0) + step.due,
    })),
  );
  const first = Math.min(...open.map(({ due }) => due));
  const turns = tracks.flatMap((turns, track): Choice[] => {
    const turn = turns[done[track] ?? 0];
    return turn ? [{ by: 'world', track, turn }] : [];
  });
  return [...open.filter(({ step, due }) => step.does !== 'wait' || due === first), ...turns];
}

function takeTurn(
  position: Position,
  { track, turn }: Extract<Choice, { by: 'world' }>,
  both: readonly [Histories, Histories],
): Taken | Promise<Taken> {
  const done = position.done.map((count, index) => (index === track ? count + 1 : count));
  const next = { ...position, done, world: turned(position.world, turn) };
  if (turn.does !== 'start') return { position: next, violations: [] };
  return both[1].first(next.world.isPromoted).then((observations) => ({
    position: withPlace(next, 1, { startedAt: next.world.now, observations }),
    violations: observations.violations,
  }));
}

const withPlace = (position: Position, run: 0 | 1, place: Place): Position => ({
  ...position,
  runs: run === 0 ? [place, position.runs[1]] : [position.runs[0], place],
});

function takeStep(
  scenario: Scenario,
  position: Position,
  { by, index, step, due }: Exclude<Choice, { by: 'world' }>,
  place: Place,
  histories: Histories,
): Taken | Promise<Taken> {
  const before = step.does === 'wait' ? { ...position.world, now: due } : position.world;
  const { world, reply, text } = effectOf(scenario, before, by, step);
  const emptied: Violation[] =
    liveIn(world).length > 0
      ? []
      : [{ invariant: 1, what: `the group is empty after run ${by + 1} ${stepText(step)}` }];
  const taken = (observations: Observations): Taken => ({
    position: withPlace({ ...position, world }, by, { ...place, observations }),
    violations: [...emptied, ...observations.violations],
  });
  const after = histories.after(place.observations, index, reply, text, world.now - place.startedAt, world.isPromoted);
  return after instanceof Promise ? after.then(taken) : taken(after);
}

/** A call, or the wait that ends first; -1: the run is over. */
function nextOf(steps: readonly Step[]): number {
  const call = steps.findIndex(({ does }) => does !== 'wait');
  const first = Math.min(...steps.map(({ due }) => due));
  return call >= 0 ? call : steps.findIndex(({ due }) => due === first);
}

async function finish(
  scenario: Scenario,
  end: World,
  histories: Histories,
): Promise<{ end: string; violations: Violation[] }> {
  const violations: Violation[] = [];
  // The schedule's next check comes a minute after the latest at most, which is two settle times.
  let world = { ...end, now: end.now + 2 * scenario.timings.settleMs };
  const startedAt = world.now;
  let observations = await histories.first(world.isPromoted);
  for (let index = nextOf(observations.steps); index >= 0; index = nextOf(observations.steps)) {
    const step = observations.steps[index];
    if (!step) break;
    const before = step.does === 'wait' ? { ...world, now: startedAt + step.due } : world;
    const effect = effectOf(scenario, before, 0, step);
    world = effect.world;
    observations = await histories.after(
      observations,
      index,
      effect.reply,
      effect.text,
      world.now - startedAt,
      world.isPromoted,
    );
    violations.push(...observations.violations);
    if (liveIn(world).length === 0)
      violations.push({ invariant: 1, what: `the group is empty after the last check ${stepText(step)}` });
  }
  const live = liveIn(world).join();
  if (live !== (scenario.end ?? [b]).map(targetKey).sort().join())
    violations.push({ invariant: 7, what: `after the next check the group holds ${live || 'nothing'}` });
  return { end: live, violations };
}

export function choiceText(choice: Choice): string {
  if (choice.by !== 'world') return `run ${choice.by + 1} ${stepText(choice.step)}`;
  const { turn } = choice;
  if (turn.does === 'start') return `run ${turn.run + 1} begins`;
  if (turn.does === 'promote') return 'the other member takes the writes';
  if (turn.does === 'host') return 'RDS replaces the host of the standby';
  return turn.does === 'api' ? 'the API shows the new writer' : `DNS ${turn.resolver + 1} shows ${turn.shows.ip}`;
}
