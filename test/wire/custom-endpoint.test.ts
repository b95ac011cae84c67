import { expect, test } from 'vitest';
import { changes, eventually, live, reportOf, start, watchGroup } from './rig.ts';

const reporting = { id: 'reporting', type: 'READER', staticMembers: ['orders-2', 'orders-3'] } as const;

test('a custom endpoint is followed by its members: through a failover among them, and when its list changes', async () => {
  const sandbox = await start({
    kind: 'cluster',
    readers: 3,
    customEndpoints: [reporting],
    isScheduled: false,
    isGroupEmpty: true,
    config: ({ policy, ...one }) => ({
      ...one,
      database: { ...one.database, role: 'custom', customEndpoint: 'reporting' },
      policy: { ...policy, removeStale: 'when-replacement-healthy' },
    }),
  });
  const { database, functions } = sandbox;
  const addressOf = (id: string) => {
    const answer = database.zone(database.names().instances[id] ?? '', 'A');
    return `${answer.kind === 'records' ? answer.a?.[0] : answer.kind}:5432`;
  };
  const members = (...ids: string[]) => ids.map(addressOf).sort();
  const check = async () => reportOf(await functions.drift.invoke({ action: 'resync' }));
  const checkedUntilIn = (...ids: string[]) =>
    eventually(async () => {
      await check();
      expect(live(sandbox).sort()).toEqual(members(...ids));
    });

  expect((await check()).registered.toSorted()).toEqual(members('orders-2', 'orders-3'));
  const fewest = watchGroup(sandbox);
  await database.failover({ cause: 'failover', target: 'orders-2' });
  // The writer is none of its members, though it stays in the list.
  await checkedUntilIn('orders-3');

  await database.modifyCustomEndpoint({ ...reporting, staticMembers: ['orders-1', 'orders-4'] });
  await checkedUntilIn('orders-1', 'orders-4');

  await database.modifyCustomEndpoint({ ...reporting, staticMembers: ['orders-2'] });
  const before = changes(sandbox).length;
  expect(await check()).toMatchObject({ outcome: 'held', reason: 'NoReader' });
  expect(changes(sandbox)).toHaveLength(before);
  expect(fewest()).toBeGreaterThanOrEqual(1);
});
