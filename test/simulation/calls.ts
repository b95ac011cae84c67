import { awsFault } from '../../lib/errors.ts';
import type { Run } from './run.ts';
import type { World } from './world.ts';

const apiFaults = ['throttled', '5xx', 'connection lost', 'time-out, not done', 'time-out, but done'] as const;
type ApiFault = (typeof apiFaults)[number];

const thrown: Readonly<Record<ApiFault, object>> = {
  throttled: { name: 'Throttling' },
  '5xx': { $metadata: { httpStatusCode: 503 } },
  'connection lost': { code: 'ECONNRESET' },
  'time-out, not done': { name: 'TimeoutError' },
  'time-out, but done': { name: 'TimeoutError' },
};

export const isFailing = ({ story: { faults }, clock, dice }: World): boolean =>
  clock.now() >= faults.from && clock.now() < faults.to && dice.chance(faults.rate);

/** Who was killed never hears of anything again. Who is cut hears so at once. */
export const hear = (world: World, run: Run, ms: number) =>
  new Promise<void>((resolve, reject) => {
    const cut = () => reject(Object.assign(new Error('cut'), { name: 'AbortError' }));
    if (run.isCut) return cut();
    run.open.add(cut);
    world.clock.at(world.clock.now() + ms, () => {
      run.open.delete(cut);
      if (!run.isKilled) resolve();
    });
  });

export function cut(run: Run): void {
  run.isCut = true;
  for (const end of run.open) end();
}

/** Three attempts for a token, with the client's own back-off for throttled calls. */
async function refused(world: World, run: Run, name: string): Promise<boolean> {
  for (let attempt = 0; attempt < 3; attempt++) {
    world.score.call(name);
    if (!world.buckets || world.buckets.take(name, world.clock.now())) return false;
    if (attempt < 2) await hear(world, run, world.dice.number() * 2 ** attempt * 500);
  }
  return true;
}

export async function call<T>(world: World, run: Run, name: string, effect: () => T): Promise<T> {
  try {
    return await attempt(world, run, name, effect);
  } catch (error) {
    throw awsFault(`calling ${name}`, name, error);
  }
}

/** Half of a call's time goes by before it takes effect, half until the caller hears of it. What was sent cannot be called back. */
async function attempt<T>(world: World, run: Run, name: string, effect: () => T): Promise<T> {
  const { clock, dice, score, story } = world;
  const isRefused = await refused(world, run, name);
  const fault = isRefused ? 'throttled' : isFailing(world) ? dice.pick(apiFaults) : undefined;
  const ms = dice.between(10, 120) * story.slowness + (fault && !isRefused ? dice.between(0, 4000) : 0);
  let result: { readonly value: T } | undefined;
  if (!fault || fault === 'time-out, but done')
    clock.at(clock.now() + ms / 2, () => {
      result = { value: effect() };
    });
  await hear(world, run, ms);
  if (!fault && result) return result.value;
  score.fault(`${name}: ${fault}`);
  score.note(() => `${run.name} ${name} fails: ${fault}`);
  throw thrown[fault ?? '5xx'];
}
