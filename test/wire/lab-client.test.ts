import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { ClientAttempt, ClientReply } from '../../lab/contract.ts';
import { createFunction } from '../../sandbox/aws/lambda/function.ts';
import { createSecretsApi } from '../../sandbox/aws/secrets.ts';
import { createFaults } from '../../sandbox/aws/wire/faults.ts';
import { createQueryServer } from '../../sandbox/aws/wire/server.ts';
import { createPostgres, type Postgres } from '../../sandbox/data-plane/postgres/engine.ts';
import { withConnection } from '../../sandbox/data-plane/postgres/server.ts';
import { createClock } from '../../sandbox/world/clock.ts';
import { createJournal } from '../../sandbox/world/journal.ts';
import type { LambdaFunction } from '../../sandbox/world/types.ts';
import { shared } from '../shared.ts';
import { eventually } from './rig.ts';

/* The built client of the lab as Lambda runs it, against real PostgreSQL and Secrets Manager on the wire. */

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:lab-AbCdEf';
const serverName = 'lab.c0ffee123456.eu-central-1.rds.amazonaws.com';

const closers: (() => unknown)[] = [];
let postgres: Postgres;
let client: LambdaFunction;
let environment: Record<string, string>;

shared(
  async () => {
    const world = { clock: createClock(1), journal: createJournal() };
    postgres = await createPostgres(world);
    closers.push(() => postgres.close());
    const hosts = ['a', 'b'].map((id, at) => ({ id, ip: `10.0.${at}.10`, availabilityZone: 'eu-central-1a' }));
    await postgres.start(hosts, serverName);
    const { password, authorityFile } = postgres.access();
    const secrets = new Map([[arn, JSON.stringify({ username: 'postgres', password })]]);
    const api = await createQueryServer({
      ...{ services: [], jsonServices: [createSecretsApi(secrets)], faults: createFaults(), ...world },
    });
    closers.push(() => api.close());
    environment = {
      LOGIN_SECRET_ARN: arn,
      // The other database of the lab comes first.
      SERVER_NAMES: `other.c0ffee123456.eu-central-1.rds.amazonaws.com,${serverName}`,
      PGSSLROOTCERT: authorityFile,
      AWS_ENDPOINT_URL: api.url,
    };
    const bundle = join(import.meta.dirname, '../../dist/lab/client/index.mjs');
    client = createFunction({ name: 'lab', bundle, environment, memoryMb: 512, timeoutMs: 60_000, ...world });
    closers.push(() => client.close());
  },
  async () => {
    for (const close of closers.splice(0).reverse()) await close();
  },
);

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const target = (name: string, port: number, kind = 'postgres') => ({ name, host: '127.0.0.1', port, kind });

async function attemptsOn(targets: readonly object[]): Promise<Map<string, ClientAttempt[]>> {
  const { status, payload } = await client.invoke({ targets, seconds: 1, everyMs: 250 });
  expect(status, JSON.stringify(payload)).toBe('succeeded');
  return Map.groupBy((payload as ClientReply).attempts, (one) => one.target);
}

/** The client makes the table with its first row. */
const rows = async () =>
  await withConnection(postgres.connection('a'), async (query) => {
    const [table] = await query("select to_regclass('rds_target_lab') as name");
    return table?.name ? Number((await query('select count(*) from rds_target_lab'))[0]?.count) : 0;
  });

const kinds = (attempts: readonly ClientAttempt[] = []) => [
  ...new Set(attempts.map(({ outcome, detail, server }) => [outcome, detail, server].filter(Boolean).join(' '))),
];

describe('the client of the lab', () => {
  test('tells a writer, a reader, a closed port, silence and a proxy without a database apart, and commits a row for each success', async () => {
    const silent = await listening(createServer((socket) => void socket.on('error', () => {})));
    const proxy = await listening(createServer((socket) => void socket.on('error', () => {}).end()));
    const closed = createServer();
    const nothing = await listening(closed);
    closed.close();
    // The client gives an attempt a second, in which a busy machine may finish no login: then it is asked once more.
    await eventually(async () => {
      const [began, before] = [Date.now(), await rows()];
      const attempts = await attemptsOn([
        target('writer', postgres.localPort('a')),
        target('reader', postgres.localPort('b')),
        target('port', postgres.localPort('b'), 'tcp'),
        target('closed', nothing, 'tcp'),
        target('silent', silent),
        target('proxy', proxy, 'tcp'),
      ]);
      expect(kinds(attempts.get('writer'))).toEqual(['ok 127.0.0.1']);
      expect(kinds(attempts.get('reader'))).toEqual(['error read-only 127.0.0.1']);
      expect(kinds(attempts.get('port'))).toEqual(['ok']);
      expect(kinds(attempts.get('closed'))).toEqual(['refused']);
      expect(kinds(attempts.get('silent'))).toEqual(['timeout']);
      expect(kinds(attempts.get('proxy'))).toEqual(['error closed at once']);
      const served = attempts.get('writer') ?? [];
      expect(served.length).toBeGreaterThan(1);
      expect(served.every(({ at, ms }) => at >= began && ms >= 0 && at + ms <= Date.now())).toBe(true);
      expect((await rows()) - before).toBe(served.length);
    });
  });

  test('sends its login to no server with a certificate of another name', async () => {
    client.reconfigure({ ...environment, SERVER_NAMES: 'other.c0ffee123456.eu-central-1.rds.amazonaws.com.example' });
    const attempts = await attemptsOn([target('stranger', postgres.localPort('a'))]);
    expect(kinds(attempts.get('stranger'))).toEqual(['error ERR_TLS_CERT_ALTNAME_INVALID']);
  });
});
