import { ClosedError, createTimers } from '../clock.ts';
import { home } from '../network.ts';
import * as changes from './changes.ts';
import { startDatabase, stopDatabase } from './changes.ts';
import { createEventLog, rdsEvents } from './events.ts';
import { failover } from './failover.ts';
import { addressesOf, initialState, type Settings } from './initial.ts';
import { clusterArn, instanceArn, namesOf } from './names.ts';
import { createRandom } from './random.ts';
import { hostsInUse, hostsOf, writerOf } from './state.ts';
import { switchover } from './switchover.ts';
import { defaultTimings, draw } from './timings.ts';
import type { Database, DatabaseOptions } from './types.ts';
import { createViews } from './views.ts';
import { followState, type World } from './world.ts';

/** Lets one piece of work run at a time, in the order of the calls. */
function createTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}

/** A promise that callers need not wait for: closing rejects it. */
function optional<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function createWorld(settings: Settings) {
  const { kind, engine, network, clock, journal, id, region, account, random } = settings;
  const timings = { ...defaultTimings[kind], ...settings.timings };
  const addresses = addressesOf(settings);
  const timers = createTimers(clock);
  const log = createEventLog(journal, id);
  const build = rdsEvents({ region, account, random });
  let state = initialState(settings, addresses);

  const send: World['send'] = (eventId, content, awsMs = 0) => {
    const emit = () => log.emit(build(`RDS-EVENT-${eventId}`, { ...content, date: clock.date() }));
    return optional(awsMs > 0 ? timers.sleep(awsMs).then(emit) : Promise.resolve().then(emit));
  };
  // "There are DNS changes to the DB cluster for the DB instance", says AWS of 0385.
  const onDnsChange = () => void (kind === 'cluster' && send('0385', { source: writerOf(state).id }));
  const views = createViews({ initial: state, region, account, timers, timings, random, journal, onDnsChange });
  const world: World = {
    engine,
    silentDeaths: settings.silentDeaths ?? false,
    timers,
    random,
    state: () => state,
    commit(change) {
      const before = state;
      state = change(before);
      followState(network, engine, before, state);
      return optional(views.publish(state));
    },
    turn: createTurn(),
    span: (step) => draw(timings[step], random),
    send,
    note: (what, detail) => journal.write('database', what, { database: id, ...detail }),
    newAddress: addresses.inZone,
    rejoins: new Set(),
  };
  return { world, views, log };
}

/** Work that ends with the database: when the database closes meanwhile, the work resolves instead of failing. */
function createRunner() {
  const running = new Set<Promise<unknown>>();
  const run = <T>(work: Promise<T>): Promise<T> => {
    const mine = work.catch((error: unknown) => {
      if (error instanceof ClosedError) return undefined as T;
      throw error;
    });
    const over: Promise<unknown> = Promise.allSettled([mine]).then(() => running.delete(over));
    running.add(over);
    return mine;
  };
  return { run, idle: () => Promise.all(running) };
}

const operations = (world: World, run: ReturnType<typeof createRunner>['run']) =>
  ({
    failover: (request) => run(failover(world, request)),
    restart: (memberId) => run(changes.restart(world, memberId)),
    replaceHost: (memberId) => run(changes.replaceHost(world, memberId)),
    switchover: () => run(switchover(world)),
    modifyPort: (port) => run(changes.modifyPort(world, port)),
    addMember: (memberId) => run(changes.addMember(world, memberId)),
    removeMember: (memberId) => run(changes.removeMember(world, memberId)),
    modifyCustomEndpoint: (endpoint) => run(changes.modifyCustomEndpoint(world, endpoint)),
    renameMember: (memberId, newId) => run(changes.renameMember(world, memberId, newId)),
    stop: () => run(stopDatabase(world)),
    start: () => run(startDatabase(world)),
  }) satisfies Partial<Database>;

/** Hangs the host that holds the writer's role now; `resume` continues every hung host. */
function freezing({ engine, state, note }: World): Pick<Database, 'hang' | 'resume'> {
  const hung = new Set<string>();
  return {
    hang() {
      const { hostId, ip } = writerOf(state()).host;
      engine.hang(hostId);
      hung.add(hostId);
      note('hung', { hostId, ip });
    },
    resume() {
      for (const hostId of hung) {
        engine.resume(hostId);
        note('resumed', { hostId });
      }
      hung.clear();
    },
  };
}

/** Starts the engine's hosts and the database on them. Events, names and addresses have AWS's form. */
export async function createDatabase(options: DatabaseOptions): Promise<Database> {
  const { region = home.region, account = home.account, random = createRandom(1) } = options;
  const { kind, id, engine, network } = options;
  const { world, views, log } = createWorld({ ...options, region, account, random });
  const start = world.state();
  const all = [...start.members.flatMap(hostsOf), ...start.spares];
  const hosts = all.map(({ hostId, ip, availabilityZone }) => ({ id: hostId, ip, availabilityZone }));
  await engine.start(hosts, namesOf(start, region).endpoint);
  followState(network, engine, { ...start, members: [] }, start);
  const { run, idle } = createRunner();

  return {
    kind,
    id,
    arn: kind === 'cluster' ? clusterArn(id, region, account) : instanceArn(id, region, account),
    writer() {
      const { id: memberId, host } = writerOf(world.state());
      const { availabilityZone: _, isSilent: __, ...place } = host;
      return { memberId, port: world.state().port, ...place };
    },
    ...freezing(world),
    names: () => namesOf(world.state(), region),
    places: () =>
      hostsInUse(world.state()).map(({ ip, ipv6, availabilityZone }) => ({
        ip,
        availabilityZone,
        ...(ipv6 ? { ipv6 } : {}),
      })),
    ...views,
    ...log,
    ...operations(world, run),
    async close() {
      world.timers.close();
      await idle();
      followState(network, engine, world.state(), { ...world.state(), members: [], retired: [] });
      await engine.close();
    },
  };
}
