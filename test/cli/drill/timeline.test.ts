import { describe, expect, test } from 'vitest';
import { confirmName, problemsOf } from '../../../cli/drill/checks.ts';
import { addressOf } from '../../../cli/drill/endpoint.ts';
import { clientSummary, mainOutage } from '../../../cli/drill/outage.ts';
import type { Of, Probe } from '../../../cli/drill/record.ts';
import { resultLines } from '../../../cli/drill/text.ts';
import { coloursOf } from '../../../cli/terminal/styles.ts';
import { outsideOf, widest } from '../terminal.ts';
import { at, drillRecord, failover, observed, probes } from './example-record.ts';

const resultText = (...drawn: Parameters<typeof resultLines>) => resultLines(...drawn).join('\n');
const terminal = { colour: coloursOf(false), width: 80 };
const stepsOf = ({ budget }: ReturnType<typeof drillRecord>) => budget.map(({ name, atMs }) => [name, atMs]);

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
    const { budget } = drillRecord({ observations: observed(...seen, completed) });
    expect(budget.find(({ name }) => name === 'promotion')).toMatchObject({
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
      const { budget } = drillRecord({ observations: observed(...seen, ...late) });
      expect(budget.find(({ name }) => name === 'promotion')).toEqual({
        name: 'promotion',
        seenBy: 'DNS moved before the RDS API or an event showed it',
      });
    }
    const early = drillRecord({
      observations: observed(...seen, { ...named, at: at(20) }, { ...completed, at: at(30) }),
    });
    expect(early.budget.find(({ name }) => name === 'promotion')).toMatchObject({ atMs: 19_596, seenBy: 'RDS API' });
  });

  test.each(['schedule', 'resync'])(
    'does not call it an event when the %s did the work, and says who did it',
    (trigger) => {
      const run = { ...(failover.at(-1) as Of<'invocation'>), function: 'orders-drift', startedAt: at(36), trigger };
      const { budget } = drillRecord({ observations: observed(...failover.slice(0, -1), run) });
      const step = (wanted: string) => budget.find(({ name }) => name === wanted);
      expect(step('event')).toEqual({
        name: 'event',
        seenBy: `no event woke a run: orders-drift (${trigger}) started after 35.6 s and did the work`,
      });
      expect(step('reconcile')).toMatchObject({ seenBy: `target initial, by orders-drift (${trigger})` });
    },
  );

  test('does not count a run that the failover before has woken and that is still at work', () => {
    const earlier = { ...(failover.at(-1) as Of<'invocation'>), startedAt: at(-4), trigger: 'RDS-EVENT-0049' };
    const { budget } = drillRecord({ observations: observed(...failover, earlier) });
    expect(budget.find(({ name }) => name === 'event')).toMatchObject({
      atMs: 1596,
      seenBy: 'orders-failover (RDS-EVENT-0013)',
    });
  });

  test('has a reason for each step that was not seen, and no figure', () => {
    const { budget } = drillRecord({ observations: [] });
    for (const { name, atMs, seenBy } of budget.filter((step) => step.name !== 'first write'))
      expect({ name, atMs, seenBy }).toEqual({ name, atMs: undefined, seenBy: expect.stringMatching(/\w{4}/) });
    expect(budget).toHaveLength(7);
  });
});

describe("the client's outage", () => {
  test('lasts from the last success to the next, by when the attempts ended', () => {
    const { outages, secondsWithoutWrites } = clientSummary(probes(90, [0.5, 44]), at(90));
    expect(outages).toEqual([
      {
        lastWriteAt: at(0.4) + 4,
        firstFailureAt: at(0.5) + 4,
        firstWriteAt: at(44) + 4,
        gapMs: 43_600,
        failed: 435,
        servedAfter: 460,
      },
    ]);
    expect(secondsWithoutWrites).toBe(43.6);
  });

  test('lasts to the end when it never ended', () => {
    const summary = clientSummary(probes(20, [10, 99]), at(20));
    expect(mainOutage(summary.outages)).toMatchObject({ gapMs: at(20) - (at(9.9) + 4) });
    expect(mainOutage(summary.outages)?.firstWriteAt).toBeUndefined();
  });

  test('does not begin again with a late failure of an attempt that began before the first write after it', () => {
    const late: Probe = { number: 9999, at: at(43.5), ms: 1000, result: 'failed', code: 'ETIMEDOUT' };
    const summary = clientSummary([...probes(90, [0.5, 44]), late], at(90));
    expect(summary.outages).toHaveLength(1);
    expect(summary.failures).toEqual({ ECONNRESET: 435, ETIMEDOUT: 1 });
  });
});

describe('the verdict', () => {
  test('is right only with a moved writer in a group of its own, a client that is served, and every row there', () => {
    expect(problemsOf(drillRecord())).toEqual([]);
  });

  test.each([
    [{ after: drillRecord().before, writer: '10.0.1.10:5432', targets: ['10.0.1.10:5432 healthy'] }, /no failover/],
    [{ targets: [], after: { ...drillRecord().after, targets: [] } }, /the group holds nothing/],
    [{ writes: { acknowledged: 2, found: 1, lost: [7] } }, /1 acknowledged writes are lost: 7/],
    [{ writes: undefined }, /lost writes are unknown/],
    [{ outcome: 'not-recovered' as const }, /the deadline came before/],
    [{ client: clientSummary(probes(90, [1, 99]), at(90)) }, /client was not served again/],
  ])('is wrong when it is not so: %#', (given, message) => {
    expect(problemsOf(drillRecord(given)).join('\n')).toMatch(message);
  });

  test('never calls a write safe that was not counted', () => {
    expect(resultText(drillRecord({ probe: 'tcp', writes: undefined }), terminal)).not.toContain('lost');
  });

  test.each([
    [1, '43.60', '68.0'],
    [10, '436.00', '680.0'],
  ])(
    'fits 80 columns and shows the times of AWS, from its own timings and from ten times faster ones: %i',
    (speed, firstWrite, run) => {
      const problems = [
        'the group holds 10.0.1.10:5432 and 10.0.2.10:5432; it should hold 10.0.2.10:5432 and no other',
      ];
      const text = resultText(drillRecord({ speed, problems }), terminal);
      expect(text).toMatch(new RegExp(`first write +${firstWrite} s`));
      expect(text.replace(/\s+/g, ' ')).toContain(`ends after ${run} s: orders changed:`);
      expect(text).toContain(`${firstWrite} s without writes`);
      expect(text).toMatch(/^FAIL: the group holds/m);
      expect(widest(text)).toBeLessThanOrEqual(80);
    },
  );
});

test('a sandbox says that it is one, and what really runs there', () => {
  const { before } = drillRecord();
  const given = {
    place: 'sandbox',
    speed: 10,
    before: { ...before, engine: 'postgres 18.4 on db.r7g.large' },
  } as const;
  const told = (more: object) => resultText(drillRecord({ ...given, ...more }), terminal).replace(/\s+/g, ' ');
  expect(told({})).toMatch(
    /^SANDBOX, not AWS: PostgreSQL 18\.4 on this machine\. Times are AWS's; the sandbox is 10 times faster\./,
  );
  expect(told({ probe: 'tcp', writes: undefined })).toMatch(/^SANDBOX, not AWS: TCP listeners instead of a database\./);
  expect(resultText(drillRecord(), terminal)).not.toContain('SANDBOX');
});

describe('what the operator types', () => {
  const nobody = { ask: async () => undefined };
  const answering = (typed: string) => ({ ask: async () => typed });
  test('is the name of the database, or nothing happens', async () => {
    await confirmName(nobody, 'orders', 'DB instance orders', 'orders');
    await confirmName(answering(' orders\n'), 'orders', 'DB instance orders', undefined);
    await expect(confirmName(answering('y'), 'orders', 'DB instance orders', undefined)).rejects.toThrow(
      /"y" is not "orders"/,
    );
    await expect(confirmName(nobody, 'orders', 'DB instance orders', 'Orders')).rejects.toThrow(
      /nothing was failed over/,
    );
    await expect(confirmName(nobody, 'orders', 'DB instance orders', undefined)).rejects.toThrow(/--yes orders$/);
    // The name is a function's variable: what is copied from the message runs nothing of it.
    await expect(confirmName(nobody, "a'; b", 'DB instance orders', undefined)).rejects.toThrow(/--yes 'a'\\''; b'$/);
  });

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('may be %s: nothing is failed over, and it is said', async (_, key) => {
    const { io, stdin, ended } = outsideOf({}, true);
    const asked = confirmName(io, 'orders', 'DB instance orders', undefined);
    stdin.write(key);
    await expect(asked).rejects.toThrow('interrupted at the question: nothing was failed over');
    expect(ended().err).toMatch(/\n$/);
  });

  test('as the endpoint is a host, with or without a port', () => {
    expect(addressOf('db.example', 5432)).toEqual({ host: 'db.example', port: 5432 });
    expect(addressOf('db.example:6000', undefined)).toEqual({ host: 'db.example', port: 6000 });
    expect(addressOf('[fd00::1]:6000', undefined)).toEqual({ host: 'fd00::1', port: 6000 });
    for (const wrong of ['', 'db:0', 'db:99999', 'http://db:1', 'fd00::1'])
      expect(() => addressOf(wrong, undefined), wrong).toThrow(/HOST:PORT/);
  });
});
