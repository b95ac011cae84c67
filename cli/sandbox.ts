import type { Access } from './clients.ts';
import { CliError } from './errors.ts';
import type { Io } from './io.ts';
import type { Selection } from './select.ts';

/** A sandbox that runs in this process, and how the commands reach it. */
export type RunningSandbox = {
  readonly selection: Selection;
  readonly access: Access;
  close(): Promise<void>;
};

export async function startSandbox(_io: Io, _name?: string): Promise<RunningSandbox> {
  throw new CliError('--sandbox is not there yet');
}
