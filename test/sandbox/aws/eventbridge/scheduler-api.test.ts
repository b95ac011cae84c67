import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { expect, test } from 'vitest';
import type { Sandbox } from '../../../../sandbox/sandbox.ts';
import { createQuietSandbox, settingsFor } from '../../../quiet-sandbox.ts';
import { shared } from '../../../shared.ts';

let sandbox: Sandbox;
let scheduler: SchedulerClient;
shared(
  async () => {
    sandbox = await createQuietSandbox({ speed: 50 });
    sandbox.eventBridge.schedule('orders-drift', 60_000, () => {});
    scheduler = new SchedulerClient(settingsFor(sandbox));
  },
  () => sandbox?.close(),
  60_000,
);

const named = { GroupName: 'orders-drift', Name: 'orders-drift' };
const target = {
  Arn: 'arn:aws:lambda:eu-central-1:123456789012:function:orders-drift',
  RoleArn: 'arn:aws:iam::1:role/r',
};
const whole = {
  ...named,
  ScheduleExpression: 'rate(1 minute)',
  FlexibleTimeWindow: { Mode: 'OFF' as const },
  Target: target,
};

test('a schedule is told as our stack makes it', async () => {
  expect(await scheduler.send(new GetScheduleCommand(named))).toMatchObject({
    ...whole,
    State: 'ENABLED',
    Arn: 'arn:aws:scheduler:eu-central-1:123456789012:schedule/orders-drift/orders-drift',
    Target: { Arn: target.Arn },
  });
});

test('an update gives all of it anew: without a state it is enabled, and what is required may not be left out', async () => {
  const state = async () => (await scheduler.send(new GetScheduleCommand(named))).State;
  await scheduler.send(new UpdateScheduleCommand({ ...whole, State: 'DISABLED' }));
  expect(await state()).toBe('DISABLED');
  expect(sandbox.eventBridge.rule('orders-drift')?.isEnabled).toBe(false);
  for (const field of ['ScheduleExpression', 'FlexibleTimeWindow', 'Target'])
    await expect(
      scheduler.send(new UpdateScheduleCommand({ ...whole, State: 'ENABLED', [field]: undefined })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  expect(await state()).toBe('DISABLED');
  await scheduler.send(new UpdateScheduleCommand(whole));
  expect(await state()).toBe('ENABLED');
});

test.each([
  ['another name', { Name: 'orders', GroupName: 'orders' }, 'ResourceNotFoundException'],
  ['the default group', { Name: 'orders-drift' }, 'ResourceNotFoundException'],
  ['a rule of the event bus', { Name: 'orders-rds', GroupName: 'orders-rds' }, 'ResourceNotFoundException'],
  ['a name that cannot be', { Name: 'orders drift', GroupName: 'orders-drift' }, 'ValidationException'],
])('%s is not found', async (_, input, name) => {
  await expect(scheduler.send(new GetScheduleCommand(input))).rejects.toMatchObject({ name });
});
