import { resourceId } from './random.ts';
import {
  all,
  type Change,
  type CustomEndpoint,
  type DatabaseHost,
  hostsOf,
  type Member,
  memberOf,
  withHost,
  withStatus,
  writerOf,
} from './state.ts';
import type { World } from './world.ts';

const find = ({ state }: World, id: string | undefined): Member =>
  id === undefined ? writerOf(state()) : memberOf(state(), id);

/** Takes hosts off the network for one restart, then applies `change` and puts them back. `settled`: the views caught up. */
async function away(world: World, members: readonly Member[], status: 'rebooting' | 'modifying', change: Change) {
  const hosts = members.map(({ host }) => host);
  const down = hosts.map(({ hostId }) => withHost(hostId, { up: false }));
  const up = hosts.map(({ hostId }) => withHost(hostId, { up: true }));
  const before = world.commit(all(...down, ...members.map(({ id }) => withStatus(id, status))));
  for (const { hostId, ip } of hosts) world.note('outage', { hostId, ip, cause: status });
  for (const { hostId } of hosts) await world.engine.restart?.(hostId);
  await world.timers.sleep(world.span('restart'));
  const after = world.commit(all(change, ...up, ...members.map(({ id }) => withStatus(id, 'available'))));
  return { settled: Promise.all([before, after]) };
}

/** Waits for its turn, does the work, and then waits, outside of the turn, until the views have caught up. */
export const inTurn = async (
  world: World,
  work: () => Promise<{ readonly settled: Promise<unknown> }>,
): Promise<void> => {
  const { settled } = await world.turn(work);
  await settled;
};

/** Restarts a member in place, with the address it has. */
export const restart = (world: World, memberId?: string): Promise<void> =>
  inTurn(world, async () => {
    const member = find(world, memberId);
    const shutdown = world.send('0004', { source: member.id }, world.span('startedEvent'));
    const { settled } = await away(world, [member], 'rebooting', (state) => state);
    world.note('restarted', { hostId: member.host.hostId, ip: member.host.ip, member: member.id });
    return { settled: Promise.all([settled, shutdown, world.send('0006', { source: member.id })]) };
  });

/** Gives a member another host: the same place, a new address. */
export const replaceHost = (world: World, memberId?: string): Promise<void> =>
  inTurn(world, async () => {
    const member = find(world, memberId);
    const announced = world.send('0422', { source: member.id });
    const { hostId, availabilityZone } = member.host;
    const address = world.newAddress(availabilityZone);
    const { settled } = await away(world, [member], 'rebooting', withHost(hostId, address));
    world.note('host-replaced', { hostId, ip: address.ip, member: member.id });
    return { settled: Promise.all([settled, announced, world.send('0006', { source: member.id })]) };
  });

/** Moves every host to another port. AWS restarts the database for it at once and sends no event. */
export const modifyPort = (world: World, port: number): Promise<void> =>
  inTurn(world, async () => {
    const { members } = world.state();
    const { settled } = await away(world, members, 'modifying', (state) => ({ ...state, port }));
    world.note('port-changed', { port });
    return { settled };
  });

/** Puts a spare host to work as a reader. */
export async function addMember(world: World, memberId?: string): Promise<string> {
  const { id, spares, members, kind } = world.state();
  if (kind !== 'cluster') throw new Error(`${id} is no cluster: it has no members to add`);
  const [host, ...rest] = spares;
  if (!host) throw new Error(`${id} has no spare host for another member`);
  const name = memberId ?? nextName(id, members);
  await inTurn(world, async () => {
    if (!host.up) await world.engine.rejoin(host.hostId);
    const identity = { id: name, resourceId: resourceId('db', world.random) };
    const member: Member = { ...identity, role: 'reader', status: 'available', host: { ...host, up: true } };
    const settled = world.commit((state) => ({ ...state, members: [...state.members, member], spares: rest }));
    world.note('member-added', { member: name, hostId: host.hostId, ip: host.ip });
    return { settled: Promise.all([settled, world.send('0005', { source: name })]) };
  });
  return name;
}

function nextName(id: string, members: readonly Member[]): string {
  for (let number = members.length + 1; ; number += 1) {
    const name = `${id}-${number}`;
    if (!members.some((member) => member.id === name)) return name;
  }
}

/** Deletes a reader; its host becomes a spare with another address. */
export const removeMember = (world: World, memberId: string): Promise<void> =>
  inTurn(world, async () => {
    const member = find(world, memberId);
    if (member.role === 'writer') throw new Error(`${memberId} is the writer; fail over first`);
    const spare: DatabaseHost = {
      ...member.host,
      ...world.newAddress(member.host.availabilityZone),
      up: false,
    };
    const settled = world.commit((state) => ({
      ...state,
      members: state.members.filter(({ id }) => id !== memberId),
      spares: [...state.spares, spare],
    }));
    await world.engine.kill(member.host.hostId);
    world.note('member-removed', { member: memberId, hostId: member.host.hostId });
    return { settled: Promise.all([settled, world.send('0003', { source: memberId })]) };
  });

/** AWS sends no event for it. */
export const modifyCustomEndpoint = (world: World, endpoint: CustomEndpoint): Promise<void> =>
  inTurn(world, async () => {
    if (!world.state().customEndpoints.some(({ id }) => id === endpoint.id)) throw new Error(`no ${endpoint.id}`);
    const settled = world.commit((state) => ({
      ...state,
      customEndpoints: state.customEndpoints.map((one) => (one.id === endpoint.id ? endpoint : one)),
    }));
    world.note('custom-endpoint-modified', { endpoint: endpoint.id });
    return { settled };
  });

/** Renames a DB instance. AWS sends no event for it. */
export const renameMember = (world: World, memberId: string, newId: string): Promise<void> =>
  inTurn(world, async () => {
    find(world, memberId);
    if (world.state().members.some(({ id }) => id === newId)) throw new Error(`${newId} exists already`);
    const settled = world.commit((state) => ({
      ...state,
      members: state.members.map((member) => (member.id === memberId ? { ...member, id: newId } : member)),
    }));
    world.note('member-renamed', { from: memberId, to: newId });
    return { settled };
  });

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

/** Brings every host back with its former address. */
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
