import { describe, expect, test } from 'vitest';
import type { Database } from '../../lib/domain.ts';
import { catalogue, eventId, triggerFrom } from '../../lib/events.ts';
import { cluster, hostname, instance } from './scene.ts';

const now = Date.parse('2026-11-20T12:00:00Z');
const arn = (kind: string, id: string) => `arn:aws:rds:eu-central-1:123456789012:${kind}:${id}`;
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
    expect(read(event).kind).toBe('dry-run');
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
    expect(read(event)).toMatchObject({ message: 'RDS-EVENT-0006 is about billing, not about orders' });
    expect(read(event, hostname)).toMatchObject({
      message: `RDS-EVENT-0006 is about billing, not about ${hostname.hostname}`,
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
    expect(read(event, { ...instance, id: 'Orders' }).kind).toBe('dry-run');
  });

  const clusterEvent = {
    'detail-type': 'RDS DB Cluster Event',
    resources: [arn('cluster', 'orders')],
    detail: { EventID: 'RDS-EVENT-0071' },
  };

  test('that is a cluster concerns a name that was configured with the cluster, never an instance of that name', () => {
    expect(read(clusterEvent, { ...hostname, id: 'orders' }).kind).toBe('dry-run');
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
      expect(read(event, database)).toMatchObject({ kind: 'dry-run', trigger: { kind: 'end' } });
    expect(read(event, hostname).kind).toBe('ignored');
  });

  test('whose ARN ends in a resource id is told by its identifier', () => {
    const ofInstance = (SourceIdentifier: string) => ({
      resources: [arn('db', 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ')],
      detail: restarted({ SourceIdentifier }),
    });
    for (const id of ['orders', 'ORDERS', 'rds:orders']) expect(read(ofInstance(id)).kind).toBe('dry-run');
    expect(read(ofInstance('billing'))).toMatchObject({ message: 'RDS-EVENT-0006 is about billing, not about orders' });
    expect(read(ofInstance('rds:orders-2'), cluster)).toMatchObject({ kind: 'if-member', instanceId: 'orders-2' });
    expect(read(ofInstance(''), cluster)).toMatchObject({ instanceId: 'db-abcdefghijklmnopqrstuvwxyz' });
    const ofCluster = {
      'detail-type': 'RDS DB Cluster Event',
      resources: [arn('cluster', 'cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ')],
      detail: { EventID: 'RDS-EVENT-0071', SourceIdentifier: 'rds:orders' },
    };
    expect(read(ofCluster, cluster).kind).toBe('dry-run');
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
      expect(read(event(more), named)).toMatchObject({ kind: 'dry-run', trigger: { kind: 'check' } });
    });

    test.each([
      ['checkout.proxy-abc.eu-central-1.rds.amazonaws.com', 'checkout'],
      ['Checkout.Proxy-abc.eu-central-1.RDS.amazonaws.com.', 'CHECKOUT'],
      ['checkout.proxy-abc.rds.cn-northwest-1.amazonaws.com.cn', 'checkout'],
      ['checkout.proxy-abc.eusc-de-east-1.rds.amazonaws.eu', 'checkout'],
      ['checkout-ro.endpoint.proxy-abc.eu-central-1.rds.amazonaws.com', 'checkout-ro'],
    ])('or of one of its endpoints is known by the followed name alone: %s', (name, source) => {
      expect(read(event({ source }), host(name)).kind).toBe('dry-run');
      expect(read(event({ message: `RDS modified endpoint ${source} of DB Proxy other.` }), host(name)).kind).toBe(
        'dry-run',
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
    'by %j is nobody',
    (message) => {
      expect(completed(message)).not.toHaveProperty('named');
    },
  );

  test('is nobody in any other event', () => {
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
    expect(triggerFrom(event, instance, now)).toEqual({ kind: 'dry-run', trigger: { kind: 'schedule', at: now } });
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
