import { DescribeRuleCommand, type EventBridgeClient, ListRuleNamesByTargetCommand } from '@aws-sdk/client-eventbridge';
import { GetScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { andThen, known, type Reading, read } from '../doctor/reading.ts';
import type { Instruments, WakingRule } from '../doctor/surroundings.ts';
import { noAnswer } from '../errors.ts';
import { listOf } from './asked.ts';

type Clients = { readonly rules: EventBridgeClient; readonly schedules: SchedulerClient };

/**
 * What wakes a function: the rules of the default event bus that have it as their target, and the schedule of EventBridge Scheduler that
 * has its name, in the group of that name (infra/reconciler/triggers.ts): Scheduler does not list schedules by their target.
 */
export const createEventBridgeRules = (
  clients: Clients,
  abortSignal?: AbortSignal,
): Pick<Instruments, 'rulesThatWake'> => ({
  rulesThatWake: async (functionArn) => {
    const rules = await rulesOf(clients.rules, functionArn, abortSignal);
    return andThen(rules, async (found) =>
      andThen(await scheduleOf(clients.schedules, functionArn, abortSignal), async (schedules) =>
        known([...found, ...schedules]),
      ),
    );
  },
});

async function rulesOf(
  client: EventBridgeClient,
  functionArn: string,
  abortSignal?: AbortSignal,
): Promise<Reading<readonly WakingRule[]>> {
  const names = await read('events:ListRuleNamesByTarget', async () => {
    const reply = await client.send(new ListRuleNamesByTargetCommand({ TargetArn: functionArn }), { abortSignal });
    return listOf('ListRuleNamesByTarget', reply.RuleNames);
  });
  return andThen(names, (found) =>
    read('events:DescribeRule', () =>
      Promise.all(
        found.map(async (name) => {
          const { State, ScheduleExpression } = await client.send(new DescribeRuleCommand({ Name: name }), {
            abortSignal,
          });
          return {
            name,
            state: stateIn('DescribeRule', State),
            ...(ScheduleExpression ? { schedule: ScheduleExpression } : {}),
          };
        }),
      ),
    ),
  );
}

/** One whose state is not told is not disabled. */
function stateIn(call: string, state: string | undefined): string {
  if (!state) throw noAnswer(`${call} gave no state`);
  return state;
}

const scheduleOf = (
  client: SchedulerClient,
  functionArn: string,
  abortSignal?: AbortSignal,
): Promise<Reading<readonly WakingRule[]>> =>
  read('scheduler:GetSchedule', async () => {
    const name = functionArn.split(':')[6];
    try {
      const command = new GetScheduleCommand({ GroupName: name, Name: name });
      const { State, ScheduleExpression, Target } = await client.send(command, { abortSignal });
      // A schedule of this name that wakes something else is not ours.
      if (Target?.Arn !== functionArn) return [];
      return [
        { name: `${name}`, state: stateIn('GetSchedule', State), schedule: ScheduleExpression ?? '', group: `${name}` },
      ];
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return [];
      throw error;
    }
  });
