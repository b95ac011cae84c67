import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { answerAddress } from '../../../functions/registration/cloudformation.ts';
import { createRegistration, type Settings } from '../../../functions/registration/handler.ts';
import { createQuietSandbox } from '../../quiet-sandbox.ts';

type Invocation = { readonly FunctionName: string; readonly Payload: string };
type Event = Parameters<ReturnType<typeof createRegistration>>[0];
type Reply = { readonly FunctionError?: string; readonly Payload: Uint8Array };
type Answer = { Status: string; Reason?: string; PhysicalResourceId: string } & Record<string, unknown>;

const reply = (payload: unknown, isError = false): Reply => ({
  Payload: Buffer.from(JSON.stringify(payload)),
  ...(isError ? { FunctionError: 'Unhandled' } : {}),
});

/** Lambda is `lambda.invoke`, and CloudFormation's bucket is on this machine. */
describe('at a deployment, the registration', () => {
  const lambda: { invoke: (input: Invocation) => Promise<Reply>; invocations: Invocation[] } = {
    invoke: async () => reply({ outcome: 'changed' }),
    invocations: [],
  };
  const answers: Answer[] = [];
  let answerStatus = 200;
  let settings: Settings;
  const handler = (event: Partial<Event>, remainingMs: number) =>
    createRegistration(
      (FunctionName, Payload) => {
        lambda.invocations.push({ FunctionName, Payload });
        return lambda.invoke({ FunctionName, Payload });
      },
      settings,
      (address, init) => fetch(new URL(new URL(String(address)).pathname, url), init),
    )(event as Event, { getRemainingTimeInMillis: () => remainingMs });
  const bucket = 'https://cloudformation-custom-resource-response-eucentral1.s3.eu-central-1.amazonaws.com';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      expect(request.method).toBe('PUT');
      expect(request.headers['content-type']).toBe('');
      expect(body.length).toBeLessThanOrEqual(4096);
      answers.push(JSON.parse(body.toString()));
      response.writeHead(answerStatus, answerStatus === 307 ? { location: '/elsewhere' } : {}).end();
    });
  });
  let url = '';

  beforeEach(async () => {
    settings = {
      attempts: 3,
      healthAttempts: 9,
      pauseMs: 1,
      region: 'eu-central-1',
      urlSuffix: 'amazonaws.com',
    };
    vi.spyOn(console, 'log').mockReturnValue();
    lambda.invoke = async () => reply({ outcome: 'changed' });
    lambda.invocations = [];
    answers.length = 0;
    answerStatus = 200;
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const properties = { FunctionName: 'orders-drift', Code: 'abc', Environment: { TARGET_GROUP_ARN: 'arn' } };

  async function deploy(event: Partial<Event> = {}, remainingMs = 200_000): Promise<Answer> {
    await handler(
      {
        RequestType: 'Create',
        ResponseURL: `${bucket}/answer`,
        StackId: 'stack',
        RequestId: 'request',
        LogicalResourceId: 'registration',
        ResourceProperties: properties,
        ...event,
      },
      remainingMs,
    );
    const answer = answers.at(-1);
    if (!answer) throw new Error('CloudFormation was not answered');
    return answer;
  }

  test.each(['in-sync', 'changed', 'waiting', 'observed'])('succeeds when the outcome is %s', async (outcome) => {
    lambda.invoke = async () => reply({ outcome });
    expect(await deploy()).toMatchObject({
      Status: 'SUCCESS',
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'registration',
    });
    expect(lambda.invocations).toEqual([{ FunctionName: 'orders-drift', Payload: '{"action":"resync"}' }]);
  });

  test('logs what the drift function says beside a good result, a probe that cannot log in for example', async () => {
    lambda.invoke = async () => reply({ outcome: 'in-sync', detail: 'the probe confirmed no writer: login refused' });
    expect(await deploy()).toMatchObject({ Status: 'SUCCESS' });
    expect(vi.mocked(console.log).mock.calls.join('\n')).toContain('the probe confirmed no writer: login refused');
  });

  test("fails with the report's reason and words when the outcome is held", async () => {
    const report = { database: 'orders', outcome: 'held', reason: 'NoWriter', detail: 'no DB instance orders' };
    lambda.invoke = async () => reply(report);
    expect(await deploy()).toMatchObject({
      Status: 'FAILED',
      Reason: 'the database could not be registered: orders: held: NoWriter: no DB instance orders',
    });
    expect(lambda.invocations).toHaveLength(3);
  });

  test('fails with the message of the fault when the function threw', async () => {
    lambda.invoke = async () =>
      reply({ errorType: 'ReconcileError', errorMessage: 'registering 10.0.2.10:5432: denied' }, true);
    expect(await deploy()).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('10.0.2.10:5432: denied'),
    });
  });

  test.each([
    ['a fault without a message', {}, true, 'the drift function answered {}'],
    ['a fault with an empty message', { errorMessage: '' }, true, 'answered {"errorMessage":""}'],
    ['a fault that answers with a good outcome', { outcome: 'changed' }, true, 'answered {"outcome":"changed"}'],
    ['a fault that answers nothing', null, true, 'the drift function answered null'],
    ['an answer without an outcome', {}, false, 'the drift function answered {}'],
    ['no object', null, false, 'the drift function answered null'],
  ])('fails on %s', async (_, payload, isError, reason) => {
    lambda.invoke = async () => reply(payload, isError);
    expect(await deploy()).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining(reason) });
  });

  test.each<[string, Partial<Event>]>([
    ['names no environment', { ResourceProperties: { FunctionName: 'orders-drift' } as never }],
    ['has no properties', { ResourceProperties: undefined as never }],
  ])('answers a request that %s: CloudFormation would wait for an hour', async (_, event) => {
    expect(await deploy(event)).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('TypeError') });
    expect(await deploy({ ...event, RequestType: 'Delete', PhysicalResourceId: 'it' })).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: 'it',
    });
  });

  test.each(['', 'Service Unavailable'])('fails on an answer that is no JSON: "%s"', async (text) => {
    for (const FunctionError of [undefined, 'Unhandled']) {
      lambda.invoke = async () => ({ Payload: Buffer.from(text), FunctionError });
      expect(await deploy()).toMatchObject({
        Status: 'FAILED',
        Reason: expect.stringContaining(`the drift function answered ${text || 'nothing'}`),
      });
    }
  });

  test('fails when the function cannot be invoked, and says why', async () => {
    lambda.invoke = () => Promise.reject(Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }));
    expect(await deploy()).toMatchObject({ Reason: expect.stringContaining('AccessDeniedException: not authorized') });
  });

  test('tells CloudFormation no control and no mark that a reply brought along', async () => {
    const evil = 'a\u001b[2J\u009b2J\u202e\nb';
    const escaped = 'a\\u001b[2J\\u009b2J\\u202e\\nb';
    for (const told of [reply({ errorMessage: evil }, true), reply({ outcome: 'held', detail: evil })]) {
      lambda.invoke = async () => told;
      expect((await deploy()).Reason?.endsWith(escaped)).toBe(true);
    }
    lambda.invoke = () => Promise.reject(new Error(evil));
    expect((await deploy()).Reason?.endsWith(escaped)).toBe(true);
    expect(vi.mocked(console.log).mock.calls.flat().join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test('tries again: a permission that is a second old may not be in force everywhere', async () => {
    const replies = [reply({ errorMessage: 'AccessDenied' }, true), reply({ outcome: 'changed' })];
    lambda.invoke = async () => replies.shift() ?? reply({});
    expect(await deploy()).toMatchObject({ Status: 'SUCCESS' });
    expect(lambda.invocations).toHaveLength(2);
  });

  test('waits for a scheduled check that takes all of the reserved concurrency', async () => {
    let left = 8;
    lambda.invoke = async () => {
      left -= 1;
      if (left > 0) throw Object.assign(new Error('Rate Exceeded.'), { name: 'TooManyRequestsException' });
      return reply({ outcome: 'changed' });
    };
    expect(await deploy()).toMatchObject({ Status: 'SUCCESS' });
    expect(lambda.invocations).toHaveLength(8);
  });

  test('ends after its attempts though the name of the database begins like a throttled call', async () => {
    lambda.invoke = async () => reply({ database: 'TooManyOrders', outcome: 'held' });
    expect(await deploy()).toMatchObject({ Status: 'FAILED' });
    expect(lambda.invocations).toHaveLength(3);
  });

  test('says that it was throttled when that never ends', async () => {
    lambda.invoke = () =>
      Promise.reject(Object.assign(new Error('Rate Exceeded.'), { name: 'TooManyRequestsException' }));
    expect(await deploy({}, 4000)).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('TooManyRequests'),
    });
  });

  test('answers before its own time is over, with fewer attempts', async () => {
    lambda.invoke = async () => reply({ outcome: 'held' });
    expect(await deploy({}, 4000)).toMatchObject({ Status: 'FAILED' });
    expect(lambda.invocations).toHaveLength(1);
  });

  test('cuts a long message to what CloudFormation takes', async () => {
    lambda.invoke = async () => reply({ errorMessage: '\u{20ac}'.repeat(5000) }, true);
    expect((await deploy()).Reason?.length).toBeLessThan(1100);
  });

  test('throws when CloudFormation refuses the answer, so that Lambda runs it again', async () => {
    answerStatus = 403;
    await expect(deploy()).rejects.toThrow('CloudFormation refused the response: 403');
  });

  test('asks nothing of the drift function when the answer would go elsewhere', async () => {
    await expect(deploy({ ResponseURL: 'https://evil.example.com/' })).rejects.toThrow('Nothing was registered.');
    expect(lambda.invocations).toEqual([]);
    expect(answers).toEqual([]);
  });

  test('follows no redirect with its answer', async () => {
    answerStatus = 307;
    await expect(deploy()).rejects.toThrow();
    expect(answers).toHaveLength(1);
  });

  test('does nothing when the stack is deleted, also after a creation that failed', async () => {
    expect(await deploy({ RequestType: 'Delete', PhysicalResourceId: 'first' })).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: 'first',
    });
    expect(lambda.invocations).toEqual([]);
  });

  describe('of an update', () => {
    const update = (PhysicalResourceId: string, Code: string) =>
      deploy({ RequestType: 'Update', PhysicalResourceId, ResourceProperties: { ...properties, Code } });

    test('runs again, and fails the deployment when it fails', async () => {
      const { PhysicalResourceId: first } = await deploy();
      lambda.invoke = async () => reply({ outcome: 'held' });
      expect(await update(first, 'new')).toMatchObject({ Status: 'FAILED', PhysicalResourceId: first });
    });

    const held = async () => reply({ outcome: 'held' });

    test('that is rolled back tries once, and lets the rollback end though the database is not there', async () => {
      const { PhysicalResourceId: first } = await deploy();
      lambda.invoke = held;
      await update(first, 'new');
      const before = lambda.invocations.length;
      expect(await update(first, 'abc')).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: first });
      expect(lambda.invocations.length).toBe(before + 1);
    });

    test('that is rolled back while the drift function hangs is answered all the same', async () => {
      const { PhysicalResourceId: first } = await deploy();
      lambda.invoke = () => new Promise(() => undefined);
      expect(await update(first, 'abc')).toMatchObject({ Status: 'SUCCESS' });
    });

    test('that succeeded is rolled back too when something after it fails, an alarm for instance', async () => {
      const { PhysicalResourceId: first } = await deploy();
      const { PhysicalResourceId: second } = await update(first, 'new');
      lambda.invoke = held;
      expect(second).not.toBe(first);
      expect(await update(second, 'abc')).toMatchObject({ Status: 'SUCCESS' });
    });

    test('that goes back by hand cannot fail, so that a rollback of that cannot either; a new setting still can', async () => {
      const { PhysicalResourceId: first } = await deploy();
      const { PhysicalResourceId: second } = await update(first, 'new');
      lambda.invoke = held;
      const { PhysicalResourceId: back, Status } = await update(second, 'abc');
      expect(Status).toBe('SUCCESS');
      expect(await update(back, 'new')).toMatchObject({ Status: 'SUCCESS' });
      expect(await update(back, 'newer')).toMatchObject({ Status: 'FAILED', PhysicalResourceId: back });
    });

    test('is rolled back from the third as from the second, failed or not', async () => {
      const { PhysicalResourceId: first } = await deploy();
      const { PhysicalResourceId: second } = await update(first, 'two');
      const { PhysicalResourceId: third } = await update(second, 'three');
      lambda.invoke = held;
      expect(await update(second, 'three')).toMatchObject({ Status: 'FAILED', PhysicalResourceId: second });
      expect(await update(second, 'two')).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: second });
      expect(await update(third, 'two')).toMatchObject({ Status: 'SUCCESS' });
    });

    /** CloudFormation: an update fails here, or later, or its answer is lost; then the former properties come back, with either id. */
    test('never stops a rollback, whatever was deployed before and whatever failed, and stops a new setting that cannot be registered', async () => {
      const deployment = fc.record({
        code: fc.constantFrom('a', 'b', 'c', 'd'),
        isHeld: fc.boolean(),
        ends: fc.constantFrom('well', 'later failure', 'lost answer'),
        isOldIdSent: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(deployment, { minLength: 1, maxLength: 6 }), async (deployments) => {
          lambda.invoke = async () => reply({ outcome: 'changed' });
          let live = { code: 'abc', id: (await deploy()).PhysicalResourceId };
          const seen = new Set<string>();
          for (const { code, isHeld, ends, isOldIdSent } of deployments) {
            if (code === live.code) continue;
            lambda.invoke = async () => reply({ outcome: isHeld ? 'held' : 'changed' });
            const answer = await update(live.id, code);
            if (isHeld && !seen.has(code)) expect(answer.Status).toBe('FAILED');
            seen.add(code);
            const isDone = answer.Status === 'SUCCESS' && ends !== 'lost answer';
            if (isDone && ends === 'well') {
              live = { code, id: answer.PhysicalResourceId };
              continue;
            }
            lambda.invoke = held;
            const back = await update(isDone && !isOldIdSent ? answer.PhysicalResourceId : live.id, live.code);
            expect(back.Status).toBe('SUCCESS');
            live = { ...live, id: back.PhysicalResourceId };
          }
        }),
        { numRuns: 100 },
      );
    });

    test('is known for a rollback in whatever order CloudFormation sends the properties', async () => {
      const sent = (Environment: Record<string, string>, PhysicalResourceId?: string) =>
        deploy({
          RequestType: PhysicalResourceId ? 'Update' : 'Create',
          PhysicalResourceId,
          ResourceProperties: { ...properties, Environment },
        });
      const { PhysicalResourceId: first } = await sent({ ROLE: 'writer', DATABASE_ID: 'orders' });
      lambda.invoke = held;
      expect(await sent({ DATABASE_ID: 'orders', ROLE: 'writer' }, first)).toMatchObject({ Status: 'SUCCESS' });
      expect(await sent({ DATABASE_ID: 'other', ROLE: 'writer' }, first)).toMatchObject({ Status: 'FAILED' });
    });
  });

  describe('that waits for health', () => {
    const target = (state: string, reason?: string) => ({ target: '10.0.1.10:5432', state, reason });
    const answer = (states: readonly ReturnType<typeof target>[][], more: Record<string, unknown> = {}) => {
      const left = [...states];
      lambda.invoke = async ({ Payload }) => {
        if (JSON.parse(Payload).action === 'resync') return reply({ outcome: 'changed' });
        const targets = left.length > 1 ? left.shift() : left[0];
        return reply({ outcome: 'in-sync', targets, ...more });
      };
    };
    const healthOf = (HEALTH: string) => ({ ...properties, Environment: { HEALTH } });
    const waiting = (health: string, event = {}) => deploy({ ResourceProperties: healthOf(health), ...event });
    const statusCalls = () => lambda.invocations.filter(({ Payload }) => Payload.includes('status')).length;

    test('succeeds as soon as a target is healthy, and logs what it waits for', async () => {
      answer([[], [target('initial', 'Elb.RegistrationInProgress')], [target('healthy')]]);
      expect(await waiting('ours')).toMatchObject({ Status: 'SUCCESS' });
      expect(statusCalls()).toBe(3);
      const lines = vi.mocked(console.log).mock.calls.join('\n');
      expect(lines).toContain(
        '2/9: 10.0.1.10:5432 is initial, Elb.RegistrationInProgress. AWS is still registering it: deploy again',
      );
    });

    test.each([
      ['unhealthy', 'Target.FailedHealthChecks', 'Likeliest: the security group of the database'],
      ['unused', 'Target.NotInUse', 'Likeliest: the load balancer has no subnet in the Availability Zone'],
      ['initial', 'Elb.RegistrationInProgress', 'AWS is still registering it: deploy again'],
    ])('fails in the end while the target is %s, with the reason of AWS and the likeliest cause', async (...words) => {
      const [state, reason, meaning] = words;
      answer([[target(state, reason)]]);
      expect(await waiting('ours')).toMatchObject({
        Status: 'FAILED',
        Reason: expect.stringContaining(`healthy: 10.0.1.10:5432 is ${state}, ${reason}. ${meaning}`),
      });
      expect(statusCalls()).toBe(9);
    });

    test('guesses no cause of a target that is unused for a reason of its own', async () => {
      answer([[target('unused', 'Target.IpUnusable')]]);
      expect((await waiting('ours')).Reason).toMatch(/healthy: 10\.0\.1\.10:5432 is unused, Target\.IpUnusable$/);
    });

    test('fails with what the resync said of the group, once, though the status does not repeat it', async () => {
      const detail = 'load balancer orders has no subnet in eu-central-1c';
      lambda.invoke = async ({ Payload }) => {
        const isResync = JSON.parse(Payload).action === 'resync';
        return reply({ outcome: 'in-sync', ...(isResync ? { detail } : { targets: [target('unused')] }) });
      };
      const { Reason } = await waiting('ours');
      expect(Reason?.split(detail)).toHaveLength(2);
    });

    test('fails when the group stays empty, or holds only what leaves it', async () => {
      answer([[target('draining')]]);
      expect(await waiting('ours')).toMatchObject({ Reason: 'no target became healthy: the group is empty' });
      answer([[target('healthy')]], { stale: ['10.0.1.10:5432'] });
      expect(await waiting('ours')).toMatchObject({ Status: 'FAILED' });
    });

    test('tells the fault of the drift function when that is why', async () => {
      lambda.invoke = async ({ Payload }) =>
        Payload.includes('resync')
          ? reply({ outcome: 'changed' })
          : reply({ errorMessage: 'reading targets: denied' }, true);
      expect(await waiting('ours')).toMatchObject({ Reason: expect.stringContaining('reading targets: denied') });
    });

    test('tells what the drift function says beside its result, the subnet that is missing for instance', async () => {
      answer([[target('unused', 'Target.NotInUse')]], { outcome: 'waiting', detail: 'no subnet in eu-central-1c' });
      for (const health of ['ours', 'theirs'])
        expect((await waiting(health)).Reason).toMatch(/forwards to the group\)\. no subnet in eu-central-1c$/);
    });

    test('does not wait for ever for a group of others that no load balancer uses', async () => {
      answer([[target('unused', 'Target.NotInUse')]]);
      expect(await waiting('theirs')).toMatchObject({ Status: 'SUCCESS' });
      expect(statusCalls()).toBe(7);
      expect(vi.mocked(console.log).mock.calls.join('\n')).toContain('not awaited: 10.0.1.10:5432 is unused');
      answer([[target('unhealthy', 'Target.FailedHealthChecks')]]);
      expect(await waiting('theirs')).toMatchObject({ Status: 'FAILED' });
    });

    test('waits again in an update only when what a target is healthy for has changed', async () => {
      answer([[target('healthy')]]);
      const { PhysicalResourceId } = await waiting('ours orders');
      answer([[target('unhealthy')]]);
      const update = (health: string, former: string) =>
        deploy({
          RequestType: 'Update',
          PhysicalResourceId,
          ResourceProperties: { ...healthOf(health), Code: 'new' },
          OldResourceProperties: healthOf(former),
        });
      const before = statusCalls();
      expect(await update('ours orders', 'ours orders')).toMatchObject({ Status: 'SUCCESS' });
      expect(statusCalls()).toBe(before);
      expect(await update('ours invoices', 'ours orders')).toMatchObject({ Status: 'FAILED' });
      expect(await update('ours orders', '')).toMatchObject({ Status: 'FAILED' });
    });

    test('waits for nothing on a rollback', async () => {
      answer([[target('healthy')]]);
      const { PhysicalResourceId } = await waiting('ours');
      answer([[target('unhealthy')]]);
      const before = statusCalls();
      expect(await waiting('ours', { RequestType: 'Update', PhysicalResourceId })).toMatchObject({ Status: 'SUCCESS' });
      expect(statusCalls()).toBe(before);
    });

    test('ends before its own time is over', async () => {
      answer([[target('unhealthy')]]);
      expect(await deploy({ ResourceProperties: healthOf('ours') }, 4000)).toMatchObject({ Status: 'FAILED' });
      expect(statusCalls()).toBe(1);
    });
  });

  test('puts the writer into an empty group and sees it healthy, or tells what is wrong: against the built function', async () => {
    const sandbox = await createQuietSandbox({ kind: 'cluster', isGroupEmpty: true });
    try {
      lambda.invoke = async ({ Payload }) => {
        const { status, payload } = await sandbox.functions.drift.invoke(JSON.parse(Payload));
        return reply(payload, status === 'failed');
      };
      const stop = sandbox.faults.add({ action: 'RegisterTargets', kind: 'error', code: 'AccessDenied', status: 403 });
      expect(await deploy()).toMatchObject({
        Status: 'FAILED',
        Reason: expect.stringMatching(/elasticloadbalancing:RegisterTargets failed \(AccessDenied\)/),
      });
      stop();
      settings = { ...settings, healthAttempts: 1 };
      const ResourceProperties = { ...properties, Environment: { HEALTH: 'ours' } };
      expect((await deploy({ ResourceProperties })).Reason).toBe(
        'no target became healthy: 10.0.1.10:5432 is initial, Elb.RegistrationInProgress. AWS is still registering it: deploy again',
      );
      settings = { ...settings, healthAttempts: 100, pauseMs: 100 };
      expect(await deploy({ ResourceProperties })).toMatchObject({ Status: 'SUCCESS' });
      const { ip, port } = sandbox.database.writer();
      expect(sandbox.targetGroup.targets()).toMatchObject([{ ip, port, state: 'healthy' }]);
    } finally {
      await sandbox.close();
    }
  });
});

describe('the answer goes to', () => {
  const of = (region: string, urlSuffix = 'amazonaws.com') => ({ region, urlSuffix });
  const name = (region: string) => `cloudformation-custom-resource-response-${region.replaceAll('-', '')}`;
  const hostOf = (ResponseURL: string, place = of('eu-west-1')) =>
    answerAddress({ ResponseURL } as Event, place).hostname;

  test.each([
    ['us-east-1', '.s3.amazonaws.com'],
    ['us-east-1', '.s3.us-east-1.amazonaws.com'],
    ['eu-west-1', '.s3-eu-west-1.amazonaws.com'],
    ['eu-central-1', '.s3.eu-central-1.amazonaws.com'],
    ['us-gov-west-1', '.s3.us-gov-west-1.amazonaws.com'],
    ['us-gov-west-1', '.s3-fips.us-gov-west-1.amazonaws.com'],
    ['eu-west-1', '.s3.dualstack.eu-west-1.amazonaws.com'],
    ['cn-north-1', '.s3.cn-north-1.amazonaws.com.cn'],
    ['eusc-de-east-1', '.s3.eusc-de-east-1.amazonaws.eu'],
  ])("CloudFormation's bucket of the Region, as S3 names it: %s, %s", (region, end) => {
    const place = of(region, /amazonaws.*$/.exec(end)?.[0]);
    const url = `https://${name(region)}${end}/arn%3Aaws%3Acloudformation?X-Amz-Signature=0`;
    expect(answerAddress({ ResponseURL: url } as Event, place).href).toBe(url);
  });

  const bucket = name('eu-west-1');
  test.each([
    ['without TLS', `http://${bucket}.s3.eu-west-1.amazonaws.com/`],
    ['at another port', `https://${bucket}.s3.eu-west-1.amazonaws.com:8443/`],
    ['at another host', 'https://evil.example.com/'],
    ['at a name that begins like it', `https://${bucket}.s3.eu-west-1.amazonaws.com.evil.example.com/`],
    ['in a bucket of an account', 'https://evil.s3.eu-west-1.amazonaws.com/'],
    ['in a bucket whose name begins like it', `https://${bucket}-evil.s3.eu-west-1.amazonaws.com/`],
    ['in a bucket whose name goes on with dots', `https://${bucket}.s3.evil.s3.eu-west-1.amazonaws.com/`],
    ['in a bucket by its path', `https://s3.eu-west-1.amazonaws.com/${bucket}/`],
    ['in the bucket of another Region', `https://${name('us-east-1')}.s3.amazonaws.com/`],
    ['in another partition', `https://${bucket}.s3.eu-west-1.amazonaws.com.cn/`],
    ['behind a user name', `https://${bucket}.s3.eu-west-1.amazonaws.com@evil.example.com/`],
    ['with a user name, which fetch does not send', `https://evil@${bucket}.s3.eu-west-1.amazonaws.com/`],
    ['in a blob of the bucket', `blob:https://${bucket}.s3.eu-west-1.amazonaws.com/`],
    ['at a name that ends with a dot', `https://${bucket}.s3.eu-west-1.amazonaws.com./`],
    ['at an address', `https://127.0.0.1/${bucket}.s3.eu-west-1.amazonaws.com/`],
    ['nowhere', 'evil'],
    ['at no text at all', undefined as unknown as string],
  ])('no address %s', (_, url) => {
    expect(() => hostOf(url)).toThrow(
      /^ResponseURL is at .*; allowed: https:\/\/cloudformation-custom-resource-response-euwest1\.s3\.eu-west-1\.amazonaws\.com,/,
    );
  });
});
