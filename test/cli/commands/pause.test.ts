import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { setPause } from '../../../cli/access/configuration.ts';
import type { Context } from '../../../cli/access/functions.ts';
import { pauseFrom } from '../../../cli/commands/pause.ts';
import type { Io } from '../../../cli/terminal/io.ts';
import { coloursOf } from '../../../cli/terminal/styles.ts';
import type { Report } from '../../../lib/domain.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { type Environment, file, inSandbox, orders, run, runBuilt, startPatient, widest } from '../rig.ts';

const io = { colour: coloursOf(false), width: 80, env: {}, status: () => {} } as unknown as Io;

describe('how long a pause lasts', () => {
  test.each([
    ['1m', 60_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['24h', 86_400_000],
    ['1440m', 86_400_000],
  ])('%s is %i ms', (text, ms) => {
    expect(pauseFrom(text)).toBe(ms);
  });

  test.each(['', '0m', '24h1m', '1441m', '90', '1d', '1.5h', '30m2h', 'h', '2H', ' 2h'])('%j is refused', (text) => {
    expect(() => pauseFrom(text)).toThrow('a time from 1m to 24h');
  });
});

/** One function, as Lambda's API changes it. `before` runs before each change: a deployment that comes between. */
function fakeLambda(variables: Record<string, string>, before: (() => Error | undefined)[] = []) {
  const state = { variables, revision: 1, status: 'Successful', error: undefined as object | undefined, polls: 0 };
  const named = (name: string) => Object.assign(new Error(name), { name });
  const send = async ({ input }: { input: Record<string, never> }) => {
    const { Environment, RevisionId } = input as {
      Environment?: { Variables: Record<string, string> };
      RevisionId?: string;
    };
    if (Environment) {
      const fault = before.shift()?.();
      if (fault) throw fault;
      if (RevisionId !== String(state.revision)) throw named('PreconditionFailedException');
      Object.assign(state, { variables: Environment.Variables, revision: state.revision + 1, status: 'InProgress' });
      return {};
    }
    const { status } = state;
    if (status === 'InProgress' && ++state.polls % 2 === 0) state.status = 'Successful';
    const shown = state.error ? { Error: state.error } : { Variables: state.variables };
    return { Environment: shown, RevisionId: String(state.revision), LastUpdateStatus: status };
  };
  const way = { selection: { functionName: 'f' }, clients: { lambda: () => ({ send }) } } as unknown as Context;
  return {
    state,
    way,
    named,
    deploy: (more: object) =>
      Object.assign(state, { variables: { ...state.variables, ...more }, revision: state.revision + 1 }),
  };
}

describe('the variable of a function', () => {
  const ours = { TARGET_GROUP_ARN: 'arn', DATABASE_NAME: 'orders' };
  const until = '2026-05-04T13:30:00Z';
  const paused = { ...ours, PAUSED_UNTIL: until };
  const settle = async <T>(work: Promise<T>): Promise<T> => {
    work.catch(() => {});
    for (let i = 0; i < 200; i += 1) await vi.advanceTimersByTimeAsync(1000);
    return work;
  };
  beforeAll(() => void vi.useFakeTimers());
  afterAll(() => void vi.useRealTimers());

  test('is added and taken away beside all others, once the change has taken effect', async () => {
    const { state, way } = fakeLambda(ours);
    expect(await settle(setPause(io, way, 'f', until))).toBe(true);
    expect(state).toMatchObject({ variables: paused, status: 'Successful' });
    expect(await settle(setPause(io, way, 'f', undefined))).toBe(true);
    expect(state.variables).toEqual(ours);
    expect(await settle(setPause(io, way, 'f', undefined))).toBe(false);
  });

  test('keeps what a deployment changes in between, and waits while one is under way', async () => {
    const fake = fakeLambda(ours, [
      () => void fake.deploy({ LOG_LEVEL: 'DEBUG' }),
      () => {
        fake.deploy({ SETTLE_SECONDS: '20' });
        return fake.named('ResourceConflictException');
      },
    ]);
    await settle(setPause(io, fake.way, 'f', until));
    expect(fake.state.variables).toEqual({ ...paused, LOG_LEVEL: 'DEBUG', SETTLE_SECONDS: '20' });
  });

  test('is set though the answer to the change was lost', async () => {
    const fake = fakeLambda(ours, [
      () => {
        fake.deploy({ PAUSED_UNTIL: until });
        return fake.named('PreconditionFailedException');
      },
    ]);
    expect(await settle(setPause(io, fake.way, 'f', until))).toBe(true);
    expect(fake.state.variables).toEqual(paused);
  });

  test.each<[string, (fake: ReturnType<typeof fakeLambda>) => void, RegExp]>([
    [
      'the variables cannot be decrypted',
      ({ state }) => void Object.assign(state, { error: { ErrorCode: 'AccessDeniedException', Message: 'kms' } }),
      /cannot be read \(AccessDeniedException: kms\), and nothing was changed\nNext: grant kms:Decrypt/,
    ],
    [
      'it is no function of ours',
      ({ state }) => void Object.assign(state, { variables: { A: 'b' } }),
      /no TARGET_GROUP_ARN.*nothing was changed/s,
    ],
    [
      'its latest change failed',
      ({ state }) => void Object.assign(state, { status: 'Failed' }),
      /latest change of f failed/,
    ],
    [
      'a change never ends',
      ({ state }) => void Object.defineProperty(state, 'status', { get: () => 'InProgress', set() {} }),
      /in progress for 120 seconds/,
    ],
  ])('stays as it is where %s', async (_, spoil, message) => {
    const fake = fakeLambda(ours);
    spoil(fake);
    const before = fake.state.revision;
    await expect(settle(setPause(io, fake.way, 'f', until))).rejects.toThrow(message);
    expect(fake.state.revision).toBe(before);
  });

  test('is given up after some attempts where others never stop', async () => {
    const always = () => Object.assign(new Error('busy'), { name: 'ResourceConflictException' });
    const fake = fakeLambda(
      ours,
      Array.from({ length: 9 }, () => always),
    );
    await expect(settle(setPause(io, fake.way, 'f', until))).rejects.toThrow(
      'lambda:UpdateFunctionConfiguration failed',
    );
    expect(fake.state.variables).toEqual(ours);
  });
});

describe('pause and resume', () => {
  let sandbox: Sandbox;
  let env: Environment;
  beforeAll(async () => {
    sandbox = await startPatient();
    env = inSandbox(sandbox);
    file('databases.json', [
      { ...orders, targetGroupArn: sandbox.targetGroup.arn, reconcile: { dnsServers: [sandbox.dns.address] } },
    ]);
  });
  afterAll(() => sandbox?.close());
  const scheduled = { source: 'aws.events', 'detail-type': 'Scheduled Event' };
  const addresses = () => sandbox.targetGroup.targets().map(({ ip }) => ip);
  const check = async (name: 'drift' | 'failover') =>
    (await sandbox.functions[name].invoke(scheduled)).payload as Report;

  test('stop both functions from changing the group, are seen in status and doctor, and let them go on', async () => {
    const paused = await runBuilt(['pause', 'orders', '--for', '2h'], env);
    expect(paused).toMatchObject({ code: 0, err: '' });
    expect(paused.out).toMatch(
      /^orders {2}PAUSED until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n {2}functions {2}orders-failover, orders-drift/,
    );
    expect(widest(paused.out)).toBeLessThanOrEqual(80);
    const status = await run(['status'], env);
    expect(status).toMatchObject({ code: 0 });
    expect(status.out).toMatch(
      /^orders {2}in sync, PAUSED until .*Z\n {2}the functions only observe until then; rds-target resume\s+orders/,
    );
    const doctor = await run(['doctor'], env);
    expect(doctor.code).toBe(3);
    expect(doctor.out).toMatch(/FAILED +corrects-differences +paused until .*wrong: .*resume/s);

    await sandbox.database.failover({ cause: 'crash' });
    const before = addresses();
    for (const name of ['drift', 'failover'] as const)
      expect(await check(name)).toMatchObject({ outcome: 'observed', pausedUntil: expect.any(String), registered: [] });
    const resync = await run(['resync'], env);
    expect(resync).toMatchObject({ code: 3 });
    expect(resync.out).toMatch(/PAUSED.*nothing was changed: the function only observes/s);
    expect(addresses()).toEqual(before);

    expect((await runBuilt(['resume'], env)).out).toMatch(/^orders {2}resumed.*rds-target resync checks/s);
    expect((await run(['resume'], env)).out).toMatch(/^orders {2}was not paused/);
    expect(await check('drift')).toMatchObject({ outcome: 'changed' });
    expect(addresses()).toContain(sandbox.database.writer().ip);
  });

  test('say what is half done when the second function cannot be changed', async () => {
    let updates = 0;
    const undo = sandbox.faults.add({
      action: 'UpdateFunctionConfiguration',
      kind: 'error',
      code: 'AccessDeniedException',
      status: 403,
      when: () => updates++ > 0,
    });
    const { code, out, err } = await run(['pause', '--for', '30m'], env);
    undo();
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /only orders-failover was changed: AWS denies\s+lambda:UpdateFunctionConfiguration.*Then: repeat the command/s,
    );
    expect(await run(['resume'], env)).toMatchObject({ code: 0 });
  });

  test('change nothing when one of the functions cannot be read', async () => {
    let reads = 0;
    const undo = sandbox.faults.add({
      action: 'GetFunctionConfiguration',
      kind: 'error',
      code: 'ResourceNotFoundException',
      status: 404,
      when: () => reads++ > 0,
    });
    const { code, err } = await run(['pause', '--for', '30m'], env);
    undo();
    expect(code).toBe(1);
    expect(err).toContain('there is no function orders-drift');
    expect(await check('failover')).not.toHaveProperty('pausedUntil');
  });
});
