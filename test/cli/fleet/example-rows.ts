import type { FleetRow, Reading } from '../../../cli/fleet/page.ts';
import { exitCodes } from '../../../cli/terminal/exit-codes.ts';

/* Rows of a fleet page, worst first, as `fleet` reads them. */

export const reading: Reading = { at: Date.parse('2026-11-30T06:30:00Z'), sinceMs: 7 * 86_400_000 };

const region = 'eu-central-1';

/** In sync; one failover, whose events did their work. */
export const wellRow = (name: string, writer = '10.0.1.10:5432'): FleetRow => ({
  name,
  code: exitCodes.inSync,
  paint: 'green',
  cells: [],
  text: 'in sync',
  json: {},
  facts: {
    region,
    writer,
    failover: { text: '2026-11-28 03:12 in sync after 41.8 s, by an event', paint: 'green' },
    failovers: 1,
    slowestMs: 41_800,
    missed: 0,
    alarms: [],
    unread: [],
  },
});

const quiet = {
  failover: { text: 'no failover', paint: 'dim' },
  failovers: 0,
  missed: 0,
  alarms: [],
  unread: [],
} as const;

/** One of each kind. */
export const mixedRows: readonly FleetRow[] = [
  {
    name: 'audit',
    code: exitCodes.fault,
    paint: 'red',
    cells: [],
    text: 'FAULT: there is no function audit-drift in eu-west-1',
    next: 'deploy it (npx --no -- cdk deploy audit), or correct the place: --region and --profile must name its Region and account',
    json: {},
    facts: {
      region: 'eu-west-1',
      unread: ['events not read: there is no log of audit-failover or audit-drift in eu-west-1'],
      alarms: [],
    },
  },
  {
    name: 'billing',
    code: exitCodes.drift,
    paint: 'red',
    cells: [],
    text: 'in sync, NO HEALTHY TARGET; ALARM no-healthy-target, function-errors',
    next: 'docs/runbook.md#no-healthy-target',
    json: {},
    facts: { ...quiet, region, writer: '10.0.3.21:3306', alarms: ['no-healthy-target', 'function-errors'] },
  },
  {
    name: 'orders',
    code: exitCodes.drift,
    paint: 'yellow',
    cells: [],
    text: 'in sync',
    next: 'rds-target events orders --since 168h',
    json: {},
    facts: {
      region,
      writer: '10.0.2.10:5432',
      failover: { text: '2026-11-29 21:47 in sync after 73.1 s, by the schedule; 3 of 3 events MISSED', paint: 'red' },
      failovers: 2,
      slowestMs: 73_100,
      missed: 3,
      alarms: [],
      unread: [],
    },
  },
  wellRow('reports', '[2001:db8:0:1::a]:5432'),
  wellRow('users'),
  {
    ...wellRow('warehouse'),
    facts: { ...quiet, region, writer: '10.0.1.44:5439' },
  },
];

/** The longest names, and hostile text in a report. */
export const oddRows: readonly FleetRow[] = [
  {
    name: 'a-database-with-the-longest-nam1',
    code: exitCodes.fault,
    paint: 'red',
    cells: [],
    text: 'FAULT: <script>alert(1)</script> & <b>bold</b>',
    next: 'grant lambda:InvokeFunction on arn:aws:lambda:eu-central-1:123456789012:function:a-database-with-the-longest-nam1-drift',
    json: {},
  },
  wellRow('b'),
];
