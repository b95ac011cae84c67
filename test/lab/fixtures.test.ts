import { describe, expect, test } from 'vitest';
import { withoutNames } from '../../lab/fixtures.ts';
import { triggerFrom } from '../../lib/events.ts';
import { outputs } from './rig.ts';

const event = {
  version: '0',
  id: '3f2504e0-4f89-11d3-9a0c-030512345678',
  'detail-type': 'RDS DB Instance Event',
  source: 'aws.rds',
  account: '998877665544',
  time: '2026-11-30T19:13:44Z',
  region: 'us-east-1',
  resources: ['arn:aws:rds:us-east-1:998877665544:db:lab-instance'],
  detail: {
    EventID: 'RDS-EVENT-0049',
    Message: 'Multi-AZ instance failover completed',
    SourceIdentifier: 'lab-instance',
  },
};
const group = 'arn:aws:elasticloadbalancing:us-east-1:998877665544:targetgroup/lab-a/0123456789abcdef';
const reply = {
  service: 'RDS',
  action: 'DescribeDBInstances',
  input: {},
  output: {
    DBInstanceIdentifier: 'lab-instance',
    DbiResourceId: 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    Endpoint: { Address: 'lab-instance.c9x8y7z6w5v4.us-east-1.rds.amazonaws.com', Port: 5432 },
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-0a1b2c3d4e5f60718' }, { VpcSecurityGroupId: 'sg-0a1b2c3d4e5f60718' }],
    TagList: [{ Key: 'owner', Value: 'a person' }],
    Target: { Id: '10.0.1.10', Port: 5432 },
  },
};

describe('what users may send', () => {
  const sent = withoutNames(
    { events: [event], replies: [reply, { ...reply, input: { TargetGroupArn: group } }] },
    outputs,
  );
  const text = JSON.stringify(sent);

  test('has no account, identifier, name or tag of theirs', () => {
    for (const theirs of [
      '998877665544',
      '3f2504e0',
      'ABCDEFGHIJ',
      'c9x8y7z6w5v4',
      '0a1b2c3d',
      '0123456789abcdef',
      'lab-instance',
      'a person',
    ])
      expect(text).not.toContain(theirs);
  });

  test('keeps what the words of AWS mean, and the same name for the same thing', () => {
    const [first] = sent.replies as [typeof reply];
    expect(first.output).toMatchObject({
      DBInstanceIdentifier: 'orders',
      DbiResourceId: expect.stringMatching(/^db-[A-Z0-9]{26}$/),
      Endpoint: { Address: 'orders.c1example.us-east-1.rds.amazonaws.com', Port: 5432 },
      Target: { Id: '10.0.1.10', Port: 5432 },
    });
    const [one, other] = first.output.VpcSecurityGroups;
    expect(one).toEqual(other);
    expect(one?.VpcSecurityGroupId).toMatch(/^sg-[0-9a-f]{17}$/);
    expect(sent.replies[1]?.input).toEqual({
      TargetGroupArn: expect.stringMatching(/:123456789012:targetgroup\/lab-a\/[0-9a-f]{16}$/),
    });
  });

  test('an event is one that the functions read', () => {
    expect(sent.events[0]).toMatchObject({ account: '123456789012', id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const database = { name: 'orders', kind: 'instance', id: 'orders', role: 'writer' } as const;
    expect(triggerFrom(sent.events[0], database, 0)).toMatchObject({ trigger: { eventId: 'RDS-EVENT-0049' } });
  });
});
