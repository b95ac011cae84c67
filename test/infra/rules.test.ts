import { describe, expect, test } from 'vitest';
import { FollowedDatabase } from '../../infra/followed-database.ts';
import { catalogue, eventId, triggerFrom } from '../../lib/rds-events.ts';
import { EVENT_CATALOGUE } from '../../sandbox/database/event-catalogue.ts';
import { rdsEvents, scheduledEvent } from '../../sandbox/database/events.ts';
import { createRandom } from '../../sandbox/database/random.ts';
import type { EventBridgeEvent } from '../../sandbox/types.ts';
import { account, reconcilerTemplate, region, resolved, resource, resourcesOf } from './reconciler-rig.ts';

const date = new Date('2026-11-03T04:05:06.789Z');
const build = rdsEvents({ region, account, random: createRandom(1) });

const databases = {
  instance: FollowedDatabase.instance({ instanceIdentifier: 'orders' }),
  cluster: FollowedDatabase.cluster({ clusterIdentifier: 'orders' }),
  proxy: FollowedDatabase.hostname({
    hostname: 'orders.proxy-abcdefghijkl.eu-central-1.rds.amazonaws.com',
    port: 5432,
  }),
  'host name with an identifier': FollowedDatabase.hostname({
    hostname: 'orders.example.com',
    port: 5432,
    identifier: 'orders',
  }),
};
type Kind = keyof typeof databases;

type Pattern = { readonly [field: string]: Pattern | readonly string[] };

const patterns = Object.fromEntries(
  Object.entries(databases).map(([kind, database]) => [
    kind,
    resourcesOf(reconcilerTemplate({ database }), 'AWS::Events::Rule')
      .map(([, { Properties }]) => resolved(Properties.EventPattern) as Pattern | undefined)
      .filter((pattern) => pattern !== undefined),
  ]),
);
const patternsOf = (kind: Kind): readonly Pattern[] => patterns[kind] ?? [];

/**
 * EventBridge's rule for the one operator that our patterns use: a field matches when it, or one item of it, equals one of the listed
 * strings. Any other operator fails the test.
 */
function matches(pattern: Pattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    const value = (event as Record<string, unknown> | undefined)?.[field];
    if (field.startsWith('$')) throw new Error(`${field} is not an operator that this test knows`);
    if (!Array.isArray(wanted)) return matches(wanted as Pattern, value);
    if (wanted.length === 0 || wanted.some((item) => typeof item !== 'string'))
      throw new Error(`${JSON.stringify(wanted)} is not an operator that this test knows`);
    return [value].flat().some((item) => typeof item === 'string' && wanted.includes(item));
  });
}

const isMatched = (kind: Kind, event: EventBridgeEvent) => patternsOf(kind).some((pattern) => matches(pattern, event));

const typeOf = {
  DB_INSTANCE: 'RDS DB Instance Event',
  CLUSTER: 'RDS DB Cluster Event',
  BLUE_GREEN_DEPLOYMENT: 'RDS Blue Green Deployment Event',
  DB_PROXY: 'RDS DB Proxy Event',
} as const;

/** The ids that the functions look at, by the type of their event. */
const idsOf = (type: string): string[] =>
  Object.values(catalogue[type] ?? {})
    .flat()
    .map(eventId);

/** The catalogue's events that the sandbox can build; each as AWS writes it. */
const eventsOf = (type: string, source: string): EventBridgeEvent[] =>
  idsOf(type)
    .filter((id) => EVENT_CATALOGUE.has(id))
    .map((id) => build(id, { source, date }));

const sees: Record<Kind, readonly string[]> = {
  instance: [typeOf.DB_INSTANCE, typeOf.BLUE_GREEN_DEPLOYMENT],
  cluster: [typeOf.CLUSTER, typeOf.DB_INSTANCE, typeOf.BLUE_GREEN_DEPLOYMENT],
  proxy: [typeOf.DB_PROXY],
  'host name with an identifier': [typeOf.DB_INSTANCE, typeOf.CLUSTER, typeOf.BLUE_GREEN_DEPLOYMENT],
};

describe.each(Object.keys(databases) as Kind[])('the rules for: %s,', (kind) => {
  test.each(Object.values(typeOf))('let through each catalogued event of its own, and no other kind: %s', (type) => {
    const source = type === typeOf.BLUE_GREEN_DEPLOYMENT ? 'bgd-0123456789abcdef0' : 'orders';
    const events = eventsOf(type, source);
    expect(events.length).toBeGreaterThan(0);
    const expected = sees[kind].includes(type);
    for (const event of events) expect(isMatched(kind, event), String(event.detail.EventID)).toBe(expected);
  });

  test("let nothing through of another database, but for a cluster's instances, which only the topology knows", () => {
    const isCluster = kind === 'cluster';
    for (const event of eventsOf(typeOf.DB_INSTANCE, 'billing')) expect(isMatched(kind, event)).toBe(isCluster);
    for (const event of eventsOf(typeOf.CLUSTER, 'billing')) expect(isMatched(kind, event)).toBe(false);
    for (const event of eventsOf(typeOf.DB_PROXY, 'billing')) expect(isMatched(kind, event)).toBe(false);
  });

  test('see the database by its ARN, though the event names it with a prefix', () => {
    const type = sees[kind][0] ?? '';
    const [id = ''] = idsOf(type);
    const event = build(id, { source: 'orders', date, sourceIdentifier: 'rds:orders' });
    expect(isMatched(kind, event)).toBe(kind !== 'proxy');
  });

  test('let nothing through that the functions do not look at', () => {
    for (const id of EVENT_CATALOGUE.keys()) {
      const event = build(id, { source: 'orders', date });
      if (idsOf(event['detail-type']).includes(id)) continue;
      expect(isMatched(kind, event), id).toBe(false);
    }
    expect(isMatched(kind, scheduledEvent(`arn:aws:events:${region}:${account}:rule/orders`, date))).toBe(false);
  });

  test('let nothing through of other accounts of the organisation, other services and other detail types', () => {
    const [event] = eventsOf(sees[kind][0] ?? '', 'orders');
    expect(event && isMatched(kind, event)).toBe(true);
    expect(isMatched(kind, { ...event, source: 'aws.docdb' } as EventBridgeEvent)).toBe(false);
    expect(isMatched(kind, { ...event, 'detail-type': 'RDS DB Snapshot Event' } as EventBridgeEvent)).toBe(false);
  });

  test('name exactly the event ids of the catalogue', () => {
    for (const pattern of patternsOf(kind)) {
      const [type = ''] = pattern['detail-type'] as string[];
      expect((pattern.detail as Pattern).EventID).toEqual(idsOf(type).sort());
    }
  });

  test("stay below EventBridge's 2,048 characters", () => {
    for (const pattern of patternsOf(kind)) expect(JSON.stringify(pattern).length).toBeLessThan(2048);
  });
});

test('what a rule lets through of the own database, the function does not ignore', () => {
  const lookers = [
    ['instance', { name: 'orders', kind: 'instance', id: 'orders', role: 'writer' }],
    ['cluster', { name: 'orders', kind: 'cluster', id: 'orders', role: 'writer' }],
  ] as const;
  for (const [kind, database] of lookers)
    for (const event of sees[kind].flatMap((type) => eventsOf(type, 'orders')))
      expect(triggerFrom(event, database, date.getTime()).kind, String(event.detail.EventID)).not.toBe('ignored');
});

test('a followed host name without proxy or identifier has the schedule alone', () => {
  const database = FollowedDatabase.hostname({ hostname: 'db.example.com', port: 5432 });
  const rules = resourcesOf(reconcilerTemplate({ database }), 'AWS::Events::Rule');
  expect(rules.map(([, { Properties }]) => Properties.ScheduleExpression)).toEqual(['rate(1 minute)']);
});

describe('deliveries', () => {
  const template = reconcilerTemplate({ database: databases.cluster });
  const arnOf = (name: 'Failover' | 'Drift') => ({
    'Fn::GetAtt': [resource(template, 'AWS::Lambda::Function', `Reconciler${name}`)[0], 'Arn'],
  });
  const queue = { 'Fn::GetAtt': [resource(template, 'AWS::SQS::Queue', 'Reconciler')[0], 'Arn'] };

  test('of events go to the failover function, with retries, a maximum age and the dead-letter queue', () => {
    const rules = resourcesOf(template, 'AWS::Events::Rule').filter(([, { Properties }]) => Properties.EventPattern);
    expect(rules).toHaveLength(3);
    for (const [, { Properties }] of rules)
      expect(Properties.Targets).toEqual([
        expect.objectContaining({
          Arn: arnOf('Failover'),
          DeadLetterConfig: { Arn: queue },
          RetryPolicy: { MaximumEventAgeInSeconds: 900, MaximumRetryAttempts: 2 },
        }),
      ]);
  });

  test('of the schedule go to the drift function, which the next check retries', () => {
    const [, { Properties }] = resource(template, 'AWS::Events::Rule', 'ReconcilerSchedule');
    expect(Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      Targets: [
        {
          Arn: arnOf('Drift'),
          DeadLetterConfig: { Arn: queue },
          RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
        },
      ],
    });
  });

  test('are permitted to each rule by its ARN', () => {
    const rules = resourcesOf(template, 'AWS::Events::Rule').map(([id]) => id);
    const permitted = resourcesOf(template, 'AWS::Lambda::Permission').map(([, { Properties }]) => {
      expect(Properties).toMatchObject({ Principal: 'events.amazonaws.com', Action: 'lambda:InvokeFunction' });
      return Properties.SourceArn['Fn::GetAtt'][0];
    });
    expect(permitted.sort()).toEqual(rules.sort());
  });
});
