import type { DrillPorts } from './ports.ts';
import type { Probe } from './record.ts';

/** An endpoint that swallows connections must not pile them up: at a time-out of a second this still gives one try per tenth. */
const mostAtOnce = 10;

const readOnlyCodes: ReadonlySet<string> = new Set([
  '25006', // PostgreSQL: read_only_sql_transaction
  'ER_OPTION_PREVENTS_STATEMENT', // MySQL: --read-only, as a reader of Aurora has it
  'ER_READ_ONLY_MODE',
]);

const codeOf = (error: unknown): string => {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return typeof code === 'string' && code ? code : String(message ?? error);
};

/** One attempt each `everyMs`, whether the one before has ended or not; resolves when the last has. */
export async function probeAll(
  { client, clock }: Pick<DrillPorts, 'client' | 'clock'>,
  everyMs: number,
  tell: (probe: Probe) => void,
  signal: AbortSignal,
): Promise<void> {
  const open = new Set<Promise<void>>();
  for (let number = 1; !signal.aborted; number += 1) {
    while (open.size >= mostAtOnce) await Promise.race(open);
    const began = clock.now();
    const attempt: Promise<void> = probe(client, clock, number)
      .then(tell)
      .finally(() => open.delete(attempt));
    open.add(attempt);
    await clock.sleep(Math.max(1, everyMs - (clock.now() - began)), signal);
  }
  await Promise.all(open);
}

async function probe(client: DrillPorts['client'], clock: DrillPorts['clock'], number: number): Promise<Probe> {
  const at = clock.now();
  try {
    await client.attempt(number);
    // When it was served, not when that was sure: an attempt that fails meanwhile comes after it.
    return { number, at, ms: Math.max(0, clock.now() - at - (client.holdMs ?? 0)), result: 'ok' };
  } catch (error) {
    const code = codeOf(error);
    return { number, at, ms: clock.now() - at, result: readOnlyCodes.has(code) ? 'read-only' : 'failed', code };
  }
}
