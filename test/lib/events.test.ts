import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReconcileError } from '../../lib/errors.ts';
import { catalogue, eventId, triggerFrom } from '../../lib/events.ts';
import { cluster, hostname, instance } from './scene.ts';

const now = Date.parse('2026-11-20T12:00:00Z');
const arn = (kind: string, id: string) => `arn:aws:rds:eu-central-1:123456789012:${kind}:${id}`;

type Parts = { type?: string; id: string; resource?: string; source?: string; message?: string; time?: string };
const rdsEvent = ({
  type = 'RDS DB Instance Event',
  id,
  resource = arn('db', 'orders'),
  source,
  message = '',
  time = '2026-11-20T11:59:58Z',
}: Parts) => ({
  version: '0',
  id: '844e2571-85d4-695f-b930-0153b71dcb42',
  'detail-type': type,
  source: 'aws.rds',
  account: '123456789012',
  time,
  region: 'eu-central-1',
  resources: resource ? [resource] : [],
  detail: {
    EventCategories: ['failover'],
    SourceType: 'DB_INSTANCE',
    ...(resource ? { SourceArn: resource } : {}),
    SourceIdentifier: source ?? 'orders',
    Message: message,
    EventID: id,
  },
});

const clusterEvent = (id: string, more: Partial<Parts> = {}) =>
  rdsEvent({ type: 'RDS DB Cluster Event', id, resource: arn('cluster', 'orders'), ...more });

describe('an RDS event', () => {
  test('of the database makes us look, with its own time', () => {
    expect(triggerFrom(rdsEvent({ id: 'RDS-EVENT-0013' }), instance, now)).toEqual({
      kind: 'dry-run',
      trigger: { kind: 'begin', at: now - 2000, eventId: 'RDS-EVENT-0013' },
    });
  });

  test.each(
    Object.entries(catalogue).flatMap(([type, phases]) =>
      Object.entries(phases).flatMap(([phase, ids]) => ids.map((id) => [eventId(id), type, phase] as const)),
    ),
  )('%s (%s) is of phase %s', (id, type, phase) => {
    const resources: Record<string, string> = {
      'RDS DB Instance Event': arn('db', 'orders'),
      'RDS DB Cluster Event': arn('cluster', 'orders'),
      'RDS Blue Green Deployment Event': arn('deployment', 'bgd-1a2b3c'),
      'RDS DB Proxy Event': arn('db-proxy', 'orders'),
    };
    const database =
      type === 'RDS DB Proxy Event'
        ? { ...hostname, hostname: 'orders.proxy-abc.eu-central-1.rds.amazonaws.com' }
        : type === 'RDS DB Cluster Event'
          ? cluster
          : instance;
    expect(triggerFrom(rdsEvent({ type, id, resource: resources[type] }), database, now)).toMatchObject({
      kind: 'dry-run',
      trigger: { kind: phase },
    });
  });

  test.each([
    ['another instance', rdsEvent({ id: 'RDS-EVENT-0049', resource: arn('db', 'billing') }), instance],
    [
      'an instance whose name only starts the same',
      rdsEvent({ id: 'RDS-EVENT-0049', resource: arn('db', 'orders-2') }),
      instance,
    ],
    ['another cluster', clusterEvent('RDS-EVENT-0071', { resource: arn('cluster', 'billing') }), cluster],
    ['a cluster of the same name, when an instance is followed', clusterEvent('RDS-EVENT-0071'), instance],
    ['a snapshot', rdsEvent({ id: 'RDS-EVENT-0169' }), instance],
    ['a number that nobody knows', rdsEvent({ id: 'RDS-EVENT-9999' }), instance],
    ['no number at all', rdsEvent({ id: '' }), instance],
    ['a type that is a name of JavaScript', rdsEvent({ type: '__proto__', id: 'RDS-EVENT-0013' }), instance],
    ['a type that nobody knows', rdsEvent({ type: 'RDS DB Parameter Group Event', id: 'RDS-EVENT-0013' }), instance],
    [
      'another proxy',
      rdsEvent({
        type: 'RDS DB Proxy Event',
        id: 'RDS-EVENT-0207',
        resource: arn('db-proxy', 'billing'),
        source: 'billing',
      }),
      { ...hostname, hostname: 'orders.proxy-abc.eu-central-1.rds.amazonaws.com' },
    ],
    ['an instance, when only a name is followed', rdsEvent({ id: 'RDS-EVENT-0049' }), hostname],
  ])('about %s is ignored', (_, event, database) => {
    expect(triggerFrom(event, database, now).kind).toBe('ignored');
  });

  test('of an instance asks the topology, when a cluster is followed', () => {
    for (const id of ['RDS-EVENT-0006', 'RDS-EVENT-0385', 'RDS-EVENT-0422']) {
      expect(triggerFrom(rdsEvent({ id, resource: arn('db', 'orders-2') }), cluster, now)).toMatchObject({
        kind: 'if-member',
        instanceId: 'orders-2',
      });
    }
  });

  test('is told by its identifier when it names no resource, with or without a prefix', () => {
    for (const source of ['orders', 'rds:orders', 'ORDERS']) {
      expect(triggerFrom(rdsEvent({ id: 'RDS-EVENT-0049', resource: '', source }), instance, now).kind).toBe('dry-run');
    }
  });

  test('names the new writer only when it says that the failover is completed', () => {
    const completed = clusterEvent('RDS-EVENT-0071', { message: 'Completed failover to DB instance: orders-2' });
    expect(triggerFrom(completed, cluster, now)).toMatchObject({ trigger: { kind: 'end', named: 'orders-2' } });
    const started = clusterEvent('RDS-EVENT-0072', { message: 'Started same AZ failover to DB instance: orders-2' });
    expect(triggerFrom(started, cluster, now).trigger).not.toHaveProperty('named');
  });

  test('of a proxy is told by its name, though its ARN ends in a resource id', () => {
    const event = rdsEvent({
      type: 'RDS DB Proxy Event',
      id: 'RDS-EVENT-0207',
      resource: arn('db-proxy', 'prx-0123456789abcdef0'),
    });
    const database = { ...hostname, hostname: 'orders.proxy-abc.eu-central-1.rds.amazonaws.com' };
    expect(triggerFrom(event, database, now).kind).toBe('dry-run');
    expect(
      triggerFrom({ ...event, detail: { ...event.detail, SourceIdentifier: 'billing' } }, database, now).kind,
    ).toBe('ignored');
  });

  test.each([
    ['no event of RDS', { id: `RDS-EVENT-${'0'.repeat(1_000_000)}` }],
    ['about another', { id: eventId(6), resource: arn('db', 'x'.repeat(1_000_000)) }],
    ['about another by its identifier', { id: eventId(6), resource: '', source: 'x'.repeat(1_000_000) }],
  ])('that is %s is repeated in part, however long it is', (_, parts) => {
    const reading = triggerFrom(rdsEvent(parts), instance, now);
    expect(reading.kind).toBe('ignored');
    expect(JSON.stringify(reading).length).toBeLessThan(3000);
  });

  test('of a member with the longest of names asks the topology about that name', () => {
    const resource = arn('db', `a${'b'.repeat(62)}`);
    expect(triggerFrom(rdsEvent({ id: eventId(6), resource }), cluster, now)).toMatchObject({
      instanceId: `a${'b'.repeat(62)}`,
    });
  });

  test('from the future or without a time counts as of now', () => {
    for (const time of ['2030-01-01T00:00:00Z', '', 'yesterday']) {
      expect(triggerFrom(rdsEvent({ id: 'RDS-EVENT-0049', time }), instance, now).trigger.at).toBe(now);
    }
  });
});

describe('other payloads', () => {
  test('a scheduled event means a check, whatever it carries', () => {
    const event = {
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
      resources: ['arn:aws:events:::rule/x'],
      detail: { anything: [1] },
      time: '2026-11-20T11:59:00Z',
    };
    expect(triggerFrom(event, instance, now)).toEqual({
      kind: 'dry-run',
      trigger: { kind: 'schedule', at: now - 60_000 },
    });
  });

  test.each(['resync', 'plan', 'status', 'doctor'] as const)(
    '{"action": "%s"} is a manual action; other fields are ignored',
    (action) => {
      expect(triggerFrom({ action, target: '10.66.6.6:5432', arn: 'x' }, instance, now)).toEqual({
        kind: 'dry-run',
        trigger: { kind: 'manual', at: now, action },
      });
    },
  );

  test.each([
    [null],
    [undefined],
    [''],
    ['resync'],
    [42],
    [[]],
    [{}],
    [{ action: 'explode' }],
    [{ action: ['resync'] }],
    [{ source: 'aws.ec2', detail: {} }],
    [{ source: ['aws.rds'] }],
  ])('%j is refused with what is accepted', (event) => {
    expect(() => triggerFrom(event, instance, now)).toThrow(
      /"resync" \| "plan" \| "status" \| "doctor".*aws\.rds.*aws\.events/,
    );
  });

  test('that nest deeper than can be shown are refused like others', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 20_000; level++) deep = { deep };
    expect(() => triggerFrom(deep, instance, now)).toThrow(/event not accepted/);
  });

  test('of any shape are read, ignored or refused, never anything else', () => {
    const fuzzy = fc.oneof(
      fc.anything(),
      fc.record(
        {
          source: fc.constant('aws.rds'),
          'detail-type': fc.constantFrom(...Object.keys(catalogue)),
          resources: fc.anything(),
          detail: fc.anything(),
          time: fc.anything(),
        },
        { requiredKeys: ['source'] },
      ),
    );
    fc.assert(
      fc.property(fuzzy, fc.constantFrom(instance, cluster, hostname), (event, database) => {
        try {
          expect(['dry-run', 'if-member', 'ignored']).toContain(triggerFrom(event, database, now).kind);
        } catch (error) {
          expect((error as ReconcileError).code).toBe('InvalidEvent');
        }
      }),
      { numRuns: 5000 },
    );
  });
});
