import { describe, expect, test } from 'vitest';
import type { Session } from '../../../cli/access/session.ts';
import { checkLines } from '../../../cli/doctor/text.ts';
import type { Io } from '../../../cli/terminal/io.ts';
import { coloursOf } from '../../../cli/terminal/styles.ts';
import { catalogue } from '../../../lib/doctor/catalogue.ts';
import type { Check } from '../../../lib/domain.ts';
import { widest } from '../rig.ts';

const io = { colour: coloursOf(false), width: 80, env: {} } as Io;

describe('checks', () => {
  const checks: Check[] = [
    { check: 'group-type', result: 'ok', detail: 'ip', meaning: 'never shown', remedy: 'never shown' },
    {
      check: 'database-admits-the-balancer',
      result: 'failed',
      detail: 'sg-01c168adb00d208e4 has no rule for the load balancer',
      meaning: 'The way is open.',
      failure: 'Health checks and consumers do not get through to the database.',
      remedy: 'Admit TCP 5432 from sg-0e7beb383c23ca670 in the security group of the database.',
    },
    { check: 'alarms', result: 'not-checked', detail: 'not allowed', remedy: 'Grant cloudwatch:DescribeAlarms.' },
  ];
  const selection = { name: 'orders', functionNames: ['orders-failover', 'orders-drift'] };
  const session = { selection, place: 'function' } as unknown as Session;

  test('tell what is wrong and what to do where something is not right, failures first, within 80 columns', () => {
    const text = checkLines(io, session, checks).join('\n');
    expect(text).toMatch(/^FAILED[\s\S]+\nnot checked[\s\S]+\nok /);
    expect(text).toMatch(/FAILED +database-admits-the-balancer/);
    expect(text).toMatch(/wrong: Health checks and consumers/);
    expect(text).not.toContain('The way is open.');
    expect(text).toContain('see: docs/runbook.md#database-admits-the-balancer');
    expect(text).toMatch(/do: Admit TCP 5432/);
    expect(text).toMatch(/not checked +alarms.*do: Grant cloudwatch:DescribeAlarms\./s);
    expect(text).not.toContain('never shown');
    expect(text).toMatch(
      /orders {2}1 ok, 1 failed, 1 not checked\n {2}seen from orders-failover and orders-drift\n {2}failed: database-admits-the-balancer$/,
    );
    expect(widest(text)).toBeLessThanOrEqual(80);
  });

  test('speak in the words of the file and the command, and lead to the runbook that the file names', () => {
    const entry = {
      name: 'orders',
      database: { kind: 'instance', id: 'orders' },
      alarms: { runbookUrl: 'https://wiki/rds' },
    };
    const of = (check: Check, more: object) =>
      checkLines(io, { ...session, selection: { ...selection, ...more } } as unknown as Session, [check])
        .join(' ')
        .replace(/\s+/g, ' ');
    const inSync: Check = { check: 'in-sync', result: 'failed', detail: 'change', remedy: catalogue['in-sync'].remedy };
    const text = of(inSync, { entry });
    expect(text).toContain(
      'Run rds-target plan orders to see the difference and rds-target resync orders to correct it; while a pause lasts, that changes nothing.',
    );
    expect(text).toContain('see: https://wiki/rds#in-sync');
    // A function older than the command says nothing of what is wrong.
    expect(text).toContain(`wrong: ${catalogue['in-sync'].failure}`);
    const range: Check = {
      check: 'one-private-address',
      result: 'failed',
      detail: 'x',
      remedy: catalogue['one-private-address'].remedy,
    };
    expect(of(range, { entry })).toContain('add it to reconcile.allowedCidrs');
    for (const [check, { remedy }] of Object.entries(catalogue))
      expect(of({ check, result: 'failed', detail: 'x', remedy }, { entry }), check).not.toMatch(
        /\b(?!AWS_)[A-Z]{3,}_[A-Z_]+\b|\{"action"|STACK/,
      );
  });

  test('keep a long name whole, below the check', () => {
    const name = `orders.${'x'.repeat(30)}.eu-central-1.rds.amazonaws`;
    const lines = checkLines(io, session, [{ check: 'name-resolves', result: 'ok', detail: `${name}: 10.0.1.10` }]);
    expect(lines).toContain(`             ${name}:`);
  });
});
