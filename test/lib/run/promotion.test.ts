import { expect, test } from 'vitest';
import { createRandom } from '../../../sandbox/world/database/random.ts';
import { reader, refused, silent, withProber, writer } from '../prober.ts';
import { a, b, c, cluster, clusterWorld, healthy, requestOf, run, showCluster, whenHeld } from '../scene.ts';

const failovers = 50;

/** From the promotion to the registration of the new writer, which DNS and the API show half a minute later; ms. */
async function lagOf(random: () => number): Promise<number> {
  const world = clusterWorld('orders-1', a, healthy(a));
  showCluster(world, 'orders-1', a, ['orders-1', 'orders-2', 'orders-3']);
  const prober = withProber(world, { [a.ip]: writer, [b.ip]: reader, [c.ip]: reader });
  const former = [reader, refused, silent, 'hangs' as const][Math.floor(random() * 4)] ?? silent;
  const promotedAt = 30_000 + 20_000 * random();
  // TCP, TLS and a login; a switchover is not announced by a silence.
  prober.latencyMs = 20 + 380 * random();
  world.clock.at(promotedAt - (former === reader ? 0 : 15_000 * random()), () => prober.says.set(a.ip, former));
  world.clock.at(promotedAt, () => prober.says.set(b.ip, writer));
  world.clock.at(promotedAt + 15_000 + 20_000 * random(), () => showCluster(world, 'orders-2', b));
  const [beside, alone] = [whenHeld(world, a, b), whenHeld(world, b)];
  await run(world, requestOf(cluster, 'watch'));
  return (beside() ?? alone() ?? Number.POSITIVE_INFINITY) - promotedAt;
}

test(`the new writer is confirmed and registered within 1.5 s of its promotion (median), and 3 s at the latest of ${failovers} failovers`, async () => {
  const random = createRandom(29);
  const lags: number[] = [];
  for (let count = 0; count < failovers; count++) lags.push(await lagOf(random));
  lags.sort((one, other) => one - other);
  const [median = Number.NaN, worst = Number.NaN] = [lags[failovers / 2], lags.at(-1)];
  console.log(
    `promotion to confirmed writer: median ${Math.round(median)} ms, worst of ${failovers} ${Math.round(worst)} ms`,
  );
  expect(median).toBeLessThanOrEqual(1500);
  expect(worst).toBeLessThanOrEqual(3000);
});
