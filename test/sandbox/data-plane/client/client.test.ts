import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Client } from 'pg';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createWriter, type Writer } from '../../../../sandbox/data-plane/client/client.ts';
import { createPostgres, type Postgres } from '../../../../sandbox/data-plane/postgres/engine.ts';
import { createJournal } from '../../../../sandbox/world/journal.ts';
import { shared } from '../../../shared.ts';

const hosts = ['a', 'b'].map((id, at) => ({ id, ip: `10.0.${at}.10`, availabilityZone: `eu-west-1${id}` }));
const within = { timeout: 10_000, interval: 5 };
let postgres: Postgres;
let forwarder: Awaited<ReturnType<typeof createForwarder>>;
const writers: Writer[] = [];

shared(
  async () => {
    postgres = await createPostgres({ journal: createJournal() });
    await postgres.start(hosts, 'orders.example');
    forwarder = await createForwarder();
  },
  async () => {
    await forwarder?.close();
    await postgres?.close();
  },
  30_000,
);
afterEach(() => Promise.all(writers.splice(0).map((writer) => writer.stop())));

/** Stands for the load balancer: new connections go to the present port, and old ones can be cut or frozen. */
async function createForwarder() {
  let target = 0;
  let frozen = false;
  let refused = 0;
  const sockets = new Set<Socket>();
  const server = createServer((downstream) => {
    const keep = (socket: Socket, other?: Socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other?.destroy();
      });
    };
    if (frozen) return keep(downstream);
    const upstream = connect(target, '127.0.0.1');
    upstream.on('error', () => {
      refused += 1;
    });
    keep(downstream, upstream);
    keep(upstream, downstream);
    downstream.pipe(upstream).pipe(downstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    /** How often the target had no listener. */
    refused: () => refused,
    pointTo(hostId: string) {
      frozen = false;
      target = postgres.localPort(hostId);
      cut();
    },
    pointNewConnectionsTo(hostId: string) {
      target = postgres.localPort(hostId);
    },
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

async function writeThrough(hostId: string) {
  forwarder.pointTo(hostId);
  const journal = createJournal();
  const connectTo = { ...postgres.connection('a'), port: forwarder.port };
  const writer = createWriter({ connect: connectTo, journal, everyMs: 5, timeoutMs: 500 });
  writers.push(writer);
  await writer.start();
  const seen = (what: string) => journal.all().filter((occurrence) => occurrence.what === what).length;
  return { writer, journal, seen };
}

/** Waits for the first write that was begun after now. */
async function writesAgain(writer: Writer) {
  const before = writer.report().acknowledged;
  await vi.waitFor(() => expect(writer.report().acknowledged).toBeGreaterThan(before + 1), within);
}

describe('a failover', () => {
  test('is one outage, and no acknowledged row is lost', async () => {
    const { writer, seen } = await writeThrough('a');
    await writesAgain(writer);
    await postgres.kill('a');
    await vi.waitFor(() => expect(seen('first-failure')).toBe(1), within);
    await postgres.promote('b');
    forwarder.pointTo('b');
    await vi.waitFor(() => expect(seen('first-write')).toBe(1), within);
    await writesAgain(writer);
    const report = await writer.stop();

    expect(report.attempted).toBe(report.acknowledged + report.failed);
    // No number was tried again.
    expect(writer.lastWrite()?.number).toBe(report.attempted);
    const [outage] = report.outages;
    expect(outage?.failed).toBeGreaterThan(0);
    expect(report.longestGapMs).toBeGreaterThanOrEqual(outage?.gapMs ?? Infinity);
    expect(outage?.gapMs).toBe((outage?.firstWriteAt ?? 0) - (outage?.lastWriteAt ?? 0));
    expect(report.secondsWithoutWrites).toBeGreaterThan(0);
    expect(await writer.countLost(postgres.connection('b'))).toEqual({
      acknowledged: report.acknowledged,
      found: report.acknowledged,
      lost: [],
    });
    await postgres.rejoin('a');
  });

  test('shows when the load balancer still leads to a reader', async () => {
    const { writer, seen } = await writeThrough('b');
    forwarder.pointTo('a');
    await vi.waitFor(() => expect(writer.report().refusedByReader).toBeGreaterThan(2), within);
    forwarder.pointNewConnectionsTo('b');
    await vi.waitFor(() => expect(seen('first-write')).toBe(1), within);
    const report = await writer.stop();
    expect(seen('refused-by-reader')).toBe(1);
    expect(report.failures['25006']).toBe(report.refusedByReader);
    expect(report.outages.at(-1)?.refusedByReader).toBe(report.refusedByReader);
  });

  test('that is not over counts until now', async () => {
    const { writer, seen } = await writeThrough('b');
    forwarder.freeze();
    await vi.waitFor(() => expect(seen('first-failure')).toBe(1), within);
    await vi.waitFor(() => expect(writer.report().failed).toBeGreaterThan(1), within);
    const { outages, longestGapMs, secondsWithoutWrites } = await writer.stop();
    expect(outages).toHaveLength(1);
    expect(outages[0]).not.toHaveProperty('firstWriteAt');
    expect(longestGapMs).toBeGreaterThan(100);
    expect(secondsWithoutWrites).toBeGreaterThan(0.1);
  });
});

describe('the connection', () => {
  test('is given up when the server says nothing, and made anew', async () => {
    const { writer, seen } = await writeThrough('b');
    forwarder.freeze();
    await vi.waitFor(() => expect(writer.report().failed).toBeGreaterThan(1), within);
    forwarder.pointTo('b');
    await vi.waitFor(() => expect(seen('first-write')).toBe(1), within);
  });

  test('waits for a database that is not there yet', async () => {
    await postgres.kill('a');
    forwarder.pointTo('a');
    const connectTo = { ...postgres.connection('a'), port: forwarder.port };
    const writer = createWriter({ connect: connectTo, journal: createJournal(), everyMs: 5 });
    writers.push(writer);
    const before = forwarder.refused();
    const started = writer.start();
    await vi.waitFor(() => expect(forwarder.refused()).toBeGreaterThan(before), within);
    forwarder.pointTo('b');
    await started;
    expect(writer.lastWrite()?.number).toBe(1);
    await postgres.rejoin('a');
  });
});

describe('the check for lost rows', () => {
  test('names every acknowledged row that is not there, and minds no other client', async () => {
    const earlier = await writeThrough('b');
    await writesAgain(earlier.writer);
    await earlier.writer.stop();
    const { writer } = await writeThrough('b');
    await vi.waitFor(() => expect(writer.lastWrite()?.number).toBeGreaterThan(5), within);
    await writer.stop();
    const database = new Client(postgres.connection('b'));
    await database.connect();
    const client = 'select client from sandbox_writes order by at desc limit 1';
    await database.query(`delete from sandbox_writes where number in (2, 4) and client = (${client})`);
    await database.end();
    expect((await writer.countLost(postgres.connection('b'))).lost).toEqual([2, 4]);
    expect((await earlier.writer.countLost(postgres.connection('b'))).lost).toEqual([]);
  });
});
