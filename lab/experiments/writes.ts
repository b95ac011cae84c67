import type { ClientAttempt } from '../contract.ts';
import { type Lab, until, withClient } from '../lab.ts';
import { areServed } from './failover.ts';

export type Writes = { readonly failed: number; readonly text: string };

/** Works while a client writes by every access method of a consumer each second. `isServed`: begins when all of them lead to the writer. */
export async function whileWriting<T>(
  lab: Lab,
  signal: AbortSignal,
  isServed: boolean,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ readonly result: T; readonly writes: Writes }> {
  const targets = (['instance', 'cluster'] as const).flatMap((on) =>
    lab
      .database(on)
      .accesses.filter(({ name }) => name !== 'direct')
      .map((access) => ({ ...access, name: `${on} by ${access.name}`, kind: 'postgres' as const })),
  );
  const methods = targets.map(({ name }) => name);
  return withClient(lab, 'instance', { targets, everyMs: 1000 }, signal, async (attempts, during) => {
    const begunAt = attempts.knownUntil;
    const areAllServed = () => areServed(lab, attempts, methods, begunAt);
    if (isServed) await until(lab, 'that every access method leads to the writer', areAllServed, during);
    const from = Date.now();
    const result = await work(during);
    const to = Date.now();
    const writes = () => attempts.all.filter(({ at }) => at >= from);
    const areAllTried = () => methods.every((name) => writes().some(({ target }) => target === name));
    // Unknown is never none: also what ended at once has a write by each access method.
    const isOver = () => (attempts.knownUntil >= to && areAllTried()) || undefined;
    await until(lab, 'a write by every access method', isOver, during);
    return { result, writes: summaryOf(writes()) };
  });
}

function summaryOf(writes: readonly ClientAttempt[]): Writes {
  const failed = writes.filter(({ outcome }) => outcome !== 'ok');
  const counts = [...Map.groupBy(failed, ({ target }) => target)].map(([name, those]) => `${name} ${those.length}`);
  const some = `${failed.length} of ${writes.length} failed: ${counts.join(', ')}`;
  return { failed: failed.length, text: failed.length === 0 ? `none of ${writes.length} failed` : some };
}
