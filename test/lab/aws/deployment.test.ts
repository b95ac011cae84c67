import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { outputsIn } from '../../../lab/aws/cdk.ts';
import { awsDeployment } from '../../../lab/aws/deployment.ts';
import { mocked } from '../../lib/adapters/mocks.ts';
import { outputs } from '../rig.ts';

const lambda = mocked(LambdaClient);

const settings = { run: 'l123abc' };
const access = { account: '123456789012', region: 'eu-central-1' };

function deployment({ left = [[]] as readonly (readonly string[])[], failures = 0 } = {}) {
  const said: string[] = [];
  let [listings, destroys] = [0, 0];
  const made = awsDeployment(
    {
      access,
      account: {
        problems: async () => [],
        zones: async () => ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
        async tagged(run) {
          said.push(`tagged ${run}`);
          listings += 1;
          return left[Math.min(listings, left.length) - 1] ?? [];
        },
      },
      cdk: {
        templates: async (given) => [given],
        deploy: async () => outputs,
        async destroy() {
          destroys += 1;
          if (destroys <= failures) throw new Error(`cdk destroy ended with exit code 1 (${destroys})`);
        },
      },
      price: () => 0.7,
    },
    { everyMs: 1, times: 3 },
  );
  return { ...made, said };
}

describe('the lab in an account', () => {
  test('says what it will create and what that costs, and when the account ends it', async () => {
    const before = Date.now();
    const { settings: given, lines } = await deployment().plan(4);
    expect(given).toMatchObject({
      run: expect.stringMatching(/^[a-z][a-z0-9]{3,9}$/),
      zones: 'eu-central-1a,eu-central-1b,eu-central-1c',
    });
    expect(Date.parse(given.until ?? '') - before).toBeGreaterThan(4.9 * 3_600_000);
    expect(lines.join(' ')).toMatch(
      /four stacks in account 123456789012, eu-central-1.*\$0\.70 an hour.*no more than \$3\.50/,
    );
  });

  test('waits for what AWS lists though it is deleted, and names what stays', async () => {
    expect(await deployment({ left: [['arn:a'], []] }).left(settings, true)).toEqual([]);
    expect(await deployment({ left: [['arn:a']] }).left(settings, true)).toEqual(['arn:a']);
    const kept = deployment({ left: [['arn:a'], []] });
    expect(await kept.left(settings, false)).toEqual(['arn:a']);
    expect(kept.said).toEqual(['tagged l123abc']);
  });

  test('tries once more to destroy what was still in use', async () => {
    await deployment({ failures: 1 }).destroy(settings);
    await expect(deployment({ failures: 2 }).destroy(settings)).rejects.toThrow('(2)');
  });

  const target = { name: 'direct', host: 'h', port: 5432, kind: 'postgres' } as const;
  const request = {
    targets: [
      { ...target, isInside: true },
      { ...target, name: 'probe' },
    ],
    seconds: 5,
    everyMs: 500,
  };

  test('tries each target from its own side', async () => {
    const payloads: Record<string, unknown> = {};
    lambda.on(InvokeCommand).callsFake(({ FunctionName, Payload }) => {
      payloads[FunctionName] = JSON.parse(Payload);
      const attempt = { at: 1, target: FunctionName, outcome: 'ok', ms: 2 };
      return { Payload: { transformToString: () => JSON.stringify({ attempts: [attempt] }) } };
    });
    const lab = await deployment().open(outputs);
    const { attempts } = await lab.client('instance', request, AbortSignal.timeout(5000));
    expect(attempts.map((one) => one.target)).toEqual(['inside', 'client']);
    expect(payloads).toEqual({
      inside: { seconds: 5, everyMs: 500, targets: [target] },
      client: { seconds: 5, everyMs: 500, targets: [{ ...target, name: 'probe' }] },
    });
  });

  test.each([
    [
      'an error of the function',
      { FunctionError: 'Unhandled', Payload: '{"errorMessage":"no login"}' },
      /the client function failed: .*no login/,
    ],
    ['an answer without attempts', { Payload: 'null' }, /gave no attempts/],
  ])('does not take %s for attempts', async (_, { Payload, ...reply }, message) => {
    lambda.on(InvokeCommand).resolves({ ...reply, Payload: { transformToString: () => Payload } as never });
    const lab = await deployment().open(outputs);
    await expect(lab.client('instance', request, AbortSignal.timeout(5000))).rejects.toThrow(message);
  });
});

describe('the outputs of the stacks', () => {
  const file = {
    databases: { EventsLogGroup: '/aws/events/x', ExportsOutput: 'y' },
    consumer: {
      Instance: JSON.stringify(outputs.instance),
      Cluster: JSON.stringify(outputs.cluster),
      ...Object.fromEntries(
        ['Scratch1', 'Scratch0', 'Scratch10'].map((name) => [name, JSON.stringify({ host: name })]),
      ),
      ClientFunction: 'lab-client',
    },
    services: { InsideClientFunction: 'lab-inside' },
  };

  test('are those of the contract', () => {
    expect(outputsIn(JSON.stringify(file))).toEqual({
      ...{ instance: outputs.instance, cluster: outputs.cluster },
      scratch: [{ host: 'Scratch0' }, { host: 'Scratch1' }, { host: 'Scratch10' }],
      ...{ clientFunction: 'lab-client', insideClientFunction: 'lab-inside', eventsLogGroup: '/aws/events/x' },
    });
  });

  test('say which one is missing', () => {
    expect(() => outputsIn(JSON.stringify({ ...file, services: {} }))).toThrow('no output InsideClientFunction');
    expect(() => outputsIn(JSON.stringify({ ...file, consumer: {} }))).toThrow('no output Scratch0');
  });
});
