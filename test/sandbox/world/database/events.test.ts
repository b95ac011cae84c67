import { describe, expect, test } from 'vitest';
import { EVENT_CATALOGUE } from '../../../../sandbox/world/database/event-catalogue.ts';
import { rdsEvents, scheduledEvent } from '../../../../sandbox/world/database/events.ts';
import { createRandom } from '../../../../sandbox/world/database/random.ts';

const date = new Date('2026-03-01T09:00:00.123Z');
const build = rdsEvents({ region: 'eu-central-1', account: '123456789012', random: createRandom(1) });

describe('an RDS event', () => {
  test('has the envelope and the detail that EventBridge delivers', () => {
    const event = build('RDS-EVENT-0049', { source: 'orders', date });
    expect(event).toMatchObject({
      version: '0',
      'detail-type': 'RDS DB Instance Event',
      source: 'aws.rds',
      account: '123456789012',
      time: '2026-03-01T09:00:00Z',
      region: 'eu-central-1',
      resources: ['arn:aws:rds:eu-central-1:123456789012:db:orders'],
    });
    expect(event.detail).toEqual({
      EventCategories: ['failover'],
      SourceType: 'DB_INSTANCE',
      SourceArn: 'arn:aws:rds:eu-central-1:123456789012:db:orders',
      Date: '2026-03-01T09:00:00.123Z',
      Message: 'Multi-AZ instance failover completed.',
      SourceIdentifier: 'orders',
      EventID: 'RDS-EVENT-0049',
    });
    expect(event.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test.each([
    ['RDS-EVENT-0071', 'orders', 'RDS DB Cluster Event', 'CLUSTER', 'cluster:orders'],
    ['RDS-EVENT-0251', 'bgd-1', 'RDS Blue Green Deployment Event', 'BLUE_GREEN_DEPLOYMENT', 'deployment:bgd-1'],
    ['RDS-EVENT-0207', 'pool', 'RDS DB Proxy Event', 'DB_PROXY', 'db-proxy:pool'],
  ])('%s names its kind of source in type, source type and ARN', (id, source, detailType, sourceType, resource) => {
    const event = build(id, { source, date });
    expect(event['detail-type']).toBe(detailType);
    expect(event.detail.SourceType).toBe(sourceType);
    expect(event.resources).toEqual([`arn:aws:rds:eu-central-1:123456789012:${resource}`]);
  });

  test('names in its message what it is about', () => {
    const values = { blue: 'orders', green: 'orders-green-1' };
    const { detail } = build('RDS-EVENT-0247', { source: 'bgd-1', date, values });
    expect(detail.Message).toBe('Switchover from orders to orders-green-1 started.');
  });

  test('may carry the prefix that some of the samples of AWS have, beside the right ARN', () => {
    const { detail, resources } = build('RDS-EVENT-0013', { source: 'orders', date, sourceIdentifier: 'rds:orders' });
    expect(detail.SourceIdentifier).toBe('rds:orders');
    expect(resources).toEqual(['arn:aws:rds:eu-central-1:123456789012:db:orders']);
  });

  test('exists for every id of the catalogue, with no gap in its message', () => {
    const values = { source: 'a', message: 'b', blue: 'c', green: 'd' };
    for (const id of EVENT_CATALOGUE.keys()) {
      expect(build(id, { source: 'orders', date, values }).detail.Message).not.toMatch(/[{}]/);
    }
  });

  test('is refused for an id that is not in the catalogue', () => {
    expect(() => build('RDS-EVENT-9999', { source: 'orders', date })).toThrow('RDS-EVENT-9999');
  });
});

test('a scheduled event carries the ARN of its schedule and no detail', () => {
  expect(scheduledEvent('arn:aws:scheduler:eu-west-1:111122223333:schedule/drift/drift', date)).toMatchObject({
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    region: 'eu-west-1',
    account: '111122223333',
    time: '2026-03-01T09:00:00Z',
    resources: ['arn:aws:scheduler:eu-west-1:111122223333:schedule/drift/drift'],
    detail: {},
  });
});
