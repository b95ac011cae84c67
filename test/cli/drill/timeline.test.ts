import { describe, expect, test } from 'vitest';
import type { Of } from '../../../cli/drill/record.ts';
import { at, drillRecord, failover, observed } from './example-record.ts';

const stepsOf = ({ timeline }: ReturnType<typeof drillRecord>) => timeline.map(({ name, atMs }) => [name, atMs]);

describe('the timeline', () => {
  test('tells when each step was reached after the last write, in the order of time', () => {
    // The last write ends at 0.404 s after the request.
    expect(stepsOf(drillRecord())).toEqual([
      ['detection', 596],
      ['event', 1596],
      ['promotion', 21_596],
      ['DNS', 37_596],
      ['reconcile', 38_596],
      ['first write', 43_600],
      ['registration', 57_596],
    ]);
  });

  test('takes the steps from the RDS API and its events where no sandbox tells the truth', () => {
    const seen = failover.filter(({ kind }) => kind !== 'writer');
    const completed = {
      kind: 'event',
      at: at(30),
      message: 'Multi-AZ instance failover completed.',
      source: 'orders',
    } as const;
    const { timeline } = drillRecord({ observations: observed(...seen, completed) });
    expect(timeline.find(({ name }) => name === 'promotion')).toMatchObject({
      atMs: 29_596,
      seenBy: 'RDS event "Multi-AZ instance failover completed."',
    });
  });

  test('does not list the promotion after DNS where AWS told of it later than that', () => {
    const seen = failover.filter(({ kind }) => kind !== 'writer');
    const completed = {
      kind: 'event',
      at: at(41),
      message: 'Multi-AZ instance failover completed.',
      source: 'orders',
    } as const;
    const named = { kind: 'topology', at: at(50), writer: 'orders-2', status: 'available' } as const;
    for (const late of [[completed], [named], [completed, named]]) {
      const { timeline } = drillRecord({ observations: observed(...seen, ...late) });
      expect(timeline.find(({ name }) => name === 'promotion')).toEqual({
        name: 'promotion',
        seenBy: 'DNS moved before the RDS API or an event showed it',
      });
    }
    const early = drillRecord({
      observations: observed(...seen, { ...named, at: at(20) }, { ...completed, at: at(30) }),
    });
    expect(early.timeline.find(({ name }) => name === 'promotion')).toMatchObject({ atMs: 19_596, seenBy: 'RDS API' });
  });

  test.each(['schedule', 'resync'])(
    'does not call it an event when the %s did the work, and says who did it',
    (trigger) => {
      const run = { ...(failover.at(-1) as Of<'invocation'>), function: 'orders-drift', startedAt: at(36), trigger };
      const { timeline } = drillRecord({ observations: observed(...failover.slice(0, -1), run) });
      const step = (wanted: string) => timeline.find(({ name }) => name === wanted);
      expect(step('event')).toEqual({
        name: 'event',
        seenBy: `no event woke a run: orders-drift (${trigger}) started after 35.6 s and did the work`,
      });
      expect(step('reconcile')).toMatchObject({ seenBy: `target initial, by orders-drift (${trigger})` });
    },
  );

  test('does not count a run that the failover before has woken and that is still at work', () => {
    const earlier = { ...(failover.at(-1) as Of<'invocation'>), startedAt: at(-4), trigger: 'RDS-EVENT-0049' };
    const { timeline } = drillRecord({ observations: observed(...failover, earlier) });
    expect(timeline.find(({ name }) => name === 'event')).toMatchObject({
      atMs: 1596,
      seenBy: 'orders-failover (RDS-EVENT-0013)',
    });
  });

  test('has a reason for each step that was not seen, and no figure', () => {
    const { timeline } = drillRecord({ observations: [] });
    for (const { name, atMs, seenBy } of timeline.filter((step) => step.name !== 'first write'))
      expect({ name, atMs, seenBy }).toEqual({ name, atMs: undefined, seenBy: expect.stringMatching(/\w{4}/) });
    expect(timeline).toHaveLength(7);
  });
});
