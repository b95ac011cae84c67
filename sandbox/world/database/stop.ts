import { inTurn } from './changes.ts';
import { all, type DatabaseHost, type Member, withHost, withStatus } from './state.ts';
import type { World } from './world.ts';

const hostsOf = ({ host, standby }: Member): readonly DatabaseHost[] => (standby ? [host, standby] : [host]);

/** One event for an instance, one for a cluster: its members send none. */
const announce = ({ send, state }: World, instance: string, cluster: string) =>
  send(state().kind === 'cluster' ? cluster : instance, { source: state().id });

/** Takes every host away; the endpoints, and what DNS says of them, stay. */
export const stopDatabase = (world: World): Promise<void> =>
  inTurn(world, async () => {
    const { id, members } = world.state();
    if (members.some(({ status }) => status !== 'available')) throw new Error(`${id} is not available`);
    const hosts = members.flatMap(hostsOf);
    const down = hosts.map(({ hostId }) => withHost(hostId, { up: false, isSilent: world.silentDeaths }));
    world.commit(all(...down, ...members.map((member) => withStatus(member.id, 'stopping'))));
    world.note('outage', { hostId: hosts[0]?.hostId, ip: hosts[0]?.ip, cause: 'stopped' });
    // Standbys first: the primary would otherwise wait for them with its last transactions.
    for (const { hostId } of hosts.toReversed()) await world.engine.kill(hostId);
    await world.timers.sleep(world.span('restart'));
    const settled = world.commit(all(...members.map((member) => withStatus(member.id, 'stopped'))));
    world.note('stopped', {});
    return { settled: Promise.all([settled, announce(world, '0087', '0150')]) };
  });

/** Every host again, with the address that it had. */
export const startDatabase = (world: World): Promise<void> =>
  inTurn(world, async () => {
    const { id, members } = world.state();
    if (members.some(({ status }) => status !== 'stopped')) throw new Error(`${id} is not stopped`);
    const hosts = members.flatMap(hostsOf);
    world.commit(all(...members.map((member) => withStatus(member.id, 'starting'))));
    const { engine } = world;
    for (const { hostId } of hosts) await (engine.restart?.(hostId) ?? engine.rejoin(hostId));
    await world.timers.sleep(world.span('restart'));
    const up = hosts.map(({ hostId }) => withHost(hostId, { up: true, isSilent: false }));
    const settled = world.commit(all(...up, ...members.map((member) => withStatus(member.id, 'available'))));
    world.note('started-again', {});
    return { settled: Promise.all([settled, announce(world, '0088', '0151')]) };
  });
