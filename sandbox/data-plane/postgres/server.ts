import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { type Binaries, ENGINE_ENVIRONMENT } from './binaries.ts';
import type { Guard } from './guard.ts';
import type { Identity } from './identity.ts';
import { killTree, resumeTree, signal, suspendTree } from './processes.ts';

/** One running postmaster. */
export type Server = {
  readonly pid: number;
  isRunning(): boolean;
  /** Makes it read its settings again. */
  reload(): void;
  /** Stops it and its children, sockets open, until `resume`. */
  hang(): void;
  resume(): void;
  /** SIGKILL to it and its children. Resolves when none of them runs. */
  kill(): Promise<void>;
  /** Resolves when it accepts connections; rejects with its log when it ends instead. */
  accepting(): Promise<void>;
};

type ServerPlace = { readonly dataDirectory: string; readonly log: string; readonly connection: ClientConfig };

const ACCEPT_MS = 30_000;
const POLL_MS = 10;

/** Starts a postmaster; it is watched by the guard and does not keep this process alive. */
export async function startServer(
  { dataDirectory, log, connection }: ServerPlace,
  { binaries, identity, guard }: { readonly binaries: Binaries; readonly identity: Identity; readonly guard: Guard },
  onEnd: (how: { readonly code: number | null; readonly signal: NodeJS.Signals | null }) => void,
): Promise<Server> {
  const output = openSync(log, 'w');
  // Detached, so that Ctrl-C in a terminal does not reach it: the guard ends it in order.
  const child = spawn(binaries.postgres, ['-D', dataDirectory], {
    ...identity,
    cwd: dataDirectory,
    env: ENGINE_ENVIRONMENT,
    stdio: ['ignore', output, output],
    detached: true,
  });
  guard.watch(child);
  closeSync(output);
  await once(child, 'spawn');
  child.once('exit', (code, signal) => onEnd({ code, signal }));
  child.unref();
  const pid = child.pid ?? 0;
  const isRunning = () => child.exitCode === null && child.signalCode === null;

  return {
    pid,
    isRunning,
    reload: () => signal(pid, 'SIGHUP'),
    hang: () => void (isRunning() && suspendTree(pid)),
    resume: () => void (isRunning() && resumeTree(pid)),
    async kill() {
      if (!isRunning()) return;
      child.ref();
      const exit = once(child, 'exit');
      if (!(await killTree(pid))) throw new Error(`process ${pid} does not end`);
      if (isRunning()) await exit;
    },
    accepting: () => accepting(connection, isRunning, log),
  };
}

/** The end of a server's log: why it ended, in its own words. */
export const lastWords = (log: string): string => readFileSync(log, 'utf8').slice(-2000).trim();

async function accepting(connection: ClientConfig, isRunning: () => boolean, log: string): Promise<void> {
  const deadline = performance.now() + ACCEPT_MS;
  for (;;) {
    if (!isRunning()) throw new Error(`the server ended: ${lastWords(log)}`);
    try {
      await withConnection(connection, (query) => query('select 1'));
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(POLL_MS);
  }
}

const CONNECT_TIMEOUT_MS = 5000;
const QUERY_TIMEOUT_MS = 20_000;

type Row = Readonly<Record<string, unknown>>;
export type Query = (sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** Runs `work` on one connection of its own. */
export async function withConnection<T>(to: ClientConfig, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new Client({
    ...to,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  // A killed server breaks the connection; the running query reports it.
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(async (sql, values) => (await client.query(sql, values ? [...values] : undefined)).rows);
  } finally {
    await client.end().catch(() => {});
  }
}
