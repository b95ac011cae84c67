import { home } from '../../world/network.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type Json, type JsonService, targetRoute } from '../wire/json.ts';
import { paginate } from '../wire/params.ts';
import type { EventBridge, RuleState } from './eventbridge.ts';

const { region, account } = home;

const shown = ({ name, isEnabled, pattern }: RuleState) => ({
  Name: name,
  Arn: `arn:aws:events:${region}:${account}:rule/${name}`,
  EventBusName: 'default',
  State: isEnabled ? 'ENABLED' : 'DISABLED',
  EventPattern: JSON.stringify(pattern),
});

const invalid = (message: string) => new AwsError('ValidationException', message);

function onDefaultBus(name: unknown): void {
  if (name !== 'default' && !String(name).endsWith(':event-bus/default'))
    throw new AwsError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
}

function pageOf<T>(items: readonly T[], token: unknown, limit: unknown = 100) {
  if (!Number.isInteger(limit) || Number(limit) < 1 || Number(limit) > 100)
    throw invalid(
      `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value between 1 and 100`,
    );
  const marker = token === undefined ? undefined : String(token);
  return paginate(items, {
    marker,
    pageSize: Number(limit),
    min: 1,
    max: 100,
    badMarker: () => invalid('Invalid token.'),
  });
}

/** The rule that a request names. */
function ruleOf({ Name, EventBusName = 'default' }: Json, eventBridge: EventBridge): RuleState {
  const name = String(Name ?? '');
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(name))
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`,
    );
  onDefaultBus(EventBusName);
  const rule = eventBridge.rules().find((one) => one.name === name);
  if (!rule) throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
  return rule;
}

/** EventBridge's own API over the rules of the sandbox. */
export const createEventsApi = (eventBridge: EventBridge): JsonService => ({
  source: 'eventbridge',
  permissions: 'events',
  route: targetRoute('AWSEvents'),
  operations: {
    ListRuleNamesByTarget: ({ TargetArn, EventBusName = 'default', NextToken, Limit }) => {
      if (!/^arn:aws[a-z-]*:[a-z0-9-]+:/.test(String(TargetArn)))
        throw invalid(`Parameter TargetArn is not valid. Reason: Provided Arn is not in correct format.`);
      onDefaultBus(EventBusName);
      const rules = eventBridge.rules().filter(({ targetArn }) => targetArn === TargetArn);
      const { items, nextMarker } = pageOf(
        rules.map(({ name }) => name),
        NextToken,
        Limit,
      );
      return { body: { RuleNames: items, ...(nextMarker ? { NextToken: nextMarker } : {}) } };
    },
    ListRules: ({ NamePrefix = '', EventBusName = 'default', NextToken, Limit }) => {
      onDefaultBus(EventBusName);
      const rules = eventBridge.rules().filter(({ name }) => name.startsWith(String(NamePrefix)));
      const { items, nextMarker } = pageOf(rules, NextToken, Limit);
      return { body: { Rules: items.map(shown), ...(nextMarker ? { NextToken: nextMarker } : {}) } };
    },
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
