import { PassThrough } from 'node:stream';
import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import { askAt, confirmName } from '../../cli/drill/confirm.ts';
import { addressOf } from '../../cli/drill/endpoint.ts';
import { clientSummary, mainOutage } from '../../cli/drill/outage.ts';
import { probeAll } from '../../cli/drill/probing.ts';
import { problemsOf } from '../../cli/drill/problems.ts';
import type { Observation, Of, Probe } from '../../cli/drill/record.ts';
import { endpointRefusal, refusals } from '../../cli/drill/refusal.ts';
import { resultText } from '../../cli/drill/timeline.ts';
import { follower } from '../../cli/drill/words.ts';
import { at, drillRecord, failover, observed, probes } from './drill-record.ts';
import { widest } from './rig.ts';

const terminal = { colour: pc.createColors(false), width: 80 };
const stepsOf = ({ budget }: ReturnType<typeof drillRecord>) => budget.map(({ name, atMs }) => [name, atMs]);

describe('the budget', () => {
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

describe('a name that flaps', () => {
  const flaps = Array.from({ length: 41 }, (_, index): Observation => {
    const answer = index % 2 === 0 ? '10.0.2.10' : '10.0.1.10';
    return { kind: 'dns', at: at(38 + index / 2), answer };
  });

  test('is told in two lines when all is over, with how often it changed and what stayed', () => {
    const story = resultText(drillRecord({ observations: observed(...failover, ...flaps) }), terminal);
    expect(story.split('\n').filter((line) => / DNS {2}/.test(line))).toHaveLength(2);
    expect(story.replace(/\s+/g, ' ')).toContain('DNS stays: 10.0.2.10, after 42 changes (10.0.2.10, 10.0.1.10)');
  });

  test('is told once as it happens, and again when it changes after a while', () => {
    const said: string[] = [];
    const follow = follower((line) => void said.push(line), { width: 80, speed: 1 });
    for (const one of flaps) follow(one);
    expect(said).toHaveLength(4);
    expect(said.at(-1)).toContain('DNS flaps');
    follow({ kind: 'dns', at: at(90), answer: '10.0.1.10' });
    expect(said.at(-1)).toContain('DNS changes: 10.0.1.10');
  });
});

test('an attempt was served when the connection opened, not when it was sure to stay', async () => {
  let now = at(0);
  const ended = new AbortController();
  const nothing = async () => {};
  const clock = { now: () => now, sleep: nothing };
  const attempt = async () => {
    now += 54;
  };
  const client = { kind: 'tcp', holdMs: 50, prepare: nothing, close: nothing, attempt } as const;
  const seen: Probe[] = [];
  await probeAll(
    { client, clock },
    100,
    (probe) => {
      seen.push(probe);
      ended.abort();
    },
    ended.signal,
  );
  expect(seen[0]).toMatchObject({ ms: 4, result: 'ok' });
});

describe('a client that is served now and then', () => {
  /** Half of the attempts fail for forty seconds: two targets, one of which is no database any more. */
  const now = probes(90, [0, 0]).map(
    (probe, index): Probe =>
      probe.at > at(0.5) && probe.at < at(40) && index % 2 === 0
        ? { ...probe, result: 'failed', code: 'ECONNRESET' }
        : probe,
  );
  const record = drillRecord({ probe: 'tcp', writes: undefined, probes: now });

  test('has one outage, from its first failure to its last, and the budget is counted from its beginning', () => {
    const { outages } = record.client;
    expect(outages.length).toBeGreaterThan(100);
    expect(mainOutage(outages)).toMatchObject({ interruptions: outages.length, lastWriteAt: at(0.5) + 4 });
    expect(stepsOf(record)).toContainEqual(['detection', 496]);
    expect(record.budget.find(({ name }) => name === 'first write')?.atMs).toBeGreaterThan(39_000);
  });

  test('is told in two lines, which speak of connections where nothing was written', () => {
    const told = resultText(record, terminal).split('\n');
    expect(told.filter((line) => / client .*an attempt fails/.test(line))).toHaveLength(1);
    expect(told.join('\n').replace(/\s+/g, ' ')).toMatch(
      /connections are back after \d+\.\d\d s in 1\d\d interruptions/,
    );
    expect(told.join('\n')).not.toContain('writes are back');
  });

  test('has two outages when it was served for a while between them', () => {
    const twice = [...probes(20, [1, 3]), ...probes(40, [25, 26], 20)];
    const { outages } = clientSummary(twice, at(40));
    expect(outages).toHaveLength(2);
    expect(mainOutage(outages)).toMatchObject({ interruptions: 1, firstFailureAt: at(1) + 4 });
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
    [{ writes: undefined }, /whether a write was lost is not known/],
    [{ outcome: 'not-recovered' as const }, /before the deadline/],
    [{ client: clientSummary(probes(90, [1, 99]), at(90)) }, /client was not served again/],
  ])('is wrong when it is not so: %#', (given, message) => {
    expect(problemsOf(drillRecord(given)).join('\n')).toMatch(message);
  });

  test('never calls a write safe that was not counted', () => {
    expect(resultText(drillRecord({ probe: 'tcp', writes: undefined }), terminal)).not.toContain('lost');
  });

  test.each([1, 10])('fits 80 columns, at the pace of AWS and ten times faster: %i', (speed) => {
    const problems = ['the group holds 10.0.1.10:5432 and 10.0.2.10:5432; it should hold 10.0.2.10:5432 and no other'];
    const text = resultText(drillRecord({ speed, problems }), terminal);
    expect(text).toMatch(/first write +43\.60 s/);
    expect(text.replace(/\s+/g, ' ')).toContain('ends after 68.0 s: orders changed:');
    expect(text).toMatch(/^wrong: the group holds/m);
    expect(widest(text)).toBeLessThanOrEqual(80);
  });
});

test('a group that is right and not healthy is refused with what helps, which is no resync', () => {
  const { before, database } = drillRecord();
  const place = { host: 'orders.example', port: 5432 };
  expect(refusals(database, { ...before, place }, 'tcp')).toEqual([]);
  const [refusal = ''] = refusals(database, { ...before, place, targets: ['10.0.1.10:5432 unhealthy'] }, 'tcp');
  expect(refusal).toMatch(/holds the writer, which is not healthy \(10\.0\.1\.10:5432 unhealthy\).*rds-target doctor/);
  expect(refusal).not.toContain('resync');
});

test.each([
  ['postgres', { code: 'ETIMEDOUT', message: 'connect ETIMEDOUT' }, /--endpoint HOST:PORT/],
  ['tcp', { code: 'closed at once', message: 'closes' }, /--endpoint HOST:PORT/],
  ['postgres', { code: '28000', message: 'role "drill" does not exist' }, /role "drill".*DRILL_DATABASE_URL/],
  ['mysql', { code: 'ER_ACCESS_DENIED_ERROR', message: 'Access denied' }, /Access denied.*DRILL_DATABASE_URL/],
  ['postgres', { message: 'The server does not support SSL connections' }, /TLS options in DRILL_DATABASE_URL/],
] as const)('a client of %s that cannot begin, with %j, is told where to look', (probe, error, message) => {
  expect(endpointRefusal(error, probe)).toMatch(message);
});

test.each(['mysql 8.4.3 on db.r7g.large', 'aurora-mysql 8.0 on db.r7g.large', 'mariadb 11.4 on db.t4g.small'])(
  '%s is not drilled without a login: it would lock the load balancer out, and every consumer with it',
  (engine) => {
    const { before, database } = drillRecord();
    const sample = { ...before, engine, place: { host: 'orders.example', port: 5432 } };
    expect(refusals(database, sample, 'mysql')).toEqual([]);
    expect(refusals(database, sample, 'tcp').join()).toMatch(/max_connect_errors.*DRILL_DATABASE_URL/);
  },
);

describe('what the operator types', () => {
  const nobody = async () => undefined;
  test('is the name of the database, or nothing happens', async () => {
    await confirmName('orders', 'DB instance orders', 'orders', nobody);
    await confirmName('orders', 'DB instance orders', undefined, async () => ' orders\n');
    await expect(confirmName('orders', 'DB instance orders', undefined, async () => 'y')).rejects.toThrow(
      /"y" is not "orders"/,
    );
    await expect(confirmName('orders', 'DB instance orders', 'Orders', nobody)).rejects.toThrow(
      /nothing was failed over/,
    );
    await expect(confirmName('orders', 'DB instance orders', undefined, nobody)).rejects.toThrow(/--yes orders/);
  });

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('may be %s: nothing is failed over, and it is said', async (_, key) => {
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
    const output = Object.assign(new PassThrough(), { isTTY: true });
    const asked = confirmName('orders', 'DB instance orders', undefined, askAt({ input, output }));
    input.write(key);
    await expect(asked).rejects.toThrow('interrupted at the question: nothing was failed over');
  });

  test('as the endpoint is a host, with or without a port', () => {
    expect(addressOf('db.example', 5432)).toEqual({ host: 'db.example', port: 5432 });
    expect(addressOf('db.example:6000', undefined)).toEqual({ host: 'db.example', port: 6000 });
    expect(addressOf('[fd00::1]:6000', undefined)).toEqual({ host: 'fd00::1', port: 6000 });
    for (const wrong of ['', 'db:0', 'db:99999', 'http://db:1', 'fd00::1'])
      expect(() => addressOf(wrong, undefined), wrong).toThrow(/HOST:PORT/);
  });
});
