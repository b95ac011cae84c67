import type { Server } from 'node:net';
import mysql from 'mysql2';
import { afterEach, describe, expect, test } from 'vitest';
import { chooseClient } from '../../../../cli/drill/clients/choose.ts';
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
