import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import type { Host } from '../../world/types.ts';
import { type Access, USER } from './access.ts';
import type { Server } from './server.ts';

/** One host of the engine and the server that runs on it. */
export type Member = {
  readonly host: Host;
  readonly port: number;
  readonly access: Access;
  /** Straight to this host. */
  readonly connection: ClientConfig;
  readonly dataDirectory: string;
  readonly log: string;
  readonly clusterName: string;
  server: Server | undefined;
  /** Counts the times that the host was killed: work that was begun for an earlier life must not go on. */
  life: number;
  /** The primary waits for this standby before it acknowledges a transaction. */
  required: boolean;
  /** This standby has every acknowledged transaction: it may be promoted. */
  current: boolean;
  /** While a standby moves to a new primary. */
  following: Promise<void>;
};

export const isRunning = (member: Member): boolean => member.server?.isRunning() ?? false;

/** @throws Error when the host was killed since the work began */
export function assertSameLife(member: Member, life: number): void {
  if (member.life !== life) throw new Error(`${member.host.id} was killed meanwhile`);
}

/** Writes the member's settings for its present role. */
export function writeSettings(member: Member, primary: Member, members: readonly Member[]): void {
  const { port, clusterName, host, access } = member;
  const isPrimary = member === primary;
  const required = members.filter((other) => other.required && other !== primary).map((other) => other.host.id);
  const content = memberFile({
    port,
    clusterName,
    upstream: isPrimary ? undefined : { ...access, port: primary.port, as: host.id },
    // A standby must not wait for other standbys in the moment of its promotion.
    synchronous: isPrimary ? required : [],
  });
  writeFileSync(join(member.dataDirectory, MEMBER_FILE), content);
}

/** Lets the primary wait for exactly the required standbys. */
export function applyRequired(primary: Member, members: readonly Member[]): void {
  if (!isRunning(primary)) return;
  writeSettings(primary, primary, members);
  primary.server?.reload();
}

/**
 * The settings that all members share, given to initdb. Small and fast: only processes die here, never the machine, so
 * nothing needs to reach the disk.
 */
export const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  ssl: 'on',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '8MB',
  fsync: 'off',
  synchronous_commit: 'on',
  wal_level: 'replica',
  max_wal_senders: '8',
  wal_keep_size: '64MB',
  min_wal_size: '8MB',
  max_wal_size: '32MB',
  wal_retrieve_retry_interval: '50ms',
  wal_receiver_status_interval: '1s',
  autovacuum: 'off',
  max_worker_processes: '0',
  max_parallel_workers: '0',
  max_logical_replication_workers: '0',
  io_method: 'sync',
  jit: 'off',
  // In the system's shared memory they would outlive a killed server.
  dynamic_shared_memory_type: 'mmap',
  log_min_messages: 'fatal',
  log_checkpoints: 'off',
};

/** The file with a member's own settings, beside postgresql.conf. */
export const MEMBER_FILE = 'member.conf';

type Upstream = Access & { readonly port: number; readonly as: string };

type MemberSettings = {
  readonly port: number;
  /** Shows in the titles of the processes. */
  readonly clusterName: string;
  /** A standby streams from this one; without it the member is a primary. */
  readonly upstream?: Upstream | undefined;
  /** The standbys that must have written a transaction before it is acknowledged. */
  readonly synchronous: readonly string[];
};

/** The content of the member's settings file. */
function memberFile({ port, clusterName, upstream, synchronous }: MemberSettings): string {
  const standbys = synchronous.map(standbyName).join(', ');
  return [
    `port = ${port}`,
    `cluster_name = ${setting(clusterName)}`,
    `primary_conninfo = ${setting(upstream ? connectionTo(upstream) : '')}`,
    `synchronous_standby_names = ${setting(standbys && `${synchronous.length} (${standbys})`)}`,
    '',
  ].join('\n');
}

/** The password is read from its file, and sent to a server with the database's certificate alone. */
const connectionTo = ({ endpoint, port, as, passwordFile, authorityFile }: Upstream) =>
  Object.entries({
    host: endpoint,
    hostaddr: '127.0.0.1',
    port: String(port),
    user: USER,
    passfile: passwordFile,
    sslmode: 'verify-full',
    sslrootcert: authorityFile,
    application_name: as,
  })
    .map(([name, value]) => `${name}=${connectionValue(value)}`)
    .join(' ');

// Three notations with three ways to quote.
const setting = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
const connectionValue = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const standbyName = (value: string): string => `"${value.replaceAll('"', '""')}"`;
