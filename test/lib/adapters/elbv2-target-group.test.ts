import {
  DeregisterTargetsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  InvalidTargetException,
  RegisterTargetsCommand,
  TargetGroupNotFoundException,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { beforeEach, describe, expect, test } from 'vitest';
import { createElbv2TargetGroup } from '../../../lib/adapters/elbv2-target-group.ts';
import { a, b } from '../scene.ts';
import { mocked, region } from './mocks.ts';

const arn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef';

const elbv2 = mocked(ElasticLoadBalancingV2Client);

let group: ReturnType<typeof createElbv2TargetGroup>;

beforeEach(() => {
  group = createElbv2TargetGroup(new ElasticLoadBalancingV2Client(region), arn);
});

const named = (name: string, more = {}) => Object.assign(new Error('said AWS'), { name, ...more });

describe('the target group', () => {
  test('lists targets with state and reason; health that is not known yet is initial', async () => {
    elbv2.on(DescribeTargetHealthCommand, { TargetGroupArn: arn }).resolves({
      TargetHealthDescriptions: [
        { Target: { Id: a.ip, Port: a.port, AvailabilityZone: 'eu-central-1a' }, TargetHealth: { State: 'healthy' } },
        {
          Target: { Id: b.ip, Port: b.port },
          TargetHealth: { State: 'draining', Reason: 'Target.DeregistrationInProgress' },
        },
        { Target: { Id: b.ip, Port: 1 } },
      ],
    });
    expect(await group.list()).toEqual([
      { ...a, state: 'healthy' },
      { ...b, state: 'draining', reason: 'Target.DeregistrationInProgress' },
      { ip: b.ip, port: 1, state: 'initial' },
    ]);
  });

  test('is not empty because an answer holds no list', async () => {
    elbv2.on(DescribeTargetHealthCommand).resolves({});
    await expect(group.list()).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    elbv2.on(DescribeTargetHealthCommand).resolves({ TargetHealthDescriptions: [] });
    expect(await group.list()).toEqual([]);
  });

  test.each([undefined, Number.NaN, -1, 0, 70_000, 1.5])('refuses an answer with a target at port %s', async (Port) => {
    elbv2.on(DescribeTargetHealthCommand).resolves({ TargetHealthDescriptions: [{ Target: { Id: a.ip, Port } }] });
    await expect(group.list()).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });

  test('holds a thousand targets at most, and any number that is draining', async () => {
    const listed = (count: number, State: 'healthy' | 'draining') =>
      Array.from({ length: count }, (_, i) => ({
        Target: { Id: `10.0.${i >> 8}.${i & 255}`, Port: State === 'healthy' ? 5432 : 1 },
        TargetHealth: { State },
      }));
    const answer = (live: number) => ({
      TargetHealthDescriptions: [...listed(live, 'healthy'), ...listed(1500, 'draining')],
    });
    elbv2.on(DescribeTargetHealthCommand).resolves(answer(1000));
    expect(await group.list()).toHaveLength(2500);
    elbv2.on(DescribeTargetHealthCommand).resolves(answer(1001));
    await expect(group.list()).rejects.toMatchObject({
      code: 'ServiceUnavailable',
      message: expect.stringContaining('gave 1001 targets that are not draining; a group has 1000 at most'),
    });
  });

  test('registers and deregisters each target at its own port, never with a zone', async () => {
    elbv2.on(RegisterTargetsCommand).resolves({}).on(DeregisterTargetsCommand).resolves({});
    await group.register([a, { ...b, port: 3306 }]);
    await group.deregister([a]);
    const sent = [...elbv2.commandCalls(RegisterTargetsCommand), ...elbv2.commandCalls(DeregisterTargetsCommand)].map(
      ({ args }) => args[0].input,
    );
    expect(sent).toEqual([
      {
        TargetGroupArn: arn,
        Targets: [
          { Id: a.ip, Port: a.port },
          { Id: b.ip, Port: 3306 },
        ],
      },
      { TargetGroupArn: arn, Targets: [{ Id: a.ip, Port: a.port }] },
    ]);
  });

  test('sends many targets in chunks of 200', async () => {
    elbv2.on(RegisterTargetsCommand).resolves({});
    await group.register(Array.from({ length: 450 }, (_, i) => ({ ip: `10.0.${i >> 8}.${i & 255}`, port: 5432 })));
    expect(elbv2.commandCalls(RegisterTargetsCommand).map(({ args }) => args[0].input.Targets?.length)).toEqual([
      200, 200, 50,
    ]);
  });

  test.each<[string, Error, string, boolean]>([
    [
      'a group that is gone',
      new TargetGroupNotFoundException({ message: 'gone', $metadata: {} }),
      'TargetGroupNotFound',
      false,
    ],
    [
      'an address that the VPC does not hold',
      new InvalidTargetException({ message: 'bad', $metadata: {} }),
      'TargetRejected',
      false,
    ],
    ['a validation error', named('ValidationError'), 'TargetRejected', false],
    ['a missing permission', named('AccessDenied', { $metadata: { httpStatusCode: 403 } }), 'AccessDenied', false],
    ['an unknown refusal', named('Weird', { $metadata: { httpStatusCode: 403 } }), 'AccessDenied', false],
    ['throttling', named('Throttling'), 'Throttled', true],
    ['a time-out', named('TimeoutError'), 'TimedOut', true],
    ['a server error', named('InternalFailure', { $metadata: { httpStatusCode: 500 } }), 'ServiceUnavailable', true],
    ['a socket that breaks', named('Error', { code: 'ECONNRESET' }), 'ServiceUnavailable', true],
    ['a cut at the deadline', named('AbortError'), 'DeadlineExceeded', false],
    ['anything else', named('Surprise'), 'Unexpected', false],
  ])('tells %s as a fault with code, cause, group and what to do next', async (_, error, code, retriable) => {
    elbv2.on(RegisterTargetsCommand).rejects(error);
    await expect(group.register([a])).rejects.toMatchObject({
      code,
      retriable,
      cause: error,
      message: expect.stringMatching(
        /registering 10\.0\.1\.10:5432 in arn:aws.*elasticloadbalancing:RegisterTargets failed .*Next: \S/,
      ),
    });
  });
});

describe('the type of the group', () => {
  const fresh = () => createElbv2TargetGroup(new ElasticLoadBalancingV2Client(region), arn);
  const lists = (...ips: string[]) =>
    elbv2.on(DescribeTargetHealthCommand).resolves({
      TargetHealthDescriptions: ips.map((Id) => ({ Target: { Id, Port: 5432 }, TargetHealth: { State: 'healthy' } })),
    });
  const described = () => elbv2.commandCalls(DescribeTargetHealthCommand).length;
  const asked = () => elbv2.commandCalls(DescribeTargetGroupsCommand).length;

  test.each([
    ['ipv4', a.ip],
    ['ipv6', 'fd00::1'],
  ])('is %s with a target at %s, and that costs no call of its own', async (type, ip) => {
    lists(ip);
    const { list, addressTypes } = fresh();
    const [known] = await Promise.all([addressTypes.ofTargets(), addressTypes.ofTargets(), list()]);
    expect(known).toBe(type);
    lists();
    expect(await addressTypes.ofTargets()).toBe(type);
    expect(described()).toBe(1);
    expect(await addressTypes.ofGroup()).toBe(type);
    expect(asked()).toBe(0);
  });

  test('is asked for once while the group is empty, and then remembered', async () => {
    lists();
    elbv2.on(DescribeTargetGroupsCommand, { TargetGroupArns: [arn] }).resolves({
      TargetGroups: [{ TargetGroupArn: arn, IpAddressType: 'ipv6' }],
    });
    const { addressTypes } = fresh();
    expect(await addressTypes.ofTargets()).toBeUndefined();
    expect(await Promise.all([addressTypes.ofGroup(), addressTypes.ofGroup()])).toEqual(['ipv6', 'ipv6']);
    expect(await addressTypes.ofTargets()).toBe('ipv6');
    expect([described(), asked()]).toEqual([1, 1]);
  });

  test('is known from what a manual run asks of the group', async () => {
    lists();
    elbv2.on(DescribeTargetGroupsCommand).resolves({ TargetGroups: [{ TargetGroupArn: arn, IpAddressType: 'ipv6' }] });
    const { nature, addressTypes } = fresh();
    await nature?.();
    expect(asked()).toBe(1);
    expect(await addressTypes.ofGroup()).toBe('ipv6');
    expect(asked()).toBe(1);
  });

  test.each([
    ['ipv4', 'ipv4'],
    ['ipv6', 'ipv6'],
    ['dualstack', undefined],
    [undefined, undefined],
  ])('of an empty group that says %s is %s', async (IpAddressType, type) => {
    lists();
    elbv2.on(DescribeTargetGroupsCommand).resolves({ TargetGroups: [{ IpAddressType: IpAddressType as never }] });
    expect(await fresh().addressTypes.ofGroup()).toBe(type);
  });

  test('is unknown where ELBv2 does not say, and the list reports its own faults', async () => {
    elbv2
      .on(DescribeTargetHealthCommand)
      .rejects(named('Throttling'))
      .on(DescribeTargetGroupsCommand)
      .rejects(named('AccessDenied'));
    const { list, addressTypes } = fresh();
    expect(await addressTypes.ofTargets()).toBeUndefined();
    expect(await addressTypes.ofGroup()).toBeUndefined();
    await expect(list()).rejects.toMatchObject({ code: 'Throttled' });
  });

  test('does not depend on how ELBv2 writes an IPv6 address, nor does the identity of a target', async () => {
    lists('FD00:0:0:0:0:0:0:1');
    expect(await fresh().list()).toEqual([{ ip: 'fd00::1', port: 5432, state: 'healthy' }]);
  });
});

const listOf = (description: TargetHealthDescription) => {
  elbv2.on(DescribeTargetHealthCommand).resolves({ TargetHealthDescriptions: [description] });
  return group.list();
};

describe('a target', () => {
  test.each(['initial', 'healthy', 'unhealthy', 'unhealthy.draining', 'unused', 'draining', 'unavailable'] as const)(
    'is %s when ELBv2 says so',
    async (State) => {
      expect(await listOf({ Target: { Id: a.ip, Port: a.port }, TargetHealth: { State } })).toEqual([
        { ...a, state: State },
      ]);
    },
  );

  test.each([
    [undefined, 'initial', 'Target.Odd'],
    ['', 'initial', 'Target.Odd'],
    // Not new, or it would never leave.
    ['sleeping', 'unknown', 'sleeping, Target.Odd'],
  ])('in the state %j is %s, %s', async (State, state, reason) => {
    const TargetHealth = { State: State as never, Reason: 'Target.Odd' as never };
    expect(await listOf({ Target: { Id: a.ip, Port: a.port }, TargetHealth })).toEqual([{ ...a, state, reason }]);
  });

  test('in a state that is not known shows it, also without a reason', async () => {
    const TargetHealth = { State: 'sleeping' as never };
    expect(await listOf({ Target: { Id: a.ip, Port: a.port }, TargetHealth })).toEqual([
      { ...a, state: 'unknown', reason: 'sleeping' },
    ]);
  });

  test('without an address or a port is no answer, and what came is shown', async () => {
    await expect(listOf({ Target: { Id: '', Port: 5432 } })).rejects.toThrow(/gave a target at :5432/);
    await expect(listOf({ Target: { Id: undefined, Port: 5432 } })).rejects.toThrow(/gave a target at undefined:5432/);
    await expect(listOf({ Target: { Id: a.ip, Port: 0 } })).rejects.toThrow(/gave a target at 10\.0\.1\.10:0/);
    await expect(listOf({})).rejects.toMatchObject({ code: 'ServiceUnavailable', retriable: true });
  });
});

test('a reply without a list says which call gave none', async () => {
  elbv2.on(DescribeTargetHealthCommand).resolves({});
  await expect(group.list()).rejects.toThrow(/DescribeTargetHealth gave no list of targets/);
});

test('every call can be cut', async () => {
  elbv2.on(DescribeTargetHealthCommand).resolves({ TargetHealthDescriptions: [] });
  elbv2.on(DescribeTargetGroupsCommand).resolves({ TargetGroups: [{ TargetType: 'ip', IpAddressType: 'ipv4' }] });
  elbv2.on(RegisterTargetsCommand).resolves({}).on(DeregisterTargetsCommand).resolves({});
  const { signal } = new AbortController();
  await group.list(signal);
  await group.register([a], signal);
  await group.deregister([a], signal);
  await group.addressTypes.ofGroup(signal);
  const options = elbv2.calls().map(({ args }) => (args as unknown[])[1] as { abortSignal?: AbortSignal });
  expect(options).toHaveLength(4);
  for (const { abortSignal } of options) expect(abortSignal).toBe(signal);
});

test('nothing is sent for no targets', async () => {
  await group.register([]);
  await group.deregister([]);
  expect(elbv2.calls()).toHaveLength(0);
});

test('a whole chunk is one call', async () => {
  elbv2.on(DeregisterTargetsCommand).resolves({});
  await group.deregister(Array.from({ length: 200 }, (_, i) => ({ ip: `10.0.0.${i}`, port: 5432 })));
  expect(elbv2.calls()).toHaveLength(1);
});

test('a chunk that fails ends the call, and later chunks are not sent', async () => {
  elbv2.on(RegisterTargetsCommand).rejects(Object.assign(new Error('slow'), { name: 'Throttling' }));
  const many = Array.from({ length: 450 }, (_, i) => ({ ip: `10.0.${i >> 8}.${i & 255}`, port: 5432 }));
  await expect(group.register(many)).rejects.toMatchObject({ code: 'Throttled' });
  expect(elbv2.calls()).toHaveLength(1);
});

test.each([
  ['list', /^reading the targets of arn:aws.*0123456789abcdef: elasticloadbalancing:DescribeTargetHealth failed/],
  [
    'register',
    /^registering 10\.0\.1\.10:5432, 10\.0\.2\.10:5432 in arn:aws.*cdef: elasticloadbalancing:RegisterTargets failed/,
  ],
  [
    'deregister',
    /^deregistering 10\.0\.1\.10:5432, 10\.0\.2\.10:5432 in arn:aws.*cdef: elasticloadbalancing:DeregisterTargets failed/,
  ],
] as const)('a fault of %s says what was done, on what, and which permission it takes', async (call, said) => {
  elbv2.rejects(new Error('no'));
  const work = call === 'list' ? group.list() : group[call]([a, b]);
  await expect(work).rejects.toThrow(said);
});
