import { home } from '../../world/network.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { HttpRequest } from '../wire/http.ts';
import { type Json, type JsonService, jsonBody } from '../wire/json.ts';
import type { EventBridge, RuleState } from './eventbridge.ts';

const { region, account } = home;
const created = Date.UTC(2026, 0, 1) / 1000;

/** A schedule as our CDK makes it (infra/reconciler/triggers.ts): in a group of its own name. */
const shown = ({ name, schedule, targetArn, isEnabled }: RuleState) => ({
  Arn: `arn:aws:scheduler:${region}:${account}:schedule/${name}/${name}`,
  GroupName: name,
  Name: name,
  ScheduleExpression: schedule,
  ScheduleExpressionTimezone: 'UTC',
  State: isEnabled ? 'ENABLED' : 'DISABLED',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: {
    Arn: targetArn,
    RoleArn: `arn:aws:iam::${account}:role/${name}-schedule`,
    RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
  },
  ActionAfterCompletion: 'NONE',
  CreationDate: created,
  LastModificationDate: created,
});

const refused = (message: string) => new AwsError('ValidationException', message);

function checkName(field: string, value: unknown): string {
  const text = String(value);
  if (!/^[0-9a-zA-Z\-_.]{1,64}$/.test(text))
    throw refused(
      `1 validation error detected: Value '${text}' at '${field}' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9a-zA-Z-_.]+`,
    );
  return text;
}

function scheduleOf({ Name, GroupName = 'default' }: Json, eventBridge: EventBridge): RuleState {
  const name = checkName('name', Name);
  const group = checkName('groupName', GroupName);
  const found = eventBridge.rule(name);
  if (!found?.schedule || group !== name)
    throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, { status: 404 });
  return found;
}

/** Replaces the whole schedule: what the request leaves out gets its default, the state included. */
function update(input: Json, eventBridge: EventBridge) {
  for (const field of ['FlexibleTimeWindow', 'ScheduleExpression', 'Target'])
    if (input[field] === undefined)
      throw refused(
        `1 validation error detected: Value null at '${field.charAt(0).toLowerCase()}${field.slice(1)}' failed to satisfy constraint: Member must not be null`,
      );
  const { State = 'ENABLED', ScheduleExpression, Target } = input;
  if (State !== 'ENABLED' && State !== 'DISABLED')
    throw refused(
      `1 validation error detected: Value '${State}' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED]`,
    );
  const found = scheduleOf(input, eventBridge);
  if (ScheduleExpression !== found.schedule || (Target as Json).Arn !== found.targetArn)
    throw refused('The sandbox changes the state of a schedule, and neither its expression nor its target.');
  found.isEnabled = State === 'ENABLED';
  return { ScheduleArn: shown(found).Arn };
}

const actions: Readonly<Record<string, (http: HttpRequest) => { action: string; input: Json }>> = {
  GET: ({ query }) => ({ action: 'GetSchedule', input: { GroupName: query.get('groupName') ?? undefined } }),
  PUT: (http) => ({ action: 'UpdateSchedule', input: jsonBody(http) }),
};

/** EventBridge Scheduler's API. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html, API_UpdateSchedule.html */
export const createSchedulerApi = (eventBridge: EventBridge): JsonService => ({
  source: 'eventbridge',
  permissions: 'scheduler',
  route(http) {
    const name = /^\/schedules\/([^/]+)$/.exec(http.path)?.[1];
    const routed = name === undefined ? undefined : actions[http.method]?.(http);
    return routed && { ...routed, input: { ...routed.input, Name: name } };
  },
  operations: {
    GetSchedule: (input) => ({ body: shown(scheduleOf(input, eventBridge)) }),
    UpdateSchedule: (input) => ({ body: update(input, eventBridge) }),
  },
});
