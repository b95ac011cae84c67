import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../until.ts';
import { createRig, type Rig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

const trace = expect.arrayContaining([expect.stringContaining('at ')]);

describe('an invocation', () => {
  test('gives the event to the handler and its answer to the caller', async () => {
    const echo = await rig.create('export const handler = async (event) => ({ event, answer: "ä€🙂" });');
    const result = await echo.invoke({ id: 7, name: '日本' });
    expect(result).toMatchObject({
      status: 'succeeded',
      payload: { event: { id: 7, name: '日本' }, answer: 'ä€🙂' },
      log: [],
    });
    expect(echo.results()).toEqual([result]);
  });

  test('gives null for a handler that returns nothing, and an empty event when none is given', async () => {
    const silent = await rig.create('export const handler = async (event) => { globalThis.event = event; };');
    expect(await silent.invoke(undefined)).toMatchObject({ status: 'succeeded', payload: null });
    const echo = await rig.create('export const handler = (event) => event;');
    expect((await echo.invoke(undefined)).payload).toEqual({});
  });

  test('is limited before it begins, and its initialisation is not', async () => {
    const limited: number[] = [];
    const limit = (pid: number) => void limited.push(pid);
    const broken = await rig.create('throw new Error("at init");', { limit });
    expect(await broken.invoke({})).toMatchObject({ status: 'failed' });
    expect(limited).toEqual([]);
    const one = await rig.create('export const handler = async () => process.pid;', { limit });
    const pids = [(await one.invoke({})).payload, (await one.invoke({})).payload];
    expect(limited).toEqual(pids);
  });

  test('reports a failure as Lambda does, and uses the environment again', async () => {
    const moody = await rig.create(`
      let calls = 0;
      class SourcesDisagree extends Error { name = 'SourcesDisagree' }
      export const handler = async () => { calls += 1; if (calls === 1) throw new SourcesDisagree('no writer'); return calls; };`);
    const failed = await moody.invoke({});
    expect(failed).toMatchObject({
      status: 'failed',
      payload: { errorType: 'SourcesDisagree', errorMessage: 'no writer', trace },
    });
    expect(failed.log.join('\n')).toContain('Invoke Error');
    expect(await moody.invoke({})).toMatchObject({ status: 'succeeded', payload: 2 });
    expect(rig.pids()).toHaveLength(1);
  });

  test('reports what is thrown that is no error, and an answer that is no JSON', async () => {
    const odd = await rig.create(
      'export const handler = async (event) => { if (event.throw) throw event.throw; return 1n; };',
    );
    expect((await odd.invoke({ throw: 'text' })).payload).toEqual({
      errorType: 'string',
      errorMessage: 'text',
      trace: [],
    });
    expect(await odd.invoke({})).toMatchObject({
      status: 'failed',
      payload: { errorType: 'Runtime.JSONStringifyError' },
    });
  });

  test('reports an unhandled rejection, and ends the environment', async () => {
    const careless = await rig.create(`export const handler = async () => {
      Promise.reject(new TypeError('lost'));
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    };`);
    expect(await careless.invoke({})).toMatchObject({
      status: 'failed',
      payload: { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'TypeError: lost' },
    });
    await until(() => rig.occurrences('environment-ended').length > 0, 'the process is gone');
    expect(rig.occurrences('environment-ended')).toMatchObject([{ detail: { code: 128 } }]);
  });

  test('has a context with the time that is left', async () => {
    const curious = await rig.create(
      `export const handler = async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis() });`,
      { region: 'eu-west-1', account: '111122223333' },
    );
    const { payload, requestId } = await curious.invoke({});
    expect(payload).toMatchObject({
      awsRequestId: requestId,
      functionName: 'drift',
      functionVersion: '$LATEST',
      memoryLimitInMB: '128',
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:drift',
      logGroupName: '/aws/lambda/drift',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      xRayTraceId: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/),
    });
    const { left } = payload as { left: number };
    expect(left).toBeGreaterThan(8_000);
    expect(left).toBeLessThanOrEqual(10_000);
  });
});

describe('an environment', () => {
  test('starts cold, is used again warm, and keeps its memory', async () => {
    const counter = await rig.create('let calls = 0; export const handler = async () => ++calls;');
    const results = [await counter.invoke({}), await counter.invoke({}), await counter.invoke({})];
    expect(results.map(({ payload }) => payload)).toEqual([1, 2, 3]);
    expect(results.map(({ initMs }) => initMs !== undefined)).toEqual([true, false, false]);
    expect(rig.occurrences('environment-initialised')).toHaveLength(1);
  });

  test('measures the import of the bundle as initialisation and the handler as duration', async () => {
    const pause = (ms: number) => `await new Promise((resolve) => setTimeout(resolve, ${ms}));`;
    const slow = await rig.create(`${pause(1000)} export const handler = async () => { ${pause(100)} };`);
    const { initMs, durationMs, requestId } = await slow.invoke({});
    expect(initMs).toBeGreaterThan(1000);
    expect(durationMs).toBeGreaterThan(95);
    expect(durationMs).toBeLessThan(990);
    expect(rig.occurrences('invocation-finished')).toMatchObject([
      {
        source: 'lambda',
        detail: { function: 'drift', requestId, status: 'succeeded', initMs, durationMs, memoryMb: 128, attempt: 1 },
      },
    ]);
  });

  test('sees the variables of Lambda and of the function, and none of this machine', async () => {
    process.env.SECRET_OF_THIS_MACHINE = 'x';
    const nosy = await rig.create('export const handler = async () => process.env;', {
      environment: { TARGET_PORT: '5432' },
    });
    const variables = (await nosy.invoke({})).payload as Record<string, string>;
    delete process.env.SECRET_OF_THIS_MACHINE;
    expect(Object.keys(variables).sort()).toEqual(
      [
        '_HANDLER',
        '_X_AMZN_TRACE_ID',
        'AWS_ACCESS_KEY_ID',
        'AWS_DEFAULT_REGION',
        'AWS_EXECUTION_ENV',
        'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
        'AWS_LAMBDA_FUNCTION_NAME',
        'AWS_LAMBDA_FUNCTION_VERSION',
        'AWS_LAMBDA_INITIALIZATION_TYPE',
        'AWS_LAMBDA_LOG_GROUP_NAME',
        'AWS_LAMBDA_LOG_STREAM_NAME',
        'AWS_LAMBDA_RUNTIME_API',
        'AWS_REGION',
        'AWS_SECRET_ACCESS_KEY',
        'AWS_SESSION_TOKEN',
        'LAMBDA_RUNTIME_DIR',
        'LAMBDA_TASK_ROOT',
        'LANG',
        'PATH',
        'TARGET_PORT',
        'TZ',
        ...(process.platform === 'win32' ? ['SystemRoot'] : []),
      ].sort(),
    );
    expect(variables).toMatchObject({ TARGET_PORT: '5432', LAMBDA_TASK_ROOT: rig.directory });
  });

  test('refuses a function that sets what Lambda keeps for itself', async () => {
    await expect(rig.create('', { environment: { AWS_REGION: 'eu-west-1' } })).rejects.toThrow('AWS_REGION');
  });

  test('runs a warm process no further between invocations', async () => {
    const ticking = await rig.create(`let ticks = 0; setInterval(() => { ticks += 1; }, 5);
      export const handler = async () => ticks;`);
    await ticking.invoke({});
    const before = (await ticking.invoke({})).payload as number;
    await rig.clock.sleep(300_000);
    const after = (await ticking.invoke({})).payload as number;
    if (process.platform !== 'win32') expect(after - before).toBeLessThan(20);
  });
});
