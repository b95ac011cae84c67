import { createInterface } from 'node:readline/promises';
import { CliError, UsageError } from '../errors.ts';

/** Asks a person for a line; undefined where nobody can answer. */
export type Ask = (question: string) => Promise<string | undefined>;

type Terminal = {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
};

/** Ctrl-C and Ctrl-D at the question are an answer as well. */
export const askAt =
  ({ input, output }: Terminal): Ask =>
  async (question) => {
    if (!input.isTTY) return undefined;
    const terminal = createInterface({ input, output });
    try {
      return await terminal.question(question);
    } catch (error) {
      throw new CliError('interrupted at the question: nothing was failed over', { cause: error });
    } finally {
      terminal.close();
    }
  };

export const askTerminal: Ask = askAt({ input: process.stdin, output: process.stderr });

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
