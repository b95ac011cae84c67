import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { vi } from 'vitest';
import { createAuthority } from '../../../../sandbox/data-plane/postgres/access.ts';
import { createGuard } from '../../../../sandbox/data-plane/postgres/guard.ts';
import {
  createPrivate,
  engineBase,
  engineIdentity,
  own,
  writePrivate,
} from '../../../../sandbox/data-plane/postgres/identity.ts';
import { resumeTree, suspendTree } from '../../../../sandbox/data-plane/postgres/processes.ts';
import { freePort } from '../../../../sandbox/world/sockets.ts';
import type { MysqlServer } from './mysql-server.ts';

const server = '/usr/sbin/mariadbd';
const installer = '/usr/bin/mariadb-install-db';

/** Debian's package `mariadb-server`. */
export const isMariadbInstalled = (): boolean => [server, installer].every((program) => existsSync(program));

/** A MariaDB on loopback, with TLS, that a test may make a reader, hang and kill. */
export async function startMariadb(host: string): Promise<MysqlServer> {
  const identity = engineIdentity();
  const directory = await mkdtemp(join(engineBase(identity, { holdsPrograms: false }), 'probe-mariadb-'));
  await own(directory, identity);
  const at = (name: string) => join(directory, name);
  const authority = createAuthority();
  const { certificate, key } = authority.issue(host);
  await createPrivate(at('data'), identity);
  await writeFile(at('server.crt'), certificate);
  await writePrivate(at('server.key'), key, identity);
  await writePrivate(at('init.sql'), initSql, identity);
  execFileSync(
    installer,
    ['--no-defaults', `--datadir=${at('data')}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    { ...identity, cwd: directory, stdio: 'pipe', env: { PATH: '/usr/bin:/bin:/usr/sbin', HOME: directory } },
  );
  const port = await freePort(new Set());
  // It ends the server with this process, too.
  const guard = await createGuard({ root: directory, postgres: '', identity });
  const child = spawn(server, [...options(port), ...paths(at)], { ...identity, cwd: directory, stdio: 'ignore' });
  guard.watch(child);
  const pid = child.pid ?? 0;
  const admin = async (sql: string) => {
    const connection = await createConnection({
      host: '127.0.0.1',
      port,
      user: 'administrator',
      password: 'administrator',
    });
    try {
      return (await connection.query(sql))[0] as unknown as Record<string, unknown>[];
    } finally {
      await connection.end();
    }
  };
  try {
    await vi.waitFor(() => admin('select 1'), { timeout: 20_000, interval: 50 });
  } catch (error) {
    await guard.close();
    throw error;
  }
  return {
    port,
    roots: authority.certificate,
    setReadOnly: async (on) => void (await admin(`set global read_only = ${on ? 1 : 0}`)),
    setPassword: async (password) => void (await admin(`set password for rds_target_probe = password('${password}')`)),
    sessions: async () =>
      (await admin("select id from information_schema.processlist where user = 'rds_target_probe'")).map(({ id }) =>
        Number(id),
      ),
    aborted: async () => Number((await admin("show global status like 'Aborted_clients'"))[0]?.Value),
    endSessions: async () => void (await admin('kill hard user rds_target_probe')),
    hang: () => suspendTree(pid),
    resume: () => resumeTree(pid),
    close: () => guard.close(),
  };
}

const initSql = `
create user rds_target_probe identified by 'right' require ssl;
create user administrator identified by 'administrator';
grant all on *.* to administrator with grant option;
`;

const options = (port: number) => [
  '--no-defaults',
  '--bind-address=127.0.0.1',
  `--port=${port}`,
  '--skip-name-resolve',
  '--innodb-flush-method=nosync',
  '--innodb-buffer-pool-size=8M',
  '--innodb-log-file-size=4M',
  '--skip-log-bin',
];

const paths = (at: (name: string) => string) => [
  `--datadir=${at('data')}`,
  `--socket=${at('socket')}`,
  `--pid-file=${at('pid')}`,
  `--ssl-cert=${at('server.crt')}`,
  `--ssl-key=${at('server.key')}`,
  `--init-file=${at('init.sql')}`,
];
