import { type Access, USER } from './access.ts';

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

export type MemberSettings = {
  readonly port: number;
  /** Shows in the titles of the processes. */
  readonly clusterName: string;
  /** A standby streams from this one; without it the member is a primary. */
  readonly upstream?: Upstream | undefined;
  /** The standbys that must have written a transaction before it is acknowledged. */
  readonly synchronous: readonly string[];
};

/** The content of the member's settings file. */
export function memberFile({ port, clusterName, upstream, synchronous }: MemberSettings): string {
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
