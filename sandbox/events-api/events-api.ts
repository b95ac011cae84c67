import type { EventBridge, RuleState } from '../eventbridge.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type JsonService, targetRoute } from '../wire/json.ts';

const region = 'eu-central-1';
const account = '123456789012';

const shown = ({ name, isEnabled, schedule }: RuleState) => ({
  Name: name,
  Arn: `arn:aws:events:${region}:${account}:rule/${name}`,
  EventBusName: 'default',
  State: isEnabled ? 'ENABLED' : 'DISABLED',
  ...(schedule ? { ScheduleExpression: schedule } : { EventPattern: '{"source":["aws.rds"]}' }),
});

/** EventBridge's own API over the rules of the sandbox. */
export const createEventsApi = (eventBridge: EventBridge): JsonService => ({
  source: 'eventbridge',
  route: targetRoute('AWSEvents'),
  operations: {
    ListRuleNamesByTarget: ({ TargetArn }) => ({
      body: {
        RuleNames: eventBridge
          .rules()
          .filter(({ targetArn }) => targetArn === TargetArn)
          .map(({ name }) => name),
      },
    }),
    DescribeRule: ({ Name }) => {
      const rule = eventBridge.rule(String(Name));
      if (!rule) throw new AwsError('ResourceNotFoundException', `Rule ${Name} does not exist on EventBus default.`);
      return { body: shown(rule) };
    },
  },
});
