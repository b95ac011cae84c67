import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Database } from '../../lib/domain.ts';
import type { ReconcileError } from '../../lib/errors.ts';
import { catalogue, eventId, proxyWords, triggerFrom } from '../../lib/events.ts';
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

const proxied: Database = { ...hostname, hostname: 'orders.proxy-abc.eu-central-1.rds.amazonaws.com' };

describe('an RDS event', () => {
  test('of the database starts a run, with its own time', () => {
    expect(triggerFrom(rdsEvent({ id: 'RDS-EVENT-0013' }), instance, now)).toEqual({
      kind: 'run',
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
    const database = type === 'RDS DB Proxy Event' ? proxied : type === 'RDS DB Cluster Event' ? cluster : instance;
    expect(triggerFrom(rdsEvent({ type, id, resource: resources[type] }), database, now)).toMatchObject({
      kind: 'run',
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
    ['an unknown number', rdsEvent({ id: 'RDS-EVENT-9999' }), instance],
    ['no number at all', rdsEvent({ id: '' }), instance],
    ['a type that is a name of JavaScript', rdsEvent({ type: '__proto__', id: 'RDS-EVENT-0013' }), instance],
    ['an unknown type', rdsEvent({ type: 'RDS DB Parameter Group Event', id: 'RDS-EVENT-0013' }), instance],
    [
      'another proxy',
      rdsEvent({
        type: 'RDS DB Proxy Event',
        id: 'RDS-EVENT-0207',
        resource: arn('db-proxy', 'billing'),
        source: 'billing',
      }),
      proxied,
    ],
    ['an instance, when only a name is followed', rdsEvent({ id: 'RDS-EVENT-0049' }), hostname],
  ])('about %s is ignored', (_, event, database) => {
    expect(triggerFrom(event, database, now).kind).toBe('ignored');
  });

  test('of an instance asks the topology, when a cluster is followed', () => {
    for (const [id, isDeleted] of [
      ['RDS-EVENT-0006', false],
      ['RDS-EVENT-0385', false],
      ['RDS-EVENT-0422', false],
      ['RDS-EVENT-0003', true],
    ] as const) {
      expect(triggerFrom(rdsEvent({ id, resource: arn('db', 'orders-2') }), cluster, now)).toMatchObject({
        kind: 'if-member',
        instanceId: 'orders-2',
        isDeleted,
      });
    }
  });

  test('of an instance that lacks the prefix of the members is ignored, when a cluster is followed', () => {
    const kindOf = (memberPrefix: string) =>
      triggerFrom(rdsEvent({ id: eventId(6), resource: arn('db', 'orders-2') }), { ...cluster, memberPrefix }, now)
        .kind;
    expect(['orders', 'ORDERS-', 'orders-2'].map(kindOf)).toEqual(['if-member', 'if-member', 'if-member']);
    expect(['rders', 'orders-2-', 'billing-'].map(kindOf)).toEqual(['ignored', 'ignored', 'ignored']);
  });

  test('is told by its identifier when it names no resource, with or without a prefix', () => {
    for (const source of ['orders', 'rds:orders', 'ORDERS']) {
      expect(triggerFrom(rdsEvent({ id: 'RDS-EVENT-0049', resource: '', source }), instance, now).kind).toBe('run');
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
    expect(triggerFrom(event, proxied, now).kind).toBe('run');
    expect(triggerFrom({ ...event, detail: { ...event.detail, SourceIdentifier: 'billing' } }, proxied, now).kind).toBe(
      'ignored',
    );
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
    // EventBridge tries for a day, and one from an archive is older.
    for (const time of ['2030-01-01T00:00:00Z', '', 'yesterday', '2026-11-19T11:59:59Z', '1970-01-01T00:00:00Z']) {
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
      kind: 'run',
      trigger: { kind: 'schedule', at: now - 60_000 },
    });
  });

  test.each(['resync', 'plan', 'status', 'doctor'] as const)(
    '{"action": "%s"} is a manual action; other fields are ignored',
    (action) => {
      expect(triggerFrom({ action, target: '10.66.6.6:5432', arn: 'x' }, instance, now)).toEqual({
        kind: 'run',
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
    expect(() => triggerFrom(deep, instance, now)).toThrow(
      expect.objectContaining({ code: 'InvalidEvent', message: expect.stringContaining('event not accepted') }),
    );
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
          expect(['run', 'if-member', 'ignored']).toContain(triggerFrom(event, database, now).kind);
        } catch (error) {
          expect((error as ReconcileError).code).toBe('InvalidEvent');
        }
      }),
      { numRuns: 5000 },
    );
  });
});

const read = (event: object, database: Database = instance) =>
  triggerFrom({ source: 'aws.rds', 'detail-type': 'RDS DB Instance Event', ...event }, database, now);

const restarted = (more: object = {}) => ({ EventID: 'RDS-EVENT-0006', ...more });

const refused = (event: unknown): string => {
  try {
    triggerFrom(event, instance, now);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the event was accepted');
};

describe('the catalogue of events', () => {
  test('is what AWS documents', () => {
    expect(catalogue).toEqual({
      'RDS DB Instance Event': {
        begin: [13, 50, 233, 422],
        end: [6, 15, 49, 51, 65, 385],
        check: expect.arrayContaining([
          3, 4, 14, 18, 19, 21, 22, 25, 26, 27, 30, 34, 43, 47, 52, 53, 88, 154, 221, 419,
        ]),
      },
      'RDS DB Cluster Event': {
        begin: [72, 73, 181, 182, 183, 423],
        end: [70, 71, 184, 185, 238, 397],
        check: expect.arrayContaining([69, 151, 153, 171, 172, 186, 187, 239, 240, 241]),
      },
      'RDS Blue Green Deployment Event': { begin: [247, 250, 259], end: [248, 251, 260], check: [249, 252, 261] },
      'RDS DB Proxy Event': { begin: [], end: [], check: [207] },
    });
  });

  test('holds no snapshot event and each number once', () => {
    for (const phases of Object.values(catalogue)) {
      const all = Object.values(phases).flat();
      expect(new Set(all).size).toBe(all.length);
      expect(all).not.toContain(169);
    }
  });

  test('writes numbers as AWS does', () => {
    expect([eventId(6), eventId(49), eventId(385)]).toEqual(['RDS-EVENT-0006', 'RDS-EVENT-0049', 'RDS-EVENT-0385']);
  });

  test.each(['RDS-EVENT-00060', 'XRDS-EVENT-0006', 'RDS-EVENT-006', 'RDS-EVENT-abcd', '0006'])(
    'does not know %s',
    (EventID) => {
      expect(read({ resources: [arn('db', 'orders')], detail: { EventID } })).toMatchObject({
        kind: 'ignored',
        trigger: { kind: 'check', at: now, eventId: EventID },
        message: `${EventID} says nothing about addresses`,
      });
    },
  );

  test('does not know an event without a number, and says so', () => {
    for (const detail of [{}, { EventID: 6 }, 'RDS-EVENT-0006', ['RDS-EVENT-0006'], null])
      expect(read({ resources: [arn('db', 'orders')], detail })).toEqual({
        kind: 'ignored',
        trigger: { kind: 'check', at: now, eventId: 'unknown' },
        message: 'an event without EventID says nothing about addresses',
      });
  });
});

describe('the subject of an event', () => {
  test.each<[string, object]>([
    ['its resource', { resources: [arn('db', 'orders')], detail: restarted() }],
    ['its resource, in any case', { resources: [arn('db', 'Orders')], detail: restarted() }],
    [
      'the first resource that is of RDS',
      { resources: [5, 'arn:aws:sns:x:1:db:y', arn('db', 'orders')], detail: restarted() },
    ],
    [
      'SourceArn, where no resource is listed',
      { resources: [], detail: restarted({ SourceArn: arn('db', 'orders') }) },
    ],
    [
      'SourceArn, where resources is no list',
      { resources: 'orders', detail: restarted({ SourceArn: arn('db', 'orders') }) },
    ],
    [
      'an ARN of another partition, Region or account',
      { resources: ['arn:aws-cn:rds:::db:orders'], detail: restarted() },
    ],
    ['SourceIdentifier, without its prefix', { detail: restarted({ SourceIdentifier: 'rds:orders' }) }],
  ])('is %s', (_, event) => {
    expect(read(event).kind).toBe('run');
  });

  test.each<[string, object]>([
    ['a name that only ends the same', { resources: [arn('db', 'x:orders')], detail: restarted() }],
    ['an ARN of another service', { resources: ['arn:aws:docdb:eu-central-1:1:db:orders'], detail: restarted() }],
    ['a text around an ARN', { resources: [`x${arn('db', 'orders')}`], detail: restarted() }],
    ['a kind that is no word', { resources: ['arn:aws:rds:eu-central-1:1:D1:orders'], detail: restarted() }],
    ['an ARN without a name', { resources: ['arn:aws:rds:eu-central-1:1:db:'], detail: restarted() }],
    ['a prefix in the middle', { detail: restarted({ SourceIdentifier: 'ordrds:ers' }) }],
    ['a text of several lines', { resources: [`${arn('db', 'orders')}\nx`], detail: restarted() }],
    ['no name', { detail: restarted() }],
    ['a name that is no text', { detail: restarted({ SourceIdentifier: ['orders'] }) }],
  ])('is not %s', (_, event) => {
    expect(read(event).kind).toBe('ignored');
  });

  test('that is another one is named, beside the followed one', () => {
    const event = { resources: [arn('db', 'billing')], detail: restarted() };
    expect(read(event)).toMatchObject({
      message: 'RDS-EVENT-0006 is about DB instance billing, not about DB instance orders',
    });
    expect(read(event, hostname)).toMatchObject({
      message: `RDS-EVENT-0006 is about DB instance billing, not about ${hostname.hostname}`,
    });
    // A cluster may have the identifier of an instance.
    const ofCluster = { 'detail-type': 'RDS DB Cluster Event', resources: [arn('cluster', 'orders')] };
    expect(read({ ...ofCluster, detail: { EventID: 'RDS-EVENT-0071' } })).toMatchObject({
      message: 'RDS-EVENT-0071 is about DB cluster orders, not about DB instance orders',
    });
    expect(read({ detail: restarted() }, { ...instance, id: undefined })).toMatchObject({
      kind: 'ignored',
      message: 'RDS-EVENT-0006 is about no database, not about orders',
    });
  });

  test('that is not named is no member of any cluster, and the topology need not be asked', () => {
    expect(read({ detail: restarted() }, cluster)).toMatchObject({ kind: 'ignored' });
  });

  test('that is an instance is asked for in lower case, as RDS stores it', () => {
    expect(read({ resources: [arn('db', 'Orders-2')], detail: restarted() }, cluster)).toMatchObject({
      kind: 'if-member',
      instanceId: 'orders-2',
    });
  });

  test('is compared in any case with what was configured', () => {
    const event = { resources: [arn('db', 'orders')], detail: restarted() };
    expect(read(event, { ...instance, id: 'Orders' }).kind).toBe('run');
  });

  const clusterEvent = {
    'detail-type': 'RDS DB Cluster Event',
    resources: [arn('cluster', 'orders')],
    detail: { EventID: 'RDS-EVENT-0071' },
  };

  test('that is a cluster concerns a name that was configured with the cluster, never an instance of that name', () => {
    expect(read(clusterEvent, { ...hostname, id: 'orders' }).kind).toBe('run');
    expect(read(clusterEvent, hostname).kind).toBe('ignored');
    expect(read(clusterEvent, instance).kind).toBe('ignored');
  });

  test('that is a blue/green deployment concerns every database, and no mere name', () => {
    const event = {
      'detail-type': 'RDS Blue Green Deployment Event',
      resources: [arn('deployment', 'bgd-1')],
      detail: { EventID: 'RDS-EVENT-0248' },
    };
    for (const database of [instance, cluster, { ...hostname, id: 'orders' }])
      expect(read(event, database)).toMatchObject({ kind: 'run', trigger: { kind: 'end' } });
    expect(read(event, hostname).kind).toBe('ignored');
  });

  test('whose ARN ends in a resource id is told by its identifier', () => {
    const ofInstance = (SourceIdentifier: string) => ({
      resources: [arn('db', 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ')],
      detail: restarted({ SourceIdentifier }),
    });
    for (const id of ['orders', 'ORDERS', 'rds:orders']) expect(read(ofInstance(id)).kind).toBe('run');
    expect(read(ofInstance('billing'))).toMatchObject({
      message: 'RDS-EVENT-0006 is about DB instance billing, not about DB instance orders',
    });
    expect(read(ofInstance('rds:orders-2'), cluster)).toMatchObject({ kind: 'if-member', instanceId: 'orders-2' });
    expect(read(ofInstance(''), cluster)).toMatchObject({ instanceId: 'db-abcdefghijklmnopqrstuvwxyz' });
    const ofCluster = {
      'detail-type': 'RDS DB Cluster Event',
      resources: [arn('cluster', 'cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ')],
      detail: { EventID: 'RDS-EVENT-0071', SourceIdentifier: 'rds:orders' },
    };
    expect(read(ofCluster, cluster).kind).toBe('run');
  });

  describe('that is a proxy', () => {
    const event = ({ resource = 'prx-1', source = '', message = '' }) => ({
      'detail-type': 'RDS DB Proxy Event',
      resources: [arn('db-proxy', resource)],
      detail: { EventID: 'RDS-EVENT-0207', SourceIdentifier: source, Message: message },
    });
    const named = { ...hostname, proxyName: 'Checkout' };
    const host = (name: string) => ({ ...hostname, hostname: name });

    // The first two are AWS's own sample and one seen in the wild; the message of the sample names both.
    test.each([
      ['the ARN', { resource: 'checkout', source: 'checkout-ro' }],
      ['the identifier', { resource: 'prx-0123456789abcdef0', source: 'checkout' }],
      ['the identifier with a prefix', { resource: 'prx-0123456789abcdef0', source: 'rds:CHECKOUT' }],
      ['the message', { source: 'checkout-ro', message: 'RDS modified endpoint checkout-ro of DB Proxy checkout.' }],
      ['the message, at its end', { message: 'RDS modified the end point of the DB proxy checkout' }],
      ['the message, before other words', { message: 'The DB proxy checkout was modified.' }],
    ])('is known by its name in %s', (_, more) => {
      expect(read(event(more), named)).toMatchObject({ kind: 'run', trigger: { kind: 'check' } });
    });

    test.each([
      ['checkout.proxy-abc.eu-central-1.rds.amazonaws.com', 'checkout'],
      ['Checkout.Proxy-abc.eu-central-1.RDS.amazonaws.com.', 'CHECKOUT'],
      ['checkout.proxy-abc.rds.cn-northwest-1.amazonaws.com.cn', 'checkout'],
      ['checkout.proxy-abc.eusc-de-east-1.rds.amazonaws.eu', 'checkout'],
      ['checkout-ro.endpoint.proxy-abc.eu-central-1.rds.amazonaws.com', 'checkout-ro'],
    ])('or of one of its endpoints is known by the followed name alone: %s', (name, source) => {
      expect(read(event({ source }), host(name)).kind).toBe('run');
      expect(read(event({ message: `RDS modified endpoint ${source} of DB Proxy other.` }), host(name)).kind).toBe(
        'run',
      );
    });

    test.each([
      ['another name', event({ resource: 'billing', source: 'billing', message: 'RDS modified DB proxy billing.' })],
      ['a longer name', event({ source: 'checkout-2', message: 'RDS modified DB proxy checkout-2.' })],
      ['a longer name before', event({ source: 'my-checkout', message: 'RDS modified DB proxy my-checkout.' })],
      ['no name', event({})],
    ])('of %s is ignored', (_, other) => {
      expect(read(other, named).kind).toBe('ignored');
    });

    test.each<[Pick<Database, 'hostname' | 'proxyName'>, string[]]>([
      [{}, []],
      [{ hostname: 'orders.example.com' }, []],
      [{ hostname: 'Checkout.proxy-abc.eu-central-1.rds.amazonaws.com' }, ['checkout']],
      [{ hostname: 'orders.example.com', proxyName: 'Checkout' }, ['checkout']],
      [{ hostname: 'checkout.proxy-abc.eu-central-1.rds.amazonaws.com', proxyName: 'Checkout' }, ['checkout']],
      [
        { hostname: 'checkout-ro.endpoint.proxy-abc.eu-central-1.rds.amazonaws.com', proxyName: 'checkout' },
        ['checkout', 'checkout-ro'],
      ],
    ])('of what %j says is known by these words alone: %j', (database, words) => {
      expect(proxyWords(database)).toEqual(words);
    });

    test('concerns neither a name that is no proxy nor an instance of that name', () => {
      expect(read(event({ source: 'orders' }), host('orders.example.com')).kind).toBe('ignored');
      expect(read(event({ source: 'orders' }), host('orders.proxy-abc.example.com')).kind).toBe('ignored');
      expect(read(event({ source: 'orders' }), instance).kind).toBe('ignored');
    });
  });
});

describe('the instance that a completed failover names', () => {
  const completed = (Message: unknown, EventID = 'RDS-EVENT-0071') =>
    read(
      { 'detail-type': 'RDS DB Cluster Event', resources: [arn('cluster', 'orders')], detail: { EventID, Message } },
      cluster,
    ).trigger;

  test.each([
    ['Completed failover to DB instance: orders-2', 'orders-2'],
    ['Completed failover to DB instance: Orders-2.', 'orders-2'],
    ['Completed failover to DB instance  b1', 'b1'],
  ])('by %j is %s', (message, named) => {
    expect(completed(message)).toMatchObject({ named });
  });

  test.each(['Completed failover', 'DB instance: 2orders', 'DB instance:orders', '', undefined, { a: 1 }])(
    'by %j is no instance',
    (message) => {
      expect(completed(message)).not.toHaveProperty('named');
    },
  );

  test('is no instance in any other event', () => {
    expect(completed('Completed failover to DB instance: orders-2', 'RDS-EVENT-0070')).not.toHaveProperty('named');
  });
});

describe('when an event happened', () => {
  test.each([
    ['2026-11-20T11:59:58Z', now - 2000],
    ['2026-11-20T12:00:00Z', now],
    ['2026-11-20T12:00:01Z', now],
    [undefined, now],
    [1_700_000_000_000, now],
    ['soon', now],
  ])('by time %j is %d', (time, at) => {
    expect(read({ time, resources: [arn('db', 'orders')], detail: restarted() }).trigger.at).toBe(at);
  });
});

describe('a scheduled event', () => {
  test.each([
    { source: 'aws.events', 'detail-type': 'Scheduled Event' },
    { source: 'mine', 'detail-type': 'Scheduled Event' },
    { source: 'aws.scheduler', 'detail-type': 'anything' },
    { source: 'aws.events' },
  ])('may look like %j', (event) => {
    expect(triggerFrom(event, instance, now)).toEqual({ kind: 'run', trigger: { kind: 'schedule', at: now } });
  });

  test('is not everything of EventBridge', () => {
    expect(refused({ source: 'aws.events', 'detail-type': 'Something else' })).toContain('event not accepted');
  });
});

describe('what is refused', () => {
  test('is told with what came, what is accepted, and that nothing was changed', () => {
    expect(refused({ action: 'explode' })).toBe(
      'event not accepted: action is "explode". Accepted: {"action": "resync" | "plan" | "status" | "doctor"}, an RDS event from EventBridge ' +
        '(source aws.rds), or a scheduled event (source aws.events or aws.scheduler). Nothing was changed.',
    );
    expect(refused({ source: 'aws.ec2' })).toContain('event not accepted: got {"source":"aws.ec2"}. Accepted');
    expect(refused(undefined)).toContain('got undefined.');
    expect(refused(['resync'])).toContain('got ["resync"].');
    expect(refused([{ source: 'aws.rds' }])).toContain('got [{');
    const list = Object.assign([], { action: 'resync' });
    expect(refused(list)).toContain('got [].');
  });

  test('is shown in part when it is long, and not when it cannot be', () => {
    const long = refused('x'.repeat(5000));
    expect(long).toContain(`got "${'x'.repeat(199)}. Accepted`);
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    expect(refused(circular)).toContain('got something that is too deep to show.');
  });
});
