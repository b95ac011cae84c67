import { inTurn } from './changes.ts';
import { randomText, resourceId } from './random.ts';
import {
  type DatabaseHost,
  type DatabaseState,
  hostsOf,
  type Member,
  withHost,
  withMember,
  writerOf,
} from './state.ts';
import type { World } from './world.ts';

/** The blue side of an earlier switchover is deleted: its hosts are spares again, under other addresses. */
function recycled(world: World, state: DatabaseState): DatabaseState {
  const back = state.retired.flatMap(hostsOf).map((host) => ({ ...host, ...world.newAddress(host.availabilityZone) }));
  return { ...state, retired: [], spares: [...state.spares, ...back] };
}

/** A green member for every blue one, on spare hosts: the same names, other instances. */
function greenSide(world: World, { id, members, spares }: DatabaseState) {
  const free = spares.filter(({ up }) => up);
  const needed = members.flatMap(hostsOf).length;
  if (free.length < needed)
    throw new Error(`${id} needs ${needed} spare hosts for a switchover, it has ${free.length}`);
  const next = () => free.shift() as DatabaseHost;
  const green = members.map(
    (blue): Member => ({
      ...blue,
      resourceId: resourceId('db', world.random),
      status: 'available',
      host: next(),
      ...(blue.standby ? { standby: next() } : {}),
    }),
  );
  return { green, spares: spares.filter((spare) => !green.flatMap(hostsOf).includes(spare)) };
}

const retire = (member: Member): Member => ({
  ...member,
  id: `${member.id}-old1`,
  role: 'reader',
  status: 'available',
});

/** The deployment's own events: nothing about the database itself is sent. */
function announcer(world: World, { id, kind }: DatabaseState) {
  const letters = (length: number) => randomText(world.random, 'abcdefghijklmnopqrstuvwxyz0123456789', length);
  const source = `bgd-${letters(16)}`;
  const values = { blue: id, green: `${id}-green-${letters(6)}` };
  const ids = kind === 'cluster' ? { started: '0259', completed: '0260' } : { started: '0250', completed: '0251' };
  return {
    started: (inMs: number) =>
      Promise.all([world.send('0247', { source, values }, inMs), world.send(ids.started, { source, values }, inMs)]),
    completed: (inMs: number) =>
      Promise.all([world.send(ids.completed, { source, values }, inMs), world.send('0248', { source, values }, inMs)]),
  };
}

/** Blue/green: the green side takes over every name; the blue side goes on read-only, under its old addresses. */
export const switchover = (world: World): Promise<void> =>
  inTurn(world, async () => {
    const { green, spares } = greenSide(world, recycled(world, world.state()));
    const state = world.state();
    const writer = writerOf(state);
    const oldHost = writer.host;
    const newHost = writerOf({ ...state, members: green }).host;
    const events = announcer(world, state);
    const started = events.started(world.span('startedEvent'));
    world.commit((now) => withMember(writer.id, (member) => ({ ...member, host: { ...member.host, up: false } }))(now));
    world.note('outage', { hostId: oldHost.hostId, ip: oldHost.ip, cause: 'switchover' });
    await world.engine.kill(oldHost.hostId);
    await world.timers.sleep(world.span('promotion'));
    await world.engine.promote(newHost.hostId);
    const moved = world.commit((now) => ({ ...now, members: green, retired: now.members.map(retire), spares }));
    world.note('promoted', { hostId: newHost.hostId, ip: newHost.ip, port: state.port, member: writer.id });
    await world.engine.rejoin(oldHost.hostId);
    const caughtUp = world.commit(withHost(oldHost.hostId, { up: true }));
    world.note('rejoined', { hostId: oldHost.hostId, member: `${writer.id}-old1` });
    return { settled: Promise.all([started, moved, caughtUp, events.completed(world.span('completedEvent'))]) };
  });
