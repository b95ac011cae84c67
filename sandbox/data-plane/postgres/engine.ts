import { chmodSync, mkdtempSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ClientConfig } from 'pg';
import type { Journal } from '../../world/journal.ts';
import { freePort } from '../../world/sockets.ts';
import type { Engine, Host } from '../../world/types.ts';
import { type Access, type Certified, createAccess, createProbeUser, loginOf } from './access.ts';
import { areUsable, type Binaries, copyRepaired, packagedBinaries, programs, versionOf } from './binaries.ts';
import { coldCopy, initialise } from './data-directory.ts';
import { boot, type Cluster, kill, makeStandby, promote, rejoin, restart, synchronise } from './failover.ts';
import { createGuard, type Guard } from './guard.ts';
import { engineBase, engineIdentity, type Identity } from './identity.ts';
import { type Member, writeSettings } from './members.ts';
import { withConnection } from './server.ts';

export type Postgres = Required<Engine> & {
  /** The login, for a host or through the load balancer. */
  access(): Access;
  /** For `pg`, straight to the host. */
  connection(hostId: string): ClientConfig;
  /** Holds all files until `close()`. */
  readonly directory: string;
};

type Home = {
  readonly directory: string;
  readonly binaries: Binaries;
  readonly identity: Identity;
  readonly guard: Guard;
};

const STREAM_MS = 20_000;

/**
 * A PostgreSQL with streaming standbys: a transaction is acknowledged when every live standby has it, so a failover loses
 * none. Its processes and files end with this process, whichever way it ends; it does not keep this process alive.
 *
 * Beyond `Engine`: `promote` first kills a primary that still runs; `rejoin` of the present primary starts it where it left
 * off; an operation on a host that is killed meanwhile rejects and leaves the host dead, to be tried again.
 */
export async function createPostgres({ journal }: { readonly journal: Journal }): Promise<Postgres> {
  const home = await makeHome();
  let cluster: Cluster | undefined;
  let closed: Promise<void> | undefined;
  const underWay = new Set<Promise<void>>();

  const present = (): Cluster => {
    if (!cluster) throw new Error('the engine has not been started');
    return cluster;
  };
  const memberOf = (hostId: string): Member => {
    const member = present().members.find(({ host }) => host.id === hostId);
    if (!member) throw new Error(`there is no host ${hostId}`);
    return member;
  };
  const perform = async (work: () => Promise<void>): Promise<void> => {
    if (closed) throw new Error('the engine is closed');
    const running = work();
    underWay.add(running);
    await running.finally(() => underWay.delete(running));
  };
  const close = async () => {
    const members = cluster?.members ?? [];
    for (const member of members) member.life += 1;
    await Promise.allSettled([...underWay, ...members.map(({ following }) => following)]);
    await home.guard.close();
    journal.write('database', 'closed');
  };

  return {
    directory: home.directory,
    version: versionOf(home.binaries, home.identity) ?? 'unknown',
    start: (hosts, endpoint) =>
      perform(async () => {
        if (cluster) throw new Error('the engine was started before');
        const { access, certified } = await createAccess(home.directory, endpoint, home.identity);
        cluster = await layOut(home, hosts, journal, access);
        await begin(cluster, certified);
      }),
    localPort: (hostId) => memberOf(hostId).port,
    access: () => present().primary.access,
    probe() {
      const { probe, authority } = present().primary.access;
      return { login: probe, roots: authority };
    },
    connection: (hostId) => memberOf(hostId).connection,
    kill: (hostId) => perform(() => kill(present(), memberOf(hostId))),
    promote: (hostId) => perform(() => promote(present(), memberOf(hostId))),
    rejoin: (hostId) => perform(() => rejoin(present(), memberOf(hostId))),
    restart: (hostId) => perform(() => restart(present(), memberOf(hostId))),
    hang: (hostId) => memberOf(hostId).server?.hang(),
    resume: (hostId) => memberOf(hostId).server?.resume(),
    close() {
      closed ??= close();
      return closed;
    },
  };
}

async function makeHome(): Promise<Home> {
  const identity = engineIdentity();
  const packaged = packagedBinaries();
  const inPlace = areUsable(programs(packaged), identity);
  const directory = mkdtempSync(join(engineBase(identity, { holdsPrograms: !inPlace }), 'sandbox-postgres-'));
  // Other users may pass through, but not list: the files within are private themselves.
  chmodSync(directory, 0o711);
  const runtime = inPlace ? packaged : join(directory, 'runtime');
  const binaries = programs(runtime);
  const guard = await createGuard({ root: directory, postgres: binaries.postgres, identity });
  try {
    if (!inPlace) await copyRepaired(packaged, runtime, identity);
    return { directory, binaries, identity, guard };
  } catch (error) {
    await guard.close();
    throw error;
  }
}

async function layOut(home: Home, hosts: readonly Host[], journal: Journal, access: Access): Promise<Cluster> {
  const ports = new Set<number>();
  const members: Member[] = [];
  for (const [at, host] of hosts.entries()) {
    const port = await freePort(ports);
    ports.add(port);
    members.push(newMember(home, host, at, port, access));
  }
  const [primary] = members;
  if (!primary) throw new Error('an engine needs a host');
  return { journal, ...home, members, primary };
}

const newMember = (home: Home, host: Host, at: number, port: number, access: Access): Member => ({
  host,
  port,
  access,
  connection: { ...loginOf(access), host: '127.0.0.1', port },
  dataDirectory: join(home.directory, `member-${at}`),
  log: join(home.directory, `member-${at}.log`),
  clusterName: basename(home.directory),
  server: undefined,
  life: 0,
  required: false,
  current: false,
  following: Promise.resolve(),
});

async function begin(cluster: Cluster, certified: Certified): Promise<void> {
  const { primary, members, binaries, identity, guard } = cluster;
  await initialise(primary.dataDirectory, binaries, identity, guard, { access: primary.access, certified });
  const standbys = members.filter((member) => member !== primary);
  await Promise.all(standbys.map(({ dataDirectory }) => coldCopy(primary.dataDirectory, dataDirectory, identity)));
  writeSettings(primary, primary, members);
  await boot(cluster, primary);
  await withConnection(primary.connection, (query) => query(createProbeUser(primary.access)));
  await Promise.all(
    standbys.map(async (standby) => {
      await makeStandby(standby, primary, members);
      await boot(cluster, standby);
      await synchronise(standby, primary, members, STREAM_MS);
    }),
  );
}
