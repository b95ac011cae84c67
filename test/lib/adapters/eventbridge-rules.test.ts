import { DescribeRuleCommand, EventBridgeClient, ListRuleNamesByTargetCommand } from '@aws-sdk/client-eventbridge';
import { GetScheduleCommand, ResourceNotFoundException, SchedulerClient } from '@aws-sdk/client-scheduler';
import { beforeEach, describe, expect, test } from 'vitest';
import { createEventBridgeRules } from '../../../lib/adapters/eventbridge-rules.ts';
import { known } from '../../../lib/doctor/reading.ts';
import { expectCut, mocked, refusal, region, run, unreadable } from './mocks.ts';

const [events, scheduler] = [mocked(EventBridgeClient), mocked(SchedulerClient)];

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
    events.on(DescribeRuleCommand, { Name: 'b' }).resolves({ State: 'DISABLED' });
    expect(await rulesThatWake('arn')).toStrictEqual(
      known([
        { name: 'a', state: 'ENABLED', schedule: 'rate(1 minute)' },
        { name: 'b', state: 'DISABLED' },
      ]),
    );
    expectCut(events.calls());
    events.on(ListRuleNamesByTargetCommand).resolves({ RuleNames: [] });
    expect(await rulesThatWake('arn')).toEqual(known([]));
  });

  test('are neither missing nor disabled because an answer holds nothing', async () => {
    events.on(ListRuleNamesByTargetCommand).resolves({});
    expect(await rulesThatWake('arn')).toMatchObject(unreadable('ListRuleNamesByTarget gave no list'));
    events.on(ListRuleNamesByTargetCommand).resolves({ RuleNames: ['a'] });
    events.on(DescribeRuleCommand).resolves({});
    expect(await rulesThatWake('arn')).toMatchObject(unreadable('DescribeRule gave no state'));
    events.on(DescribeRuleCommand).resolves({ State: 'ENABLED' });
    scheduler.on(GetScheduleCommand).resolves({ Target: { Arn: 'arn', RoleArn: 'r' } });
    expect(await rulesThatWake('arn')).toMatchObject(unreadable('GetSchedule gave no state'));
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
    scheduler.on(GetScheduleCommand).resolves({});
    expect(await wakers()).toEqual(known([]));
  });

  test('is told though the reply leaves out its rate', async () => {
    scheduler.on(GetScheduleCommand).resolves({ State: 'ENABLED', Target: { Arn: functionArn, RoleArn: 'r' } });
    expect(await wakers()).toEqual(
      known([{ name: 'orders-drift', state: 'ENABLED', schedule: '', group: 'orders-drift' }]),
    );
  });

  test('is unknown to a role that may not read it, and so is whether the function is woken', async () => {
    scheduler.on(GetScheduleCommand).rejects(refusal);
    expect(await wakers()).toEqual({ kind: 'denied', action: 'scheduler:GetSchedule' });
  });
});
