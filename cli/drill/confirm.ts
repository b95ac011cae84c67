import { CliError, UsageError } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import { quoted } from '../terminal/shell.ts';

/**
 * A failover interrupts every client, so the name is typed and not just confirmed.
 * @throws UsageError when it is not the name
 */
export async function confirmName(
  { ask }: Pick<Io, 'ask'>,
  name: string,
  what: string,
  given: string | undefined,
): Promise<void> {
  const question = [`This fails ${what} over: every client is cut off for about a minute.`, `Type ${name} to go on: `];
  const typed =
    given ??
    (await ask(question).catch((error: unknown) => {
      throw new CliError('interrupted at the question: nothing was failed over', undefined, { cause: error });
    }));
  if (typed === undefined)
    throw new UsageError(
      'the name cannot be typed: standard input is no terminal',
      `in a script, give --yes ${quoted(name)}`,
    );
  if (typed.trim() !== name)
    throw new UsageError(
      `"${typed.trim()}" is not "${name}": nothing was failed over`,
      `type the database's name as it stands there, ${name}`,
    );
}
