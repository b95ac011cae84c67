import { describe, expect, test } from 'vitest';
import { holdInvariants } from './invariants.ts';
import { failOver, holdsWriterAlone, reportOf, start, watchGroup } from './rig.ts';

describe('with an instance', () => holdInvariants('instance'));

test.each([
  ['trickle', /was not complete after 2000 ms/],
  ['endless', /is longer than 2097152 bytes/],
] as const)(
  'a reply of the RDS API that is of this kind costs a run seconds, and nothing else: %s',
  async (kind, said) => {
    const sandbox = await start({ kind: 'instance', isScheduled: false });
    sandbox.faults.add({ action: 'DescribeDBInstances', kind });
    const report = reportOf(await sandbox.functions.drift.invoke({ action: 'resync' }));
    expect(report).toMatchObject({
      outcome: 'held',
      reason: 'TopologyUnavailable',
      detail: expect.stringMatching(said),
    });
    expect(report.durationMs).toBeLessThan(15_000);
  },
);

test('a group whose reads lag behind its writes ends with the writer alone, and is never empty', async () => {
  const sandbox = await start({ kind: 'instance', targetHealthLagMs: 1500 });
  const fewest = watchGroup(sandbox);
  await failOver(sandbox);
  await holdsWriterAlone(sandbox);
  expect(fewest()).toBeGreaterThanOrEqual(1);
});
