import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { setPause } from '../../../cli/access/configuration.ts';
import type { Context } from '../../../cli/access/functions.ts';
import type { Io } from '../../../cli/terminal/io.ts';
import { coloursOf } from '../../../cli/terminal/styles.ts';

const io = { colour: coloursOf(false), width: 80, env: {}, status: () => {} } as unknown as Io;

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
  const context = { selection: { functionName: 'f' }, clients: { lambda: () => ({ send }) } } as unknown as Context;
  return {
    state,
    context,
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
    const { state, context } = fakeLambda(ours);
    expect(await settle(setPause(io, context, 'f', until))).toBe(true);
    expect(state).toMatchObject({ variables: paused, status: 'Successful' });
    expect(await settle(setPause(io, context, 'f', undefined))).toBe(true);
    expect(state.variables).toEqual(ours);
    expect(await settle(setPause(io, context, 'f', undefined))).toBe(false);
  });

  test('keeps what a deployment changes in between, and waits while one is under context', async () => {
    const fake = fakeLambda(ours, [
      () => void fake.deploy({ LOG_LEVEL: 'DEBUG' }),
      () => {
        fake.deploy({ SETTLE_SECONDS: '20' });
        return fake.named('ResourceConflictException');
      },
    ]);
    await settle(setPause(io, fake.context, 'f', until));
    expect(fake.state.variables).toEqual({ ...paused, LOG_LEVEL: 'DEBUG', SETTLE_SECONDS: '20' });
  });

  test('is set though the answer to the change was lost', async () => {
    const fake = fakeLambda(ours, [
      () => {
        fake.deploy({ PAUSED_UNTIL: until });
        return fake.named('PreconditionFailedException');
      },
    ]);
    expect(await settle(setPause(io, fake.context, 'f', until))).toBe(true);
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
    await expect(settle(setPause(io, fake.context, 'f', until))).rejects.toThrow(message);
    expect(fake.state.revision).toBe(before);
  });

  test('is given up after some attempts where others never stop', async () => {
    const always = () => Object.assign(new Error('busy'), { name: 'ResourceConflictException' });
    const fake = fakeLambda(
      ours,
      Array.from({ length: 9 }, () => always),
    );
    await expect(settle(setPause(io, fake.context, 'f', until))).rejects.toThrow(
      'lambda:UpdateFunctionConfiguration failed',
    );
    expect(fake.state.variables).toEqual(ours);
  });
});
