import { expect, test, vi } from 'vitest';
import { changes, live, reportOf, start, watchGroup, within } from './rig.ts';

// A busy machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

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
  const holds = (...ids: string[]) => live(sandbox).sort().join() === members(...ids).join();
  const checked = async (...ids: string[]) => {
    for (let i = 0; i < 15 && !holds(...ids); i++) {
      await check();
      await within(sandbox, 30_000, () => holds(...ids));
    }
    return live(sandbox).sort();
  };

  expect((await check()).registered.toSorted()).toEqual(members('orders-2', 'orders-3'));
  const fewest = watchGroup(sandbox);
  await database.failover({ cause: 'failover', target: 'orders-2' });
  // The writer is none of its members, though it stays in the list.
  expect(await checked('orders-3')).toEqual(members('orders-3'));

  await database.modifyCustomEndpoint({ ...reporting, staticMembers: ['orders-1', 'orders-4'] });
  expect(await checked('orders-1', 'orders-4')).toEqual(members('orders-1', 'orders-4'));

  await database.modifyCustomEndpoint({ ...reporting, staticMembers: ['orders-2'] });
  const before = changes(sandbox).length;
  expect(await check()).toMatchObject({ outcome: 'held', reason: 'NoReader' });
  expect(changes(sandbox)).toHaveLength(before);
  expect(fewest()).toBeGreaterThanOrEqual(1);
});
