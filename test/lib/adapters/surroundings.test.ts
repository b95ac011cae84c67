import { DescribeSecurityGroupsCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeRuleCommand, EventBridgeClient, ListRuleNamesByTargetCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, ResourceNotFoundException, SchedulerClient } from '@aws-sdk/client-scheduler';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createEc2Network } from '../../../lib/adapters/ec2-network.ts';
import { createEventBridgeRules } from '../../../lib/adapters/eventbridge-rules.ts';
import { createLambdaPlace } from '../../../lib/adapters/lambda-place.ts';
import { known } from '../../../lib/doctor/reading.ts';

const region = { region: 'eu-central-1' };
const run = new AbortController().signal;
const refusal = Object.assign(new Error('no'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
const [ec2, events, lambda] = [mockClient(EC2Client), mockClient(EventBridgeClient), mockClient(LambdaClient)];
const scheduler = mockClient(SchedulerClient);
const mocks = [ec2, events, lambda, scheduler];

beforeEach(() => {
  for (const mock of mocks) mock.reset();
});
afterAll(() => {
  for (const mock of mocks) mock.restore();
});
/** Every call of a run is cut when the run is. */
const expectCut = (calls: readonly { args: unknown[] }[]) => {
  expect(calls.length).toBeGreaterThan(0);
  for (const { args } of calls) expect(args[1]).toEqual({ abortSignal: run });
};

describe('security groups and subnets', () => {
  const network = () => createEc2Network(new EC2Client(region), run);

  test('are known by their ids, rule by rule', async () => {
    ec2.on(DescribeSecurityGroupsCommand, { GroupIds: ['sg-1', 'sg-2'] }).resolves({
      SecurityGroups: [
        {
          GroupId: 'sg-1',
          IpPermissions: [
            {
              IpProtocol: 'tcp',
              FromPort: 1,
              ToPort: 2,
              IpRanges: [{ CidrIp: '10.0.0.0/8' }, {}],
              Ipv6Ranges: [{ CidrIpv6: 'fd00::/8' }, {}],
              UserIdGroupPairs: [{ GroupId: 'sg-9' }, {}],
              PrefixListIds: [{ PrefixListId: 'pl-1' }, {}],
            },
          ],
          IpPermissionsEgress: [{}],
        },
        {},
      ],
    });
    const none = { cidrs: [], groupIds: [], prefixListIds: [] };
    const given = { cidrs: ['10.0.0.0/8', 'fd00::/8'], groupIds: ['sg-9'], prefixListIds: ['pl-1'] };
    expect(await network().securityGroups(['sg-1', 'sg-2'])).toStrictEqual(
      known(
        new Map([
          [
            'sg-1',
            {
              id: 'sg-1',
              ingress: [{ protocol: 'tcp', fromPort: 1, toPort: 2, ...given }],
              egress: [{ protocol: '-1', ...none }],
            },
          ],
          ['', { id: '', ingress: [], egress: [] }],
        ]),
      ),
    );
    ec2.on(DescribeSubnetsCommand, { SubnetIds: ['s1'] }).resolves({
      Subnets: [{ SubnetId: 's1', AvailabilityZone: 'z1', CidrBlock: '10.0.1.0/24' }, {}],
    });
    expect(await network().subnets(['s1'])).toEqual(
      known(
        new Map([
          ['s1', { id: 's1', zone: 'z1', cidrs: ['10.0.1.0/24'] }],
          ['', { id: '', zone: '', cidrs: [] }],
        ]),
      ),
    );
    expectCut(ec2.calls());
  });

  test('are asked for by id only, never all of the account', async () => {
    expect([await network().securityGroups([]), await network().subnets([])]).toEqual([
      known(new Map()),
      known(new Map()),
    ]);
    expect(ec2.calls()).toEqual([]);
  });

  test('that the API leaves out, or keeps to itself, are not there', async () => {
    ec2.on(DescribeSecurityGroupsCommand).resolves({}).on(DescribeSubnetsCommand).resolves({});
    expect([await network().securityGroups(['x']), await network().subnets(['x'])]).toEqual([
      known(new Map()),
      known(new Map()),
    ]);
    ec2.on(DescribeSecurityGroupsCommand).rejects(refusal).on(DescribeSubnetsCommand).rejects(refusal);
    expect([await network().securityGroups(['x']), await network().subnets(['x'])]).toEqual([
      { kind: 'denied', action: 'ec2:DescribeSecurityGroups' },
      { kind: 'denied', action: 'ec2:DescribeSubnets' },
    ]);
  });
});

describe('the rules that wake a function', () => {
  const rulesThatWake = (arn: string) =>
    createEventBridgeRules(
      { rules: new EventBridgeClient(region), schedules: new SchedulerClient(region) },
      run,
    ).rulesThatWake(arn);
  const none = new ResourceNotFoundException({ message: 'no', Message: 'no', $metadata: {} });
  beforeEach(() => void scheduler.on(GetScheduleCommand).rejects(none));

  test('are told with their state and schedule', async () => {
    events.on(ListRuleNamesByTargetCommand, { TargetArn: 'arn' }).resolves({ RuleNames: ['a', 'b'] });
    events.on(DescribeRuleCommand, { Name: 'a' }).resolves({ State: 'ENABLED', ScheduleExpression: 'rate(1 minute)' });
    events.on(DescribeRuleCommand, { Name: 'b' }).resolves({});
    expect(await rulesThatWake('arn')).toStrictEqual(
      known([
        { name: 'a', state: 'ENABLED', schedule: 'rate(1 minute)' },
        { name: 'b', state: 'unknown' },
      ]),
    );
    expectCut(events.calls());
    events.on(ListRuleNamesByTargetCommand).resolves({});
    expect(await rulesThatWake('arn')).toEqual(known([]));
  });

  test('need both permissions', async () => {
    events
      .on(ListRuleNamesByTargetCommand)
      .resolves({ RuleNames: ['a'] })
      .on(DescribeRuleCommand)
      .rejects(refusal);
    expect(await rulesThatWake('arn')).toEqual({ kind: 'denied', action: 'events:DescribeRule' });
    events.on(ListRuleNamesByTargetCommand).rejects(refusal);
    expect(await rulesThatWake('arn')).toEqual({ kind: 'denied', action: 'events:ListRuleNamesByTarget' });
  });
});

describe('the schedule that wakes a function', () => {
  const functionArn = 'arn:aws:lambda:eu-central-1:123456789012:function:orders-drift';
  const clients = () => ({ rules: new EventBridgeClient(region), schedules: new SchedulerClient(region) });
  const wakers = () => createEventBridgeRules(clients(), run).rulesThatWake(functionArn);
  const named = { GroupName: 'orders-drift', Name: 'orders-drift' };
  beforeEach(() => void events.on(ListRuleNamesByTargetCommand).resolves({ RuleNames: [] }));

  test('has its name, in the group of that name, beside the rules', async () => {
    events.on(ListRuleNamesByTargetCommand).resolves({ RuleNames: ['a'] });
    events.on(DescribeRuleCommand).resolves({ State: 'ENABLED' });
    scheduler.on(GetScheduleCommand, named).resolves({
      State: 'DISABLED',
      ScheduleExpression: 'rate(1 minute)',
      Target: { Arn: functionArn, RoleArn: 'r' },
    });
    expect(await wakers()).toStrictEqual(
      known([
        { name: 'a', state: 'ENABLED' },
        { name: 'orders-drift', state: 'DISABLED', schedule: 'rate(1 minute)', group: 'orders-drift' },
      ]),
    );
    expectCut(scheduler.calls());
  });

  test('is none where there is none of that name, or it wakes something else', async () => {
    scheduler
      .on(GetScheduleCommand)
      .rejects(new ResourceNotFoundException({ message: 'no', Message: 'no', $metadata: {} }));
    expect(await wakers()).toEqual(known([]));
    scheduler.on(GetScheduleCommand).resolves({ State: 'ENABLED', Target: { Arn: `${functionArn}-2`, RoleArn: 'r' } });
    expect(await wakers()).toEqual(known([]));
  });

  test('is unknown to a role that may not read it, and so is whether the function is woken', async () => {
    scheduler.on(GetScheduleCommand).rejects(refusal);
    expect(await wakers()).toEqual({ kind: 'denied', action: 'scheduler:GetSchedule' });
  });
});

describe('the place of a function', () => {
  const place = (arn: string) => createLambdaPlace(new LambdaClient(region), run).place(arn);
  const reply = (VpcConfig?: object) =>
    lambda
      .on(GetFunctionConfigurationCommand, { FunctionName: 'arn' })
      .resolves({ FunctionArn: 'arn', ...(VpcConfig ? { VpcConfig } : {}) });

  test('is in a VPC, or outside of any', async () => {
    reply({ VpcId: 'vpc-1', SubnetIds: ['s1'], SecurityGroupIds: ['sg-1'] });
    expect(await place('arn')).toEqual(known({ kind: 'vpc', subnetIds: ['s1'], securityGroupIds: ['sg-1'] }));
    reply({ VpcId: 'vpc-1' });
    expect(await place('arn')).toEqual(known({ kind: 'vpc', subnetIds: [], securityGroupIds: [] }));
    for (const outside of [undefined, { VpcId: '', SubnetIds: [] }]) {
      reply(outside);
      expect(await place('arn')).toEqual(known({ kind: 'outside' }));
    }
    expectCut(lambda.calls());
  });

  test('is not "outside" because an answer says nothing', async () => {
    lambda.on(GetFunctionConfigurationCommand).resolves({});
    expect(await place('arn')).toEqual({
      kind: 'unreadable',
      action: 'lambda:GetFunctionConfiguration',
      message: 'Error: GetFunctionConfiguration gave no function',
    });
  });
});
