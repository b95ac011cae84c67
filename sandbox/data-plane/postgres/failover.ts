import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '../../world/journal.ts';
import type { Binaries } from './binaries.ts';
import { hotCopy } from './data-directory.ts';
import type { Guard } from './guard.ts';
import type { Identity } from './identity.ts';
import { applyRequired, assertSameLife, isRunning, type Member, writeSettings } from './members.ts';
import { bury, removeStaleLock } from './processes.ts';
import { lastWords, type Query, startServer, withConnection } from './server.ts';

/** The members of one engine, and what their servers need. */
export type Cluster = {
  readonly journal: Journal;
  readonly binaries: Binaries;
  readonly identity: Identity;
  readonly guard: Guard;
  readonly members: Member[];
  primary: Member;
};

/** How long a standby may take to stream from a primary that it was pointed to, in wall ms. */
const FOLLOW_MS = 5000;
const STREAM_MS = 20_000;

/** Starts the member's server in the role that its files give it. Resolves when it accepts connections. */
export async function boot(cluster: Cluster, member: Member): Promise<void> {
  const { life } = member;
  removeStaleLock(member.dataDirectory);
  const server = await startServer(member, cluster, (how) => {
    if (member.life === life) cluster.journal.write('database', 'ended-unexpectedly', { host: member.host.id, ...how });
  });
  if (member.life !== life) await server.kill();
  assertSameLife(member, life);
  member.server = server;
  await server.accepting();
  assertSameLife(member, life);
  const role = member === cluster.primary ? 'primary' : 'standby';
  cluster.journal.write('database', 'started', { host: member.host.id, role });
}

/** Kills the member's server as a power cut would. The primary goes on without a killed standby. */
export async function kill(cluster: Cluster, member: Member): Promise<void> {
  member.life += 1;
  member.required = false;
  member.current = false;
  if (isRunning(member)) {
    await member.server?.kill();
    cluster.journal.write('database', 'killed', { host: member.host.id });
  }
  if (member !== cluster.primary) applyRequired(cluster.primary, cluster.members);
}

/** Makes a standby the primary; the other standbys follow it in the background. */
export async function promote(cluster: Cluster, member: Member): Promise<void> {
  await member.following;
  if (!member.current || !isRunning(member)) throw new Error(`${member.host.id} is no standby with every transaction`);
  const { life } = member;
  // Never two writers: what the old one acknowledged from now on would be lost.
  await kill(cluster, cluster.primary);
  await leaveRecovery(member);
  assertSameLife(member, life);
  cluster.primary = member;
  for (const other of cluster.members) other.required = other.current = false;
  writeSettings(member, member, cluster.members);
  cluster.journal.write('database', 'promoted', { host: member.host.id });
  letFollow(cluster);
}

/** Points every live standby that is not current to the primary, in the background. */
function letFollow(cluster: Cluster): void {
  const { primary, members } = cluster;
  const others = members.filter((other) => other !== primary && isRunning(other) && !other.current);
  for (const other of others) other.following = other.following.then(() => follow(cluster, other, primary));
}

/** Never rejects: a standby that cannot follow stays behind, and its promotion is refused. */
async function follow(cluster: Cluster, standby: Member, primary: Member): Promise<void> {
  const { life } = standby;
  const host = standby.host.id;
  try {
    writeSettings(standby, primary, cluster.members);
    standby.server?.reload();
    await synchronise(standby, primary, cluster.members, FOLLOW_MS);
    cluster.journal.write('database', 'following', { host, primary: primary.host.id });
  } catch (error) {
    if (standby.life !== life || cluster.primary !== primary || !isRunning(primary)) return;
    // It may have received more than the new primary ever had. Then only a fresh copy helps.
    cluster.journal.write('database', 'cannot-follow', { host, error: String(error) });
    await kill(cluster, standby);
    await rebuild(cluster, standby).catch(() => {});
  }
}

/** Brings a dead member back: as a standby from a fresh copy, or, when it is the primary itself, where it left off. */
export async function rejoin(cluster: Cluster, member: Member): Promise<void> {
  if (isRunning(member)) throw new Error(`${member.host.id} runs already`);
  if (member === cluster.primary) await bootPrimary(cluster, member);
  else await rebuild(cluster, member);
}

/** Ends a member's server and starts it again in the same role, with the same data. */
export async function restart(cluster: Cluster, member: Member): Promise<void> {
  await kill(cluster, member);
  if (member === cluster.primary) return bootPrimary(cluster, member);
  writeSettings(member, cluster.primary, cluster.members);
  await boot(cluster, member);
  await synchronise(member, cluster.primary, cluster.members, STREAM_MS);
}

/** Standbys that were current need nothing: they find the primary where it was. */
async function bootPrimary(cluster: Cluster, member: Member): Promise<void> {
  writeSettings(member, member, cluster.members);
  await boot(cluster, member);
  letFollow(cluster);
}

async function rebuild(cluster: Cluster, member: Member): Promise<void> {
  const { primary, members, identity, binaries } = cluster;
  const { life } = member;
  try {
    await bury(member.dataDirectory, { identity, postgres: binaries.postgres });
    await hotCopy(primary.connection, primary.dataDirectory, member.dataDirectory, identity);
    assertSameLife(member, life);
    await makeStandby(member, primary, members);
    await boot(cluster, member);
    await synchronise(member, primary, members, STREAM_MS);
  } catch (error) {
    await kill(cluster, member);
    throw error;
  }
  cluster.journal.write('database', 'rejoined', { host: member.host.id, primary: primary.host.id });
}

/** Turns a copy of the primary's data directory into a standby's. */
export async function makeStandby(member: Member, primary: Member, members: readonly Member[]): Promise<void> {
  await writeFile(join(member.dataDirectory, 'standby.signal'), '');
  writeSettings(member, primary, members);
}

const POLL_MS = 10;
const SYNCHRONOUS_MS = 10_000;

/**
 * Waits until the standby streams from the primary, then makes the primary wait for it, and resolves when it has every
 * transaction that was acknowledged before.
 */
export async function synchronise(standby: Member, primary: Member, members: readonly Member[], withinMs: number) {
  const { life } = standby;
  const check = () => {
    assertSameLife(standby, life);
    if (!isRunning(primary)) throw new Error(`the primary ${primary.host.id} was killed meanwhile`);
    if (!isRunning(standby)) throw new Error(`the server of ${standby.host.id} ended: ${lastWords(standby.log)}`);
  };
  const until = (query: Query, ms: number, sql: string) => pollRow(query, ms, sql, [standby.host.id], check);
  await withConnection(primary.connection, async (query) => {
    await until(query, withinMs, `select from pg_stat_replication where application_name = $1 and state = 'streaming'`);
    standby.required = true;
    applyRequired(primary, members);
    await until(
      query,
      SYNCHRONOUS_MS,
      `select from pg_stat_replication where application_name = $1 and state = 'streaming' and sync_state = 'sync'`,
    );
    const [row] = await query('select pg_current_wal_flush_lsn()::text as lsn');
    await until(
      query,
      SYNCHRONOUS_MS,
      `select from pg_stat_replication where application_name = $1 and flush_lsn >= '${String(row?.lsn)}'::pg_lsn`,
    );
  });
  check();
  standby.current = true;
}

async function pollRow(query: Query, ms: number, sql: string, values: readonly unknown[], check: () => void) {
  const deadline = performance.now() + ms;
  for (;;) {
    check();
    if ((await query(sql, values)).length > 0) return;
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${sql} (${values.join(', ')})`);
    await sleep(POLL_MS);
  }
}

/** Makes a standby leave recovery. Resolves when it accepts writes. */
function leaveRecovery(member: Member): Promise<void> {
  return withConnection(member.connection, async (query) => {
    await query('select pg_promote(wait => false)');
    while ((await query('select pg_is_in_recovery() as recovering'))[0]?.recovering) await sleep(2);
  });
}
