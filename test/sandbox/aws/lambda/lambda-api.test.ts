import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { describe, expect, test, vi } from 'vitest';
import { matcher } from '../../../../sandbox/aws/lambda/logs-api.ts';
import type { Sandbox } from '../../../../sandbox/sandbox.ts';
import { createQuietSandbox, settingsFor } from '../../../quiet-sandbox.ts';
import { shared } from '../../../shared.ts';

let sandbox: Sandbox;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;

shared(
  async () => {
    sandbox = await createQuietSandbox();
    lambda = new LambdaClient(settingsFor(sandbox));
    logs = new CloudWatchLogsClient(settingsFor(sandbox));
  },
  () => sandbox?.close(),
);

const invoke = (functionName: string, payload = '{"action":"status"}') =>
  lambda.send(new InvokeCommand({ FunctionName: functionName, Payload: payload, LogType: 'Tail' }));

describe("Lambda's API in the sandbox", () => {
  test('invokes a function by name and by ARN, and gives what the handler returned and wrote', async () => {
    for (const name of ['orders-drift', 'arn:aws:lambda:eu-central-1:123456789012:function:orders-drift']) {
      const { StatusCode, FunctionError, Payload, LogResult } = await invoke(name);
      expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: undefined });
      expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({ database: 'orders', outcome: 'in-sync' });
      expect(Buffer.from(LogResult ?? '', 'base64').toString()).toContain('in-sync');
    }
  });

  test('tells a thrown fault by the header and the payload, with status 200', async () => {
    const { StatusCode, FunctionError, Payload } = await invoke('orders-drift', '{"action":"dance"}');
    expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({ errorType: 'ReconcileError' });
  });

  test('knows no function by another name, nor in another Region', async () => {
    await expect(invoke('orders-drifft')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const elsewhere = new LambdaClient(settingsFor(sandbox, 'eu-west-1'));
    await expect(
      elsewhere.send(new GetFunctionConfigurationCommand({ FunctionName: 'orders-drift' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException', message: expect.stringContaining(':eu-west-1:') });
  });

  test("gives a function's configuration, environment included", async () => {
    const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'orders-failover' }));
    expect(found.Environment?.Variables).toEqual(sandbox.environment);
  });

  test('refuses and hangs up as the injected faults say', async () => {
    const remove = sandbox.faults.add({ action: 'Invoke', kind: 'error', code: 'AccessDeniedException', status: 403 });
    await expect(invoke('orders-drift')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    remove();
    sandbox.faults.add({ action: 'Invoke', kind: 'reset', times: 1 });
    await expect(invoke('orders-drift')).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) });
  });

  test('stands at one address with the Query APIs', async () => {
    const { DBInstances } = await new RDSClient(settingsFor(sandbox)).send(new DescribeDBInstancesCommand({}));
    expect(DBInstances?.map((one) => one.DBInstanceIdentifier)).toEqual(['orders']);
  });

  test('changes the variables of a function as Lambda does: by revision, one change at a time, in effect when it has ended', async () => {
    const FunctionName = 'orders-failover';
    const get = () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const update = (variables: Record<string, string>, RevisionId?: string) =>
      lambda.send(
        new UpdateFunctionConfigurationCommand({ FunctionName, RevisionId, Environment: { Variables: variables } }),
      );
    const { Environment, RevisionId = '' } = await get();
    const before = { ...Environment?.Variables };
    for (const [variables, name, message] of [
      [{ ...before, AWS_REGION: 'x' }, 'InvalidParameterValueException', /reserved keys.*AWS_REGION/],
      [{ ...before, '9x': 'x' }, 'ValidationException', /regular expression/],
      [{ ...before, METRICS_NAMESPACE: 'x'.repeat(4096) }, 'InvalidParameterValueException', /4KB limit/],
    ] as const)
      await expect(update(variables)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    await expect(update(before, 'another')).rejects.toMatchObject({ name: 'PreconditionFailedException' });
    const observing = { ...before, OBSERVE_ONLY: 'true' };
    expect(await update(observing, RevisionId)).toMatchObject({ LastUpdateStatus: 'InProgress' });
    await expect(update(before)).rejects.toMatchObject({ name: 'ResourceConflictException' });
    await vi.waitFor(async () => expect((await get()).LastUpdateStatus).toBe('Successful'), { timeout: 10_000 });
    const after = await get();
    expect(after.Environment?.Variables).toEqual(observing);
    expect(after.RevisionId).not.toBe(RevisionId);
    const { Payload } = await invoke(FunctionName, '{"action":"doctor"}');
    expect(Payload?.transformToString()).toContain('OBSERVE_ONLY is true');
    await update(before, after.RevisionId);
  });

  test.each(['NODE_OPTIONS', 'LD_PRELOAD', 'OPENSSL_CONF', 'PATH'])(
    'gives no function a variable that decides which program runs: %s',
    async (variable) => {
      const FunctionName = 'orders-drift';
      const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      const Variables = { ...Environment?.Variables, [variable]: '--import /tmp/x.mjs' };
      const change = new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } });
      await expect(lambda.send(change)).rejects.toThrow(
        `only the variables that its functions read, and not ${variable}`,
      );
    },
  );
});

describe("CloudWatch Logs' API in the sandbox", () => {
  const filter = (filterPattern: string, logGroupName = '/aws/lambda/orders-drift') =>
    logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern, startTime: Date.now() - 3_600_000 }));

  test('gives the lines of a function that match, with their times', async () => {
    const before = Date.now();
    await invoke('orders-drift', '{"action":"plan"}');
    const { events = [] } = await filter('{ ($.trigger.action = "plan") }');
    const last = events.at(-1);
    expect(JSON.parse(last?.message ?? '')).toMatchObject({ outcome: 'in-sync', trigger: { action: 'plan' } });
    expect(last?.timestamp).toBeGreaterThanOrEqual(before - 1000);
    expect((await filter('"no such line"')).events).toEqual([]);
  });

  test('refuses a log group that is not there and a pattern that it does not know', async () => {
    await expect(filter('', '/aws/lambda/nope')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(filter('{ $.a > 3 }')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('filter patterns', () => {
  test.each([
    ['', 'anything', true],
    ['"out of" "memory"', 'memory: out of it', true],
    ['"out of" "memory"', 'out of time', false],
    ['?"timed out" ?"exited"', 'Runtime exited', true],
    ['{ $.a.b = "x*" }', '{"a":{"b":"xyz"}}', true],
    ['{ ($.a = "x") || ($.b = "*") }', '{"b":"y"}', true],
    ['{ ($.a = "x") || ($.b = "*") }', '{"a":"y"}', false],
    ['{ $.a = "*" }', 'no JSON', false],
  ])('%s over %s', (pattern, message, isMatch) => {
    expect(matcher(pattern)(message)).toBe(isMatch);
  });
});
