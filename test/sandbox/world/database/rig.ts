import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { createDatabase } from '../../../../sandbox/world/database/database.ts';
import { createListenerEngine } from '../../../../sandbox/world/database/listener-engine.ts';
import type { Database, DatabaseOptions } from '../../../../sandbox/world/database/types.ts';
import { createJournal } from '../../../../sandbox/world/journal.ts';
import { createNetwork, type Network } from '../../../../sandbox/world/network.ts';
import type { ZoneAnswer } from '../../../../sandbox/world/types.ts';
import { createManualClock, type ManualClock } from '../../aws/elbv2/rig.ts';

/** An occurrence with the AWS time at which it was written, ms. */
export type Moment = {
  readonly at: number;
  readonly what: string;
  readonly detail: Readonly<Record<string, unknown>>;
};

const STEP_MS = 50;
const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

/** Lets AWS time pass, in small steps so that real I/O keeps up, until the condition holds. */
async function pass(clock: ManualClock, condition: () => boolean, limitMs = 3_600_000): Promise<void> {
  const end = clock.elapsed() + limitMs;
  while (!condition()) {
    if (clock.elapsed() > end) throw new Error(`nothing came of it in ${limitMs} AWS ms`);
    for (let turn = 0; turn < 3; turn += 1) await turnOfTheLoop();
    clock.advance(STEP_MS);
  }
}

/** Who answers at an address: the greeting of its listener, or `refused`. */
async function knock(network: Network, ip: string, port = 5432): Promise<string> {
  const localPort = network.locate(ip, port);
  if (localPort === undefined) return 'refused';
  const socket = connectSocket(localPort, '127.0.0.1');
  socket.write('who?');
  try {
    const [line] = await once(socket, 'data');
    const { hostId, role } = JSON.parse(String(line));
    return `${hostId} ${role}`;
  } catch {
    return 'refused';
  } finally {
    socket.destroy();
  }
}

/** The addresses of an answer, or its kind when it has none. */
const addressesOf = (answer: ZoneAnswer): string =>
  answer.kind === 'records' ? [...(answer.a ?? []), ...(answer.aaaa ?? [])].join(' ') : answer.kind;

const open: (() => Promise<void>)[] = [];

/** Ends everything that the rigs of this file started. */
export const closeRigs = async (): Promise<void> => {
  await Promise.all(open.splice(0).map((close) => close()));
};

/** A database on listeners, with a clock that stands still unless `during` or `until` lets time pass. */
export async function createRig(options: Partial<DatabaseOptions> = {}) {
  const clock = createManualClock();
  const journal = createJournal();
  const network = createNetwork();
  const timeline: Moment[] = [];
  journal.follow(({ what, detail = {} }) => timeline.push({ at: clock.elapsed(), what, detail }));
  const common = { kind: 'instance', id: 'orders', engine: createListenerEngine(), network, clock, journal } as const;
  const database: Database = await createDatabase({ ...common, ...options });
  open.push(() => database.close());

  const during = async <T>(work: Promise<T>): Promise<T> => {
    let over = false;
    const mark = () => {
      over = true;
    };
    work.then(mark, mark);
    await pass(clock, () => over);
    return work;
  };
  const moments = (what: string) => timeline.filter((moment) => moment.what === what);
  const events = () => moments('event-emitted').map(({ detail }) => String(detail.eventId).slice(-4));
  const eventAt = (id: string) =>
    moments('event-emitted').find(({ detail }) => detail.eventId === `RDS-EVENT-${id}`)?.at ?? Number.NaN;
  return {
    clock,
    journal,
    network,
    database,
    timeline,
    moments,
    events,
    eventAt,
    during,
    until: (condition: () => boolean) => pass(clock, condition),
    resolve: (name: string, type: 'A' | 'AAAA' = 'A') => addressesOf(database.zone(name, type)),
    knock: (ip: string, port?: number) => knock(network, ip, port),
  };
}
