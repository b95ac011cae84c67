import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import type { Journal } from '../../world/journal.ts';
import { type ClientReport, createTally, type Tally, type Write } from './tally.ts';

export type { ClientReport } from './tally.ts';

type WriterOptions = {
  /** The login, and where the load balancer listens on this machine. */
  readonly connect: ClientConfig;
  readonly journal: Journal;
  /** Wall ms from one write to the next, also after a failure; 20 if absent. */
  readonly everyMs?: number;
  /** Wall ms for a connection, the server's greeting included, and for a statement; 1000 if absent. */
  readonly timeoutMs?: number;
};

export type LossCheck = {
  readonly acknowledged: number;
  readonly found: number;
  /** The numbers of acknowledged rows that are not there. */
  readonly lost: readonly number[];
};

export type Writer = {
  /** Begins to write; resolves with the first acknowledged row, rejects when there is none within 30 s. */
  start(): Promise<void>;
  /** Ends the writing; resolves when the connection is closed. May be called twice. */
  stop(): Promise<ClientReport>;
  /** What happened so far. */
  report(): ClientReport;
  lastWrite(): Write | undefined;
  /** Looks for every acknowledged row, best after `stop`, on the server that is the writer in the end. */
  countLost(server: ClientConfig): Promise<LossCheck>;
};

const START_MS = 30_000;

/**
 * A client of the database as an application is one: it writes numbered rows, one per transaction, and reconnects whenever
 * anything fails. A number is never tried twice: whether a failed write happened is unknown.
 */
export function createWriter(options: WriterOptions): Writer {
  const { connect, journal, everyMs = 20, timeoutMs = 1000 } = options;
  const client = randomUUID();
  const tally = createTally(journal);
  const rows = createRows(connect, timeoutMs, client, tally);
  const stopping = new AbortController();
  let writing: Promise<void> = Promise.resolve();
  const repeatUntil = (done: () => boolean, task: () => Promise<unknown>) =>
    repeat(everyMs, () => done() || stopping.signal.aborted, task, stopping.signal);

  return {
    async start() {
      const deadline = performance.now() + START_MS;
      const isLate = () => performance.now() > deadline;
      let prepared = false;
      const prepare = () => rows.prepare().then(() => (prepared = true), ignore);
      await repeatUntil(() => prepared || isLate(), prepare);
      await repeatUntil(() => tally.lastWrite() !== undefined || isLate(), rows.writeNext);
      if (!tally.lastWrite()) throw new Error(`no write to ${connect.host}:${connect.port} within ${START_MS} ms`);
      writing = repeatUntil(() => false, rows.writeNext);
    },
    async stop() {
      stopping.abort();
      await writing;
      rows.drop();
      return tally.report();
    },
    report: tally.report,
    lastWrite: tally.lastWrite,
    async countLost(server) {
      const there = await readNumbers(server, client);
      const acknowledged = tally.numbers();
      const lost = acknowledged.filter((number) => !there.has(number));
      return { acknowledged: acknowledged.length, found: acknowledged.length - lost.length, lost };
    },
  };
}

/** Until the table is there, a failure only means that the database is not ready yet. */
const ignore = () => {};

async function repeat(everyMs: number, isDone: () => boolean, task: () => Promise<unknown>, signal: AbortSignal) {
  while (!isDone()) {
    const began = performance.now();
    await task();
    const rest = Math.max(1, everyMs - (performance.now() - began));
    await sleep(rest, undefined, { signal }).catch(ignore);
  }
}

/** The rows of one client: each is tried once, on the open connection or a new one. */
type Rows = {
  /** Makes the table; rejects when that fails. */
  prepare(): Promise<void>;
  /** Tries to write the next row and tells the tally. */
  writeNext(): Promise<void>;
  drop(): void;
};

const CREATE_TABLE = `create table if not exists sandbox_writes (
  client uuid not null, number integer not null, at timestamptz not null default clock_timestamp(),
  primary key (client, number))`;

function createRows(endpoint: ClientConfig, timeoutMs: number, client: string, tally: Tally): Rows {
  let connection: Connection | undefined;
  let number = 0;
  const drop = () => connection?.drop();

  const query = async (sql: string, values?: readonly unknown[]) => {
    try {
      if (!connection?.isUsable()) connection = await openConnection(endpoint, timeoutMs);
      await connection.query(sql, values);
    } catch (error) {
      drop();
      throw error;
    }
  };
  return {
    prepare: () => query(CREATE_TABLE),
    async writeNext() {
      number += 1;
      try {
        await query('insert into sandbox_writes (client, number) values ($1, $2)', [client, number]);
        tally.acknowledged(number);
      } catch (error) {
        tally.failed(number, error);
      }
    },
    drop,
  };
}

const PAGE = 50_000;

/** The numbers of the client's rows that a server has. */
async function readNumbers(server: ClientConfig, client: string): Promise<ReadonlySet<number>> {
  const database = new Client(server);
  const numbers = new Set<number>();
  try {
    await database.connect();
    for (let after = 0, size = PAGE; size === PAGE; ) {
      const { rows } = await database.query<{ number: number }>(
        'select number from sandbox_writes where client = $1 and number > $2 order by number limit $3',
        [client, after, PAGE],
      );
      for (const { number } of rows) numbers.add(number);
      size = rows.length;
      after = rows.at(-1)?.number ?? after;
    }
    return numbers;
  } finally {
    await database.end();
  }
}

/** One connection, dropped at the first error. */
type Connection = {
  query(sql: string, values?: readonly unknown[]): Promise<void>;
  isUsable(): boolean;
  /** Drops it at once, without a goodbye message that a dead server would not answer. */
  drop(): void;
};

async function openConnection(to: ClientConfig, timeoutMs: number): Promise<Connection> {
  const socket = new Socket();
  let usable = true;
  const client = new Client({
    ...to,
    stream: () => socket,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  const drop = () => {
    usable = false;
    socket.destroy();
  };
  client.on('error', drop);
  client.on('end', drop);
  try {
    await client.connect();
  } catch (error) {
    drop();
    throw error;
  }
  return {
    query: async (sql, values) => void (await client.query(sql, values ? [...values] : undefined)),
    isUsable: () => usable,
    drop,
  };
}
