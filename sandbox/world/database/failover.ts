import {
  all,
  type Change,
  type DatabaseHost,
  type DatabaseState,
  type Member,
  memberOf,
  withHost,
  withMember,
  writerOf,
} from './state.ts';
import type { FailoverRequest } from './types.ts';
import type { World } from './world.ts';

/** The members and hosts of a failover. In an instance, `to` is the same member with its standby. */
type Handover = {
  readonly from: Member;
  readonly to: Member;
  readonly oldHost: DatabaseHost;
  readonly newHost: DatabaseHost;
};

function candidates(state: DatabaseState, target: string | undefined): readonly Handover[] {
  const from = writerOf(state);
  if (state.kind === 'instance') {
    return from.standby ? [{ from, to: from, oldHost: from.host, newHost: from.standby }] : [];
  }
  const readers = target ? [memberOf(state, target)] : state.members;
  return readers
    .filter(({ role }) => role === 'reader')
    .map((to) => ({ from, to, oldHost: from.host, newHost: to.host }));
}

const outage = ({ from, to, oldHost }: Handover, isSilent: boolean): Change =>
  all(
    withHost(oldHost.hostId, { up: false, isSilent }),
    ...[from, to].map(({ id }) => withMember(id, (member) => ({ ...member, status: 'rebooting' as const }))),
    (state) => ({ ...state, failingOver: true }),
  );

const promotion = ({ from, to }: Handover): Change =>
  all(
    withMember(from.id, (member) => {
      if (from.id !== to.id) return { ...member, role: 'reader' };
      return { ...member, ...(member.standby ? { host: member.standby, standby: member.host } : {}) };
    }),
    withMember(to.id, (member) => ({ ...member, role: 'writer', status: 'available' })),
    (state) => ({ ...state, failingOver: false }),
  );

function announceOutage({ send, span, state }: World, { from, to, oldHost, newHost }: Handover, inMs: number) {
  const started = span('startedEvent');
  const restarted = Math.max(0, inMs - span('restartEventLead'));
  if (state().kind === 'instance') {
    return [send('0013', { source: from.id }, started), send('0006', { source: from.id }, restarted)];
  }
  const id = oldHost.availabilityZone === newHost.availabilityZone ? '0072' : '0073';
  return [
    send(id, { source: state().id, values: { name: to.id } }, started),
    send('0004', { source: from.id }, started),
    send('0006', { source: to.id }, restarted),
  ];
}

function announceCompletion({ send, span, state }: World, { to }: Handover, cause: FailoverRequest['cause']) {
  const completed = span('completedEvent');
  if (state().kind === 'cluster') return [send('0071', { source: state().id, values: { name: to.id } }, completed)];
  return [
    // Sent while DNS still leads to the old address, as its wording says.
    ...(cause === 'crash' ? [send('0015', { source: to.id }, span('startedEvent'))] : []),
    send('0049', { source: to.id }, completed),
  ];
}

type Takeover = { readonly handover: Handover; readonly settled: Promise<unknown> };

async function takeOver(world: World, handover: Handover, cause: FailoverRequest['cause']): Promise<Takeover> {
  const { oldHost, newHost } = handover;
  const change = world.commit(outage(handover, world.silentDeaths));
  world.note('outage', { hostId: oldHost.hostId, ip: oldHost.ip, cause });
  const inMs = world.span('promotion');
  const events = announceOutage(world, handover, inMs);
  const settled = (more: readonly Promise<unknown>[]) => Promise.all([change, ...events, ...more]);
  settled([]).catch(() => {}); // Awaited by the caller, but only once the promotion is over.
  await world.engine.kill(oldHost.hostId);
  await world.timers.sleep(inMs);
  await world.engine.promote(newHost.hostId);
  const caughtUp = world.commit(promotion(handover));
  world.note('promoted', { hostId: newHost.hostId, ip: newHost.ip, port: world.state().port, member: handover.to.id });
  return { handover, settled: settled([caughtUp, ...announceCompletion(world, handover, cause)]) };
}

/** Brings a killed host back as a standby or reader; resolves when the views show it. */
function rejoin(world: World, memberId: string, hostId: string): Promise<void> {
  const arrival = world.timers.sleep(world.span('rejoin')).then(() =>
    world.turn(async () => {
      await world.engine.rejoin(hostId);
      const change = all(
        withHost(hostId, { up: true, isSilent: false }),
        withMember(memberId, (member) => ({ ...member, status: 'available' })),
      );
      const caughtUp = world.commit(change);
      world.note('rejoined', { hostId, member: memberId });
      if (world.state().kind === 'cluster') await world.send('0006', { source: memberId });
      return { caughtUp };
    }),
  );
  const arrived = arrival.then(() => {});
  world.rejoins.add(arrived);
  arrived.catch(() => {}).finally(() => world.rejoins.delete(arrived));
  return arrival.then(({ caughtUp }) => caughtUp);
}

/** Moves the writer's role. Waits for a successor that is on its way back from an earlier failover. */
export async function failover(world: World, { cause, target }: FailoverRequest): Promise<void> {
  for (;;) {
    const takeover = await world.turn(async () => {
      const all = candidates(world.state(), target);
      if (all.length === 0) throw new Error(`database ${world.state().id} has nothing to fail over to`);
      const handover = all.find(({ newHost }) => newHost.up);
      return handover && (await takeOver(world, handover, cause));
    });
    if (takeover) {
      const { from, oldHost } = takeover.handover;
      await Promise.all([takeover.settled, rejoin(world, from.id, oldHost.hostId)]);
      return;
    }
    if (world.rejoins.size === 0) throw new Error(`no host of ${world.state().id} is up to take over`);
    await Promise.race(world.rejoins);
  }
}
