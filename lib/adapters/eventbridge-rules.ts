import { DescribeRuleCommand, type EventBridgeClient, ListRuleNamesByTargetCommand } from '@aws-sdk/client-eventbridge';
import { andThen, read } from '../doctor/reading.ts';
import type { Instruments } from '../doctor/surroundings.ts';

/** The rules of the default event bus that have a function as their target. */
export const createEventBridgeRules = (
  client: EventBridgeClient,
  abortSignal?: AbortSignal,
): Pick<Instruments, 'rulesThatWake'> => ({
  rulesThatWake: async (functionArn) => {
    const names = await read('events:ListRuleNamesByTarget', async () => {
      const reply = await client.send(new ListRuleNamesByTargetCommand({ TargetArn: functionArn }), { abortSignal });
      return reply.RuleNames ?? [];
    });
    return andThen(names, (found) =>
      read('events:DescribeRule', () =>
        Promise.all(
          found.map(async (name) => {
            const { State, ScheduleExpression } = await client.send(new DescribeRuleCommand({ Name: name }), {
              abortSignal,
            });
            return { name, state: State ?? 'unknown', ...(ScheduleExpression ? { schedule: ScheduleExpression } : {}) };
          }),
        ),
      ),
    );
  },
});
