import type { EventBridge, RuleState } from '../eventbridge.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type Json, type JsonService, targetRoute } from '../wire/json.ts';

const region = 'eu-central-1';
const account = '123456789012';

const shown = ({ name, isEnabled, schedule }: RuleState) => ({
  Name: name,
  Arn: `arn:aws:events:${region}:${account}:rule/${name}`,
  EventBusName: 'default',
  State: isEnabled ? 'ENABLED' : 'DISABLED',
  ...(schedule ? { ScheduleExpression: schedule } : { EventPattern: '{"source":["aws.rds"]}' }),
});

/** The rule that a request names. */
function ruleOf({ Name, EventBusName = 'default' }: Json, eventBridge: EventBridge): RuleState {
  const name = String(Name ?? '');
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(name))
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`,
    );
  if (EventBusName !== 'default')
    throw new AwsError('ResourceNotFoundException', `Event bus ${EventBusName} does not exist.`);
  const rule = eventBridge.rule(name);
  if (!rule) throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
  return rule;
}

/** EventBridge's own API over the rules of the sandbox. */
export const createEventsApi = (eventBridge: EventBridge): JsonService => ({
  source: 'eventbridge',
  permissions: 'events',
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
    DescribeRule: (input) => ({ body: shown(ruleOf(input, eventBridge)) }),
    EnableRule: (input) => {
      ruleOf(input, eventBridge).isEnabled = true;
      return { body: '' };
    },
    DisableRule: (input) => {
      ruleOf(input, eventBridge).isEnabled = false;
      return { body: '' };
    },
  },
});
