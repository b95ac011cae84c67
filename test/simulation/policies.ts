import { type Target, targetKey } from '../../lib/domain.ts';
import type { Ports } from '../../lib/ports.ts';
import { createRun, portsOf } from './run.ts';
import type { World } from './world.ts';

/* How people do this today, in a few lines each. A call that fails ends the run; the next one comes with the next event or poll. */

const minute = 60_000;

const everyMs = (world: World, ms: number, name: string, work: (ports: Ports) => Promise<void>): void => {
  const tick = () => {
    once(world, name, work);
    world.clock.at(world.clock.now() + ms, tick);
  };
  world.clock.at(world.story.scheduleAt, tick);
};

function once(world: World, name: string, work: (ports: Ports) => Promise<void>): void {
  const run = createRun(name, 0, world.clock.now());
  work(portsOf(world, run)).catch(() => world.score.fault('a policy gave up'));
}

/** The database's port at the time of the set-up, as such scripts have it in their environment. */
const port = 5432;

const nameOf = ({ story: { database } }: World): string => database.hostname ?? database.endpoint?.host ?? '';

async function resolved({ resolver }: Ports, name: string): Promise<readonly Target[]> {
  const answer = await resolver.resolve(name);
  return answer.kind === 'addresses' ? answer.addresses.map((ip) => ({ ip, port })) : [];
}

const others = (listed: readonly Target[], wanted: readonly Target[]): readonly Target[] =>
  listed.filter((one) => !wanted.some((target) => targetKey(target) === targetKey(one)));

/** One DNS lookup when an event comes; draining targets count as present. */
export function lookUpOnEvent(world: World): void {
  for (const { at } of world.story.events)
    world.clock.at(at, () =>
      once(world, 'event', async (ports) => {
        const wanted = await resolved(ports, nameOf(world));
        if (wanted.length === 0) return;
        const listed = await ports.targetGroup.list();
        const missing = others(wanted, listed);
        if (missing.length > 0) await ports.targetGroup.register(missing);
        const stale = others(listed, wanted);
        if (stale.length > 0) await ports.targetGroup.deregister(stale);
      }),
    );
}

/** A poll each minute: the instance that the API calls the writer, and the others are removed first. */
export function pollByRole(world: World): void {
  everyMs(world, minute, 'poll', async (ports) => {
    const observation = await ports.topology?.describe();
    const instances = observation?.kind === 'seen' ? observation.topology.instances : [];
    const writer = instances.find(({ role }) => role === 'writer');
    const wanted = await resolved(ports, writer?.endpoint?.host ?? '');
    const listed = await ports.targetGroup.list();
    const stale = others(listed, wanted);
    if (stale.length > 0) await ports.targetGroup.deregister(stale);
    const missing = others(wanted, listed);
    if (missing.length > 0) await ports.targetGroup.register(missing);
  });
}

/** A poll each five minutes: the first target that is listed against the first address. */
export function pollFirstTarget(world: World): void {
  everyMs(world, 5 * minute, 'poll', async (ports) => {
    const [wanted] = await resolved(ports, nameOf(world));
    const [first] = await ports.targetGroup.list();
    if (!wanted || first?.ip === wanted.ip) return;
    await ports.targetGroup.register([wanted]);
    if (first) await ports.targetGroup.deregister([first]);
  });
}
