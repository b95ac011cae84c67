import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCloudWatch } from '../../../sandbox/aws/cloudwatch/cloudwatch.ts';
import type { Operation, Service } from '../../../sandbox/aws/wire/query.ts';
import { createAccount, entryOf, well } from '../fleet/account.ts';
import { reportOf } from '../reports.ts';
import { file, home, run, runBuilt, widest } from '../rig.ts';

/* `rds-target fleet`: state, history and alarms of every database, as a table and as a page. */

const minute = 60_000;
const at = Date.now() - 30 * minute;
const timeOf = (ms: number) => new Date(ms).toISOString();

/** One failover, in the half hour before. */
const describeEvents: Operation = (params) => ({
  Events: {
    Event: [
      { SourceIdentifier: params.get('SourceIdentifier'), Message: 'Multi-AZ instance failover started.' },
      { SourceIdentifier: params.get('SourceIdentifier'), Message: 'Multi-AZ instance failover completed.' },
    ].map((event, index) => ({
      ...event,
      SourceType: 'db-instance',
      EventCategories: { EventCategory: ['failover'] },
      Date: timeOf(at + index * 10_000),
    })),
  },
});

const rds: Service = {
  name: 'rds',
  version: '2014-10-31',
  xmlNamespace: 'http://rds.amazonaws.com/doc/2014-10-31/',
  operations: { DescribeEvents: describeEvents },
};

/** The line of a run that an event woke two seconds later, and that took 18 s. */
const byEvent = (database: string, eventId: string, from: number) =>
  JSON.stringify({
    ...reportOf({
      database,
      trigger: { kind: 'begin', eventId } as never,
      outcome: 'changed',
      registered: ['10.0.2.10:5432'],
      durationMs: 18_000,
    }),
    timestamp: timeOf(from + 20_000),
  });

const alarms = createCloudWatch(
  { now: () => 0, values: () => [] },
  {
    'billing-held': { state: 'ALARM' },
    'billing-no-success': { state: 'OK' },
    // Of a database whose name begins like another's, and of another program.
    'orders-eu-held': { state: 'ALARM' },
    'orders-nightly': { state: 'ALARM' },
  },
).api;

const names = ['orders', 'billing', 'shop'];

let account: Awaited<ReturnType<typeof createAccount>>;
beforeEach(async () => {
  account = await createAccount(
    names,
    (name) => well(name),
    { services: [rds], jsonServices: [alarms] },
    (name) =>
      name === 'shop' ? [] : [byEvent(name, 'RDS-EVENT-0013', at), byEvent(name, 'RDS-EVENT-0049', at + 10_000)],
  );
  file('databases.json', [...names, 'absent'].map(entryOf));
});
afterEach(() => account.close());

const flat = (text: string) => text.replace(/\s+/g, ' ').trim();

describe('rds-target fleet', () => {
  test('shows failovers, missed events, alarms and state of each, worst first, and writes the page', async () => {
    const page = join(home, 'pages', 'fleet.html');
    const { code, out, err } = await run(['fleet', '--html', 'pages/fleet.html'], account.env);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(widest(out)).toBeLessThanOrEqual(80);
    expect(out.split(/\n(?=\S)/).map(flat)).toEqual([
      'database failovers missed alarms state',
      expect.stringMatching(
        /^absent \? \? 0 FAULT: there is no function absent-drift in eu-central-1; events not read: there is no log .* next: deploy it/,
      ),
      'billing 1 0 1 in sync; ALARM held next: docs/runbook.md#held',
      'shop 1 2 0 in sync next: rds-target events shop --since 168h',
      'orders 1 0 0 in sync',
      '4 databases: 1 not known, 2 to look at, 1 well',
      `page: ${page}`,
    ]);
    const html = readFileSync(page, 'utf8');
    expect(html).toContain('<h1>Fleet: 4 databases</h1>');
    expect(html).toMatch(/in sync after 30\.0 s, by an event/);
    expect(html).toMatch(/no run changed the group; 2 of 2 events MISSED/);
    expect(account.calls('DescribeAlarms'), 'once for all of a Region').toBe(1);
  });

  test('prints one line of JSON for each, of those that the pattern names', async () => {
    const { code, out } = await runBuilt(['fleet', '*o*', '--json', '--since', '1h'], account.env);
    expect(code).toBe(3);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { database: 'shop', exitCode: 3, outcome: 'in-sync', missed: 2, alarms: [], failovers: [{}] },
      { database: 'orders', exitCode: 0, outcome: 'in-sync', missed: 0, alarms: [], failovers: [{ lagMs: 30_000 }] },
    ]);
  });

  test.each([
    ['DescribeAlarms', /alarms not read: AWS denies cloudwatch:DescribeAlarms.*Next: grant cloudwatch:DescribeAlarms/],
    ['DescribeEvents', /events not read: AWS denies rds:DescribeEvents.*Next: grant rds:DescribeEvents/],
  ])('shows the state where %s is denied, and says what was not read', async (action, message) => {
    account.faults.add({ action, kind: 'error', code: 'AccessDeniedException', status: 403 });
    const { code, out } = await run(['fleet', 'orders'], account.env);
    expect(code).toBe(1);
    expect(flat(out)).toMatch(/orders . . . in sync; /);
    expect(flat(out)).toMatch(message);
  });

  test('asks again where AWS throttles its own calls', async () => {
    account.faults.add({ action: 'FilterLogEvents', kind: 'throttle', times: 9 });
    expect(await run(['fleet', 'orders'], account.env)).toMatchObject({ code: 0, err: '' });
  });

  test('replaces only a page of its own, and asks nothing where it could not', async () => {
    const args = (page: string) => ['fleet', 'orders', '--html', page];
    for (const _ of [1, 2]) expect(await run(args('mine.html'), account.env)).toMatchObject({ code: 0 });
    const before = account.asked.length;
    writeFileSync(join(home, 'theirs.html'), '<!doctype html><p>precious');
    rmSync(join(home, 'link.html'), { force: true });
    symlinkSync(join(home, 'theirs.html'), join(home, 'link.html'));
    for (const [page, why] of [
      ['theirs.html', 'is no page of rds-target fleet'],
      ['link.html', 'is a link, a directory or a device'],
      ['.', 'is a link, a directory or a device'],
      ['theirs.html/x.html', 'ENOTDIR|EEXIST'],
    ] as const) {
      const { code, out, err } = await run(args(page), account.env);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(flat(err)).toMatch(
        new RegExp(
          `--html is "${page}", and the page cannot be written there .*(${why}).*Next: name another file with --html`,
        ),
      );
    }
    expect(readFileSync(join(home, 'theirs.html'), 'utf8')).toBe('<!doctype html><p>precious');
    expect(account.asked).toHaveLength(before);
  });
});
