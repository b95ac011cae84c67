import { awsFault } from '../../lib/errors.ts';
import type { Run } from './run.ts';
import { type ApiFault, type Failure, isApiFault } from './script.ts';
import type { World } from './world.ts';

/** What befalls any call; the others befall it only where a story says so. */
const usualFaults = ['throttled', '5xx', 'connection lost', 'time-out, not done', 'time-out, but done'] as const;

/** These also befall what changes the group. */
const changeFaults = [...usualFaults, 'accepted, not done'] as const;
const isChange = (name: string): boolean => name.endsWith('register');

export const noToken = 'no token left in the account';

const thrown: Readonly<Record<Exclude<ApiFault, 'accepted, not done'>, object>> = {
  throttled: { name: 'Throttling' },
  '5xx': { $metadata: { httpStatusCode: 503 } },
  'connection lost': { code: 'ECONNRESET' },
  'time-out, not done': { name: 'TimeoutError' },
  'time-out, but done': { name: 'TimeoutError' },
  'access denied': { name: 'AccessDenied' },
};

export const isFailing = ({ story: { faults }, clock, dice }: World): boolean =>
  clock.now() >= faults.from && clock.now() < faults.to && dice.chance(faults.rate);

/** How the story makes calls of this kind fail just now. */
export function failureOf({ story: { failing }, clock }: World, call: string): Failure | undefined {
  if (!failing) return undefined;
  const now = clock.now();
  return failing.find((one) => one.call === call && now >= one.at && now < one.at + one.forMs)?.how;
}

/** Counts what a run waits for: the story may end it at any of them. */
export function waits(run: Run): void {
  run.waits += 1;
  if (run.waits === run.killAtWait) run.kill?.();
}

/** Tells after `ms` whether the answer was heard. Who was killed never hears of anything again; who is cut hears so at once. */
export function afterwards(world: World, run: Run, ms: number, tell: (isHeard: boolean) => void): void {
  waits(run);
  const cut = () => tell(false);
  if (run.isCut) {
    cut();
    return;
  }
  run.open.add(cut);
  world.clock.at(world.clock.now() + ms, () => {
    run.open.delete(cut);
    if (!run.isKilled) tell(true);
  });
}

const hear = (world: World, run: Run, ms: number) =>
  new Promise<void>((resolve, reject) => {
    afterwards(world, run, ms, (isHeard) =>
      isHeard ? resolve() : reject(Object.assign(new Error('cut'), { name: 'AbortError' })),
    );
  });

export function cut(run: Run): void {
  run.isCut = true;
  for (const end of run.open) end();
}

/** Three attempts for a token, or as many as the client makes, with the client's own back-off for throttled calls. */
async function refused(world: World, run: Run, name: string, attempts: number): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    world.score.call(name);
    if (!world.buckets || world.buckets.take(name, world.clock.now())) return false;
    if (attempt < attempts - 1) await hear(world, run, world.dice.number() * 2 ** attempt * 500);
  }
  return true;
}

export async function call<T>(world: World, run: Run, name: string, effect: () => T, attempts = 3): Promise<T> {
  try {
    return await attempt(world, run, name, effect, attempts);
  } catch (error) {
    throw awsFault(`calling ${name}`, name, error);
  }
}

function faultOf(world: World, name: string): ApiFault | undefined {
  const failure = failureOf(world, name);
  if (isApiFault(failure)) return failure;
  return isFailing(world) ? world.dice.pick<ApiFault>(isChange(name) ? changeFaults : usualFaults) : undefined;
}

/** Half of a call's time goes by before it takes effect, half until the caller hears of it. What was sent cannot be called back. */
async function attempt<T>(world: World, run: Run, name: string, effect: () => T, attempts: number): Promise<T> {
  const { clock, dice, score, story } = world;
  const isRefused = await refused(world, run, name, attempts);
  const fault = isRefused ? 'throttled' : faultOf(world, name);
  const ms = dice.between(10, 120) * story.slowness + (fault && !isRefused ? dice.between(0, 4000) : 0);
  let result: { readonly value: T } | undefined;
  if (!fault || fault === 'time-out, but done')
    clock.at(clock.now() + ms / 2, () => {
      result = { value: effect() };
      return 'none woken';
    });
  await hear(world, run, ms);
  if (!fault && result) return result.value;
  if (fault === 'accepted, not done') {
    score.fault(`${name}: ${fault}`);
    score.note(() => `${run.name} ${name} is accepted, and nothing happens`);
    return undefined as T;
  }
  score.fault(`${name}: ${isRefused ? noToken : fault}`);
  score.note(() => `${run.name} ${name} fails: ${fault}`);
  throw thrown[fault ?? '5xx'];
}
