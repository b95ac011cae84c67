import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { outputsIn } from '../../../lab/aws/cdk.ts';
import { awsDeployment } from '../../../lab/aws/deployment.ts';
import { mocked } from '../../lib/adapters/mocks.ts';
import { outputs } from '../rig.ts';

const lambda = mocked(LambdaClient);

const settings = { run: 'l123abc' };
const access = { account: '123456789012', region: 'eu-central-1' };

type Known = {
  readonly status?: string;
  readonly outputs?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

function deployment({ left = [[]] as readonly (readonly string[])[], failures = 0, services = {} as Known } = {}) {
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
      stackNameOf: (run, part) => `${run}-${part}`,
      cloudFormation: {
        status: async (name) => (name === 'l123abc-services' ? services.status : 'CREATE_COMPLETE'),
        outputs: async (name) => services.outputs?.[name] ?? {},
        failures: async () => [],
        resources: async (name, type) => [`${type} of ${name}`],
      },
      cdk: {
        templates: async (given) => [given],
        async deploy() {
          said.push('deploy');
          return outputs;
        },
        async alone(command, part, { proof = 'none' }, _signal, options = []) {
          said.push([command, part, proof, ...options].join(' '));
        },
        async destroy({ proof = 'none' }) {
          said.push(`destroy with ${proof}`);
          destroys += 1;
          if (destroys <= failures) throw new Error(`cdk destroy ended with exit code 1 (${destroys})`);
        },
      },
      // That of the load balancer of a proof is in it.
      price: ([template]) => ((template as { proof?: string }).proof ? 0.7 : 0),
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
      /five stacks in account 123456789012, eu-central-1.*\$0\.70 an hour.*no more than \$3\.50/,
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
    const { destroy, said } = deployment({ failures: 1 });
    await destroy(settings);
    // A proof that was killed has left its stack, which stands in the app only where it is asked for.
    expect(said).toEqual(['destroy with mistyped', 'destroy with mistyped']);
    await expect(deployment({ failures: 2 }).destroy(settings)).rejects.toThrow('(2)');
  });

  const told = {
    'l123abc-databases': { EventsLogGroup: outputs.eventsLogGroup },
    'l123abc-services': { InsideClientFunction: outputs.insideClientFunction },
    'l123abc-consumer': {
      ...{ Instance: JSON.stringify(outputs.instance), Cluster: JSON.stringify(outputs.cluster) },
      ...{ Scratch0: JSON.stringify({ host: 'scratch' }), ClientFunction: outputs.clientFunction },
    },
  };

  test.each(['DELETE_FAILED', 'DELETE_IN_PROGRESS'])(
    'goes on with services in %s, which take no deployment',
    async (status) => {
      const { deploy, said } = deployment({ services: { status, outputs: told } });
      expect(await deploy(settings, AbortSignal.timeout(5000))).toEqual({ ...outputs, scratch: [{ host: 'scratch' }] });
      expect(said).toEqual([]);
    },
  );

  test.each([undefined, 'CREATE_COMPLETE'])('deploys where the services are %s', async (status) => {
    const { deploy, said } = deployment({ services: { status } });
    expect(await deploy(settings, AbortSignal.timeout(5000))).toBe(outputs);
    expect(said).toEqual(['deploy']);
  });

  test('does with each stack what an experiment asks for', async () => {
    const { open, said } = deployment({ services: { status: 'CREATE_COMPLETE' } });
    const { stacks } = await open(outputs, settings);
    const signal = AbortSignal.timeout(5000);
    await stacks?.deployProof('without-eu-central-1a', signal);
    await stacks?.revertDrift(signal);
    await stacks?.destroy('services', signal);
    await stacks?.destroy('proof', signal);
    expect(said).toEqual([
      'deploy proof without-eu-central-1a',
      'deploy services none --revert-drift',
      'destroy services none',
      'destroy proof mistyped',
    ]);
    expect(await stacks?.status('services')).toBe('CREATE_COMPLETE');
    expect(await stacks?.targetGroups()).toEqual(['AWS::ElasticLoadBalancingV2::TargetGroup of l123abc-services']);
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
    const lab = await deployment().open(outputs, settings);
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
    const lab = await deployment().open(outputs, settings);
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
    expect(outputsIn(file)).toEqual({
      ...{ instance: outputs.instance, cluster: outputs.cluster },
      scratch: [{ host: 'Scratch0' }, { host: 'Scratch1' }, { host: 'Scratch10' }],
      ...{ clientFunction: 'lab-client', insideClientFunction: 'lab-inside', eventsLogGroup: '/aws/events/x' },
    });
  });

  test('say which one is missing', () => {
    expect(() => outputsIn({ ...file, services: {} })).toThrow('no output InsideClientFunction');
    expect(() => outputsIn({ ...file, consumer: {} })).toThrow('no output Scratch0');
  });
});
