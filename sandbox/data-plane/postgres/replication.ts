import { setTimeout as sleep } from 'node:timers/promises';
import { applyRequired, assertSameLife, isRunning, type Member } from './members.ts';
import { lastWords } from './server.ts';
import { type Query, withConnection } from './sql.ts';

const POLL_MS = 10;
const SYNCHRONOUS_MS = 10_000;

/**
 * Waits until the standby streams from the primary, then makes the primary wait for it, and resolves when it has every
 * transaction that was acknowledged before.
 */
export async function synchronise(standby: Member, primary: Member, members: readonly Member[], withinMs: number) {
  const { life } = standby;
  const check = () => {
    assertSameLife(standby, life);
    if (!isRunning(primary)) throw new Error(`the primary ${primary.host.id} was killed meanwhile`);
    if (!isRunning(standby)) throw new Error(`the server of ${standby.host.id} ended: ${lastWords(standby.log)}`);
  };
  const until = (query: Query, ms: number, sql: string) => pollRow(query, ms, sql, [standby.host.id], check);
  await withConnection(primary.connection, async (query) => {
    await until(query, withinMs, `select from pg_stat_replication where application_name = $1 and state = 'streaming'`);
    standby.required = true;
    applyRequired(primary, members);
    await until(
      query,
      SYNCHRONOUS_MS,
      `select from pg_stat_replication where application_name = $1 and state = 'streaming' and sync_state = 'sync'`,
    );
    const [row] = await query('select pg_current_wal_flush_lsn()::text as lsn');
    await until(
      query,
      SYNCHRONOUS_MS,
      `select from pg_stat_replication where application_name = $1 and flush_lsn >= '${String(row?.lsn)}'::pg_lsn`,
    );
  });
  check();
  standby.current = true;
}

async function pollRow(query: Query, ms: number, sql: string, values: readonly unknown[], check: () => void) {
  const deadline = performance.now() + ms;
  for (;;) {
    check();
    if ((await query(sql, values)).length > 0) return;
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${sql} (${values.join(', ')})`);
    await sleep(POLL_MS);
  }
}

/** Makes a standby leave recovery. Resolves when it accepts writes. */
export function leaveRecovery(member: Member): Promise<void> {
  return withConnection(member.connection, async (query) => {
    await query('select pg_promote(wait => false)');
    while ((await query('select pg_is_in_recovery() as recovering'))[0]?.recovering) await sleep(2);
  });
}
