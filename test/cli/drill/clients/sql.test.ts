import { createServer, type Server, type Socket } from 'node:net';
import mysql from 'mysql2';
import { afterEach, describe, expect, test } from 'vitest';
import { chooseClient, createTcpClient } from '../../../../cli/drill/clients/choose.ts';
import { createSqlClient, type SqlDialect } from '../../../../cli/drill/clients/sql.ts';

/** A server that knows the four statements of the drill, and can be down. */
function createFakeServer() {
  const tables = new Map<string, number[]>();
  const server = { isUp: true, opened: 0, dropped: 0, tables };
  const answer = (sql: string): { number: number }[] => {
    const [, table = '', number] = /(rds_target_drill_[0-9a-f]{8})(?: \(number\) values \((\d+)\))?/.exec(sql) ?? [];
    if (sql.startsWith('create table')) tables.set(table, []);
    else if (!tables.has(table)) throw Object.assign(new Error(`no table ${table}`), { code: '42P01' });
    else if (sql.startsWith('insert')) tables.get(table)?.push(Number(number));
    else if (sql.startsWith('drop')) tables.delete(table);
    return sql.startsWith('select') ? (tables.get(table) ?? []).map((one) => ({ number: one })) : [];
  };
  const dialect: SqlDialect = {
    kind: 'postgres',
    timeColumn: 'at timestamptz',
    async open() {
      if (!server.isUp) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
      server.opened += 1;
      let usable = true;
      return {
        async query(sql) {
          if (!server.isUp) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
          return answer(sql);
        },
        isUsable: () => usable,
        drop: () => {
          usable = false;
          server.dropped += 1;
        },
      };
    },
  };
  return { server, dialect };
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe('the client that writes', () => {
  test('makes a table of its own, writes numbered rows over one connection, and leaves neither behind', async () => {
    const { server, dialect } = createFakeServer();
    const client = createSqlClient(dialect, 0);
    await client.prepare('db');
    for (const number of [1, 2, 3]) await client.attempt(number);
    expect(await client.rows?.()).toEqual(new Set([1, 2, 3]));
    expect(server.opened).toBe(1);
    await client.close();
    expect(server.tables.size).toBe(0);
    expect(server.dropped).toBe(server.opened);
    await client.close();
  });

  test('connects anew after a failure, and never writes a number twice', async () => {
    const { server, dialect } = createFakeServer();
    const client = createSqlClient(dialect, 0);
    await client.prepare('db');
    await client.attempt(1);
    server.isUp = false;
    await expect(client.attempt(2)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(client.attempt(3)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    server.isUp = true;
    await client.attempt(4);
    expect(await client.rows?.()).toEqual(new Set([1, 4]));
  });

  test('names the table that it could not drop', async () => {
    const { server, dialect } = createFakeServer();
    const client = createSqlClient(dialect, 0);
    await client.prepare('db');
    server.isUp = false;
    await expect(client.close()).rejects.toThrow(
      /the table rds_target_drill_[0-9a-f]{8} could not be dropped.*by hand/,
    );
  });

  test('drops the table once the database is back, when it was interrupted in the outage', async () => {
    const { server, dialect } = createFakeServer();
    const client = createSqlClient(dialect, 10_000);
    await client.prepare('db');
    server.isUp = false;
    const closed = client.close();
    server.isUp = true;
    await closed;
    expect(server.tables.size).toBe(0);
  });
});

describe('the client that only connects', () => {
  const listen = (treat: (socket: Socket) => void = () => {}) =>
    new Promise<{ host: string; port: number }>((resolve) => {
      const server = createServer((socket) => treat(socket.on('error', () => {})));
      servers.push(server);
      server.listen(0, '127.0.0.1', () =>
        resolve({ host: '127.0.0.1', port: (server.address() as { port: number }).port }),
      );
    });

  test('is served by anything that listens, and tells a refusal by its code', async () => {
    const address = await listen();
    const limits = { timeoutMs: 10_000, holdMs: 0 };
    await createTcpClient(address, limits).attempt(1);
    await new Promise((resolve) => servers[0]?.close(resolve));
    await expect(createTcpClient(address, limits).attempt(2)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test.each([
    ['resets', (socket: Socket) => socket.resetAndDestroy(), 'ECONNRESET'],
    ['closes', (socket: Socket) => socket.end(), 'closed at once'],
  ])('is not served by something that accepts and %s: a proxy with nothing behind it', async (_, treat, code) => {
    // A moment after the connection, as a proxy that first tries its own way.
    const address = await listen((socket) => void setTimeout(() => treat(socket), 20));
    // Far longer than a reset takes on a busy machine.
    const client = createTcpClient(address, { timeoutMs: 60_000, holdMs: 30_000 });
    await expect(client.attempt(1)).rejects.toMatchObject({ code });
  });
});

describe('the client of MySQL', () => {
  /** A server of mysql2's own: MySQL's protocol, and a table of one column. */
  function listenMysql(): Promise<{ port: number; said: string[]; rows: Set<number> }> {
    const said: string[] = [];
    const rows = new Set<number>();
    const server = mysql.createServer((connection) => {
      connection.on('error', () => {});
      connection.serverHandshake({
        protocolVersion: 10,
        serverVersion: '8.0.0',
        connectionId: 1,
        statusFlags: 2,
        characterSet: 8,
        // Everything but TLS and compression.
        capabilityFlags: 0xffffff ^ 0x800 ^ 0x20,
      });
      // The package's types know the rows alone.
      const writer = connection as unknown as { writeTextResult(rows: unknown[], columns: unknown[]): void };
      connection.on('query', (sql: string) => {
        said.push(sql);
        const number = Number(/values \((\d+)\)/.exec(sql)?.[1]);
        if (number === 666) return connection.writeError({ code: 1290, message: 'running with --read-only' });
        if (Number.isInteger(number)) rows.add(number);
        if (!sql.startsWith('select')) return connection.writeOk();
        writer.writeTextResult(
          [...rows].map((one) => ({ number: one })),
          [
            {
              catalog: 'def',
              schema: 't',
              table: 't',
              orgTable: 't',
              name: 'number',
              orgName: 'number',
              characterSet: 63,
              columnLength: 11,
              columnType: 3,
              flags: 0,
              decimals: 0,
            },
          ],
        );
      });
    });
    return new Promise((resolve) => {
      const listening = server as unknown as { _server: Server; listen(port: number, host: string): void };
      listening.listen(0, '127.0.0.1');
      servers.push(listening._server);
      listening._server.once('listening', () =>
        resolve({ port: (listening._server.address() as { port: number }).port, said, rows }),
      );
    });
  }

  test('speaks its protocol: table, rows, the refusal of a reader, and nothing left', async () => {
    const { port, said } = await listenMysql();
    const client = await chooseClient(
      { url: 'mysql://me:secret@db/orders', isUnverified: true },
      { host: '127.0.0.1', port },
      { timeoutMs: 20_000, holdMs: 0, cleanupTimeoutMs: 0 },
    );
    await client.prepare('db');
    await client.attempt(1);
    await client.attempt(2);
    await expect(client.attempt(666)).rejects.toMatchObject({ code: 'ER_OPTION_PREVENTS_STATEMENT' });
    expect(await client.rows?.()).toEqual(new Set([1, 2]));
    await client.close();
    expect(said[0]).toMatch(
      /^create table rds_target_drill_[0-9a-f]{8} \(number integer not null primary key, at timestamp\(6\)/,
    );
    expect(said.at(-1)).toMatch(/^drop table rds_target_drill_[0-9a-f]{8}$/);
  });
});

describe('the connection string', () => {
  const address = { host: '127.0.0.1', port: 1 };
  const limits = { timeoutMs: 100, holdMs: 0, cleanupTimeoutMs: 0 };

  test.each([
    [undefined, 'tcp'],
    ['postgres://me:secret@db/orders', 'postgres'],
    ['postgresql://me:secret@db/orders', 'postgres'],
    ['mysql://me:secret@db/orders', 'mysql'],
  ])('%s makes a client of kind %s', async (url, kind) => {
    expect((await chooseClient({ url }, address, limits)).kind).toBe(kind);
  });

  test.each(['oracle://me:secret@db/orders', 'me:secret@db', 'postgres//secret'])(
    'of another kind is refused with what is allowed, and its password is not told: %s',
    async (url) => {
      const error = await chooseClient({ url }, address, limits).then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      expect(error?.message).toMatch(/DRILL_DATABASE_URL.*postgres:\/\//);
      expect(error?.message).not.toContain('secret');
    },
  );
});
