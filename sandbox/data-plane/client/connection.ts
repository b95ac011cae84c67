import { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';

/** One connection that is given up at the first trouble. */
export type Connection = {
  query(sql: string, values?: readonly unknown[]): Promise<void>;
  isUsable(): boolean;
  /** Drops it at once, without a farewell that a dead server would not answer. */
  drop(): void;
};

/** Wall ms, for connecting (the server's greeting included) and for each statement. */
export type Limits = { readonly connectMs: number; readonly statementMs: number };

export async function openConnection(to: ClientConfig, limits: Limits): Promise<Connection> {
  const socket = new Socket();
  let usable = true;
  const client = new Client({
    ...to,
    stream: () => socket,
    connectionTimeoutMillis: limits.connectMs,
    query_timeout: limits.statementMs,
  });
  const drop = () => {
    usable = false;
    socket.destroy();
  };
  client.on('error', drop);
  client.on('end', drop);
  try {
    await client.connect();
  } catch (error) {
    drop();
    throw error;
  }
  return {
    query: async (sql, values) => void (await client.query(sql, values ? [...values] : undefined)),
    isUsable: () => usable,
    drop,
  };
}
