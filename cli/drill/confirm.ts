import { createInterface } from 'node:readline/promises';
import { UsageError } from '../errors.ts';

/** Asks a person for a line; undefined where nobody can answer. */
export type Ask = (question: string) => Promise<string | undefined>;

export const askTerminal: Ask = async (question) => {
  if (!process.stdin.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
};

/**
 * A failover interrupts every client, so the name is typed and not just confirmed.
 * @throws UsageError when it is not the name
 */
export async function confirmName(name: string, what: string, given: string | undefined, ask: Ask): Promise<void> {
  const typed =
    given ??
    (await ask(`This fails ${what} over: every client is cut off for about a minute.\nType ${name} to go on: `));
  if (typed === undefined)
    throw new UsageError(`nobody is here to type the name\nNext: in a script, give --yes ${name}`);
  if (typed.trim() !== name)
    throw new UsageError(
      `"${typed.trim()}" is not "${name}": nothing was failed over\nNext: type the database's name as it stands there, ${name}`,
    );
}
