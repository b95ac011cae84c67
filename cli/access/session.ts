import type { Action, Report } from '../../lib/domain.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Io } from '../terminal/io.ts';
import type { CommonOptions } from '../terminal/options.ts';
import { hung } from '../terminal/text.ts';
import { accessOf, type Clients, createClients } from './clients.ts';
import { askFunction, type Context } from './functions.ts';
import { askLocally } from './local.ts';
import { type RunningSandbox, type SandboxChoice, sandboxSelection, startSandbox } from './sandbox.ts';
import { type Selection, select } from './select.ts';
import { matching, refuseBoth, selectMany } from './select-many.ts';

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

type SessionOptions = SandboxChoice & {
  /** Instead of `select`. */
  readonly choose?: () => Selection;
};

/** Opens a session, does the work, and always closes what it opened. */
export async function withSession<T>(
  io: Io,
  name: string | undefined,
  options: CommonOptions,
  work: (session: Session) => Promise<T>,
  { choose = () => select(io, name, options), ...choice }: SessionOptions = {},
): Promise<T> {
  const sandbox = options.sandbox ? await startSandbox(io, name, choice) : undefined;
  const selection = sandbox?.selection ?? choose();
  const clients = createClients(sandbox?.access ?? accessOf(selection));
  try {
    return await work(sessionOf(io, { selection, clients }, options, sandbox));
  } finally {
    clients.close();
    await sandbox?.close();
  }
}

/**
 * Opens a session for each database that `--all` or a pattern means. Those of one Region share their clients: one sign-in and one
 * set of connections.
 */
export async function withSessions<T>(
  io: Io,
  name: string | undefined,
  options: CommonOptions,
  work: (sessions: readonly Session[]) => Promise<T>,
  { isScheduled }: Pick<SessionOptions, 'isScheduled'> = {},
): Promise<T> {
  if (options.sandbox) {
    refuseBoth(name, options);
    matching(name, { databases: [sandboxSelection], loadBalancers: [] }, 'the sandbox');
    return withSession(io, undefined, options, (session) => work([session]), { isScheduled });
  }
  const { selections, leftOut } = selectMany(io, name, options);
  if (leftOut.length > 0)
    io.err(hung(`not asked: ${leftOut.join(', ')} (a resource gateway alone has no functions)`, io.width));
  const shared = new Map<string | undefined, Clients>();
  // The command has one progress line, for all of them.
  const quiet = { ...io, status: () => {} };
  try {
    return await work(
      selections.map((selection) => {
        const clients = shared.get(selection.region) ?? createClients(accessOf(selection));
        shared.set(selection.region, clients);
        return sessionOf(quiet, { selection, clients }, options);
      }),
    );
  } finally {
    for (const clients of shared.values()) clients.close();
  }
}

function sessionOf(io: Io, context: Context, { local }: CommonOptions, sandbox?: RunningSandbox): Session {
  const place = local ? 'local' : 'function';
  const ask = local ? askLocally : askFunction;
  return {
    ...context,
    place,
    sandbox: sandbox?.sandbox,
    ask: (action) => ask(io, context, action),
    askOf: (functionName, action) => askFunction(io, context, action, functionName),
  };
}
