import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createFunction } from '../../sandbox/aws/lambda/function.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';
import { noWriter } from '../../sandbox/world/database/view.ts';
import { eventually, failOver, holdsWriterAlone, live, reportOf, start, writerOf } from './rig.ts';

/** The calls that a check makes, or what else is asked for, sorted. */
async function callsOfCheck({ api, functions }: Sandbox, payload: object = { source: 'aws.scheduler' }) {
  const before = api.calls().length;
  reportOf(await functions.drift.invoke(payload));
  const made = api.calls().slice(before);
  return made.map(({ action }) => action).sort();
}

describe('more of the world', () => {
  test('a cluster without a writer holds with its reason', async () => {
    const sandbox = await start({ kind: 'cluster', isScheduled: false });
    sandbox.database.overrideApiView(noWriter);
    expect(reportOf(await sandbox.functions.drift.invoke({ action: 'resync' }))).toMatchObject({
      outcome: 'held',
      reason: 'NoWriter',
    });
  });

  test('a reader group follows the readers through a failover', async () => {
    const config: SandboxOptions['config'] = (one) => ({
      ...one,
      database: { ...one.database, role: 'reader' },
      policy: { ...one.policy, removeStale: 'when-replacement-healthy' },
    });
    const sandbox = await start({ kind: 'cluster', readers: 2, config });
    expect(live(sandbox)).not.toContain(writerOf(sandbox));
    expect(live(sandbox)).toHaveLength(2);
    await failOver(sandbox);
    await eventually(() => {
      expect(live(sandbox)).toHaveLength(2);
      expect(live(sandbox)).not.toContain(writerOf(sandbox));
    });
  });

  test('a port that changes without any event is followed by the schedule', async () => {
    const sandbox = await start();
    await sandbox.database.modifyPort(5433);
    await holdsWriterAlone(sandbox);
    expect(writerOf(sandbox)).toMatch(/:5433$/);
  });

  test('events that come twice, late and in disorder lead to the same group', async () => {
    const sandbox = await start({ kind: 'cluster', seed: 7 });
    sandbox.eventBridge.delivery({ duplicate: true, shuffle: 60_000 });
    await failOver(sandbox);
    await holdsWriterAlone(sandbox);
  });

  test('an instance among 2,000 others is found with one call', async () => {
    const sandbox = await start({ bystanders: 2000, isScheduled: false });
    for (const payload of [undefined, { action: 'status' }])
      expect(await callsOfCheck(sandbox, payload)).toEqual(['DescribeDBInstances', 'DescribeTargetHealth']);
  });

  test('a cluster among 2,000 other instances is found with two calls', async () => {
    const sandbox = await start({ kind: 'cluster', bystanders: 2000, isScheduled: false });
    expect(await callsOfCheck(sandbox)).toEqual(['DescribeDBClusters', 'DescribeDBInstances', 'DescribeTargetHealth']);
  });

  test('a function with a broken configuration fails at init, with all problems at once', async () => {
    const { clock, journal, environment } = await start({ isScheduled: false });
    const broken = createFunction({
      name: 'broken',
      bundle: join(import.meta.dirname, '../../dist/functions/drift/index.mjs'),
      environment: { ...environment, DATABASE_NAME: 'ordérs', TARGET_GROUP_ARN: 'nonsense' },
      memoryMb: 256,
      timeoutMs: 10_000,
      clock,
      journal,
    });
    try {
      const { status, payload } = await broken.invoke({ action: 'resync' });
      expect(status).toBe('failed');
      expect((payload as { errorMessage: string }).errorMessage).toMatch(
        /DATABASE_NAME is "ordérs".*TARGET_GROUP_ARN is "nonsense"/s,
      );
    } finally {
      await broken.close();
    }
  });
});
