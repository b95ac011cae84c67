import { expect, test } from 'vitest';
import type { Config } from '../../lib/settings/config.ts';
import { live, reportOf, start, writerOf } from './rig.ts';

/* The built bundle, with an entry that says something else than the API. */

const asInstance =
  (more: Partial<Config['database']> = {}) =>
  (config: Config): Config => ({
    ...config,
    database: { ...config.database, kind: 'instance', id: 'orders-1', ...more },
  });

test('a member of a cluster is held with what to write; status and doctor say the same', async () => {
  const sandbox = await start({ kind: 'cluster', isScheduled: false, isGroupEmpty: true, config: asInstance() });
  const ask = async (action: string) => reportOf(await sandbox.functions.drift.invoke({ action }));
  const detail = expect.stringMatching(/^orders-1 is a member of cluster orders; use kind cluster/);
  for (const action of ['resync', 'status'])
    expect(await ask(action)).toMatchObject({ outcome: 'held', reason: 'ClusterMember', detail });
  const { checks = [] } = await ask('doctor');
  expect(checks.find(({ check }) => check === 'configuration-matches')).toMatchObject({ result: 'failed', detail });
  expect(live(sandbox)).toEqual([]);
});

test('one that is meant is registered, and said to be a member', async () => {
  const sandbox = await start({ kind: 'cluster', isScheduled: false, config: asInstance({ isMember: true }) });
  expect(live(sandbox)).toEqual([writerOf(sandbox)]);
  expect(reportOf(await sandbox.functions.drift.invoke({ action: 'status' }))).toMatchObject({
    outcome: 'in-sync',
    detail: expect.stringContaining('orders-1 is a member of cluster orders'),
  });
});

test.each([
  ['cluster', { kind: 'instance', id: 'orders' }, /orders is a DB cluster; use kind cluster$/],
  ['instance', { kind: 'cluster', id: 'orders' }, /orders is a DB instance; use kind instance$/],
  ['cluster', { kind: 'cluster', id: 'orders-1' }, /orders-1 is a member of cluster orders; use "id": "orders"$/],
] as const)('an identifier of the other kind is told: a %s as %j', async (kind, database, said) => {
  const config = (base: Config): Config => ({ ...base, database: { ...base.database, ...database } });
  const sandbox = await start({ kind, isScheduled: false, isGroupEmpty: true, config });
  expect(reportOf(await sandbox.functions.drift.invoke({ action: 'resync' }))).toMatchObject({
    outcome: 'held',
    reason: 'NoWriter',
    detail: expect.stringMatching(said),
  });
});
