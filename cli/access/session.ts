import type { Action, Report } from '../../lib/domain.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Io } from '../terminal/io.ts';
import type { CommonOptions } from '../terminal/options.ts';
import { accessOf, type Clients, createClients } from './clients.ts';
import { askFunction } from './functions.ts';
import { askLocally } from './local.ts';
import { startSandbox } from './sandbox.ts';
import { type Selection, select } from './select.ts';

/** One command's access to its database: the deployed function, the core in this process, or a sandbox. */
export type Session = {
  readonly selection: Selection;
  readonly clients: Clients;
  /** Where the core runs. */
  readonly place: 'function' | 'local';
  /** With --sandbox. */
  readonly sandbox?: Sandbox;
  /** Asks the core for a report. Shows progress. */
  ask(action: Action): Promise<Report>;
  /** Asks one deployed function by its name. */
  askOf(functionName: string, action: Action): Promise<Report>;
};

type SessionOptions = {
  /** Whether a sandbox runs its schedule. */
  readonly isScheduled?: boolean;
  /** Instead of `select`. */
  readonly choose?: () => Selection;
};

/** Opens a session, does the work, and always closes what it opened. */
export async function withSession<T>(
  io: Io,
  name: string | undefined,
  options: CommonOptions,
  work: (session: Session) => Promise<T>,
  { isScheduled, choose = () => select(io, name, options) }: SessionOptions = {},
): Promise<T> {
  const sandbox = options.sandbox ? await startSandbox(io, name, { isScheduled }) : undefined;
  const selection = sandbox?.selection ?? choose();
  const clients = createClients(sandbox?.access ?? accessOf(selection));
  const place = options.local ? 'local' : 'function';
  const ask = place === 'local' ? askLocally : askFunction;
  try {
    return await work({
      selection,
      clients,
      place,
      sandbox: sandbox?.sandbox,
      ask: (action) => ask(io, { selection, clients }, action),
      askOf: (functionName, action) => askFunction(io, { selection, clients }, action, functionName),
    });
  } finally {
    clients.close();
    await sandbox?.close();
  }
}
