import { describe, expect, test } from 'vitest';
import { checksOf } from '../../../lib/doctor/checks.ts';
import type { RegisteredTarget } from '../../../lib/domain.ts';
import { ReconcileError } from '../../../lib/errors.ts';
import type { Nature } from '../../../lib/nature.ts';
import { newState, type RunState } from '../../../lib/observations/run-state.ts';
import type { DnsAnswer } from '../../../lib/ports.ts';
import { configOf, respondIn } from '../invocations.ts';
import { heardFrom, reader, refused, type Said, withProber, writer } from '../prober.ts';
import {
  a,
  addresses,
  b,
  c,
  cluster,
  clusterWorld,
  draining,
  healthy,
  host,
  hostname,
  instance,
  instanceWorld,
  member,
  memberHost,
  requestOf,
  seen,
} from '../scene.ts';
import { unavailable } from '../world.ts';

const doctor = requestOf(instance, 'dry-run', { kind: 'manual', at: 0, action: 'doctor' });

const checks = (more: Partial<RunState>, request = doctor) => checksOf(request, { ...newState(0), ...more });

/** The checks of one name, as `result: detail`. */
const of = (name: string, more: Partial<RunState>, request = doctor) =>
  checks(more, request)
    .filter(({ check }) => check === name)
    .map(({ result, detail }) => `${result}: ${detail}`);

const asked = (observation: NonNullable<RunState['topology']>['observation']) => ({
  topology: { at: 0, observation, pollIntervalMs: 0 },
});

const observed = (...targets: NonNullable<RunState['observed']>['targets']) => ({
  observed: { readAt: 0, at: 0, targets },
});

const answered = (answers: Record<string, DnsAnswer>) => ({
  lookups: { at: 0, answers: new Map(Object.entries(answers)) },
});

const inSync = { kind: 'in-sync', stale: [] } as const;

describe('a check of the RDS API', () => {
  test('shows every instance with its role and status', () => {
    const observation = seen([member('orders-1', 'writer'), member('orders-2', 'reader', 'rebooting')]);
    expect(of('rds-api-answers', asked(observation))).toEqual([
      'ok: orders-1 (writer, available), orders-2 (reader, rebooting)',
    ]);
  });

  test('fails with what the API said, or with why it did not answer', () => {
    expect(of('rds-api-answers', asked({ kind: 'not-found', message: 'no such instance' }))).toEqual([
      'failed: no such instance',
    ]);
    expect(of('rds-api-answers', asked(unavailable))).toEqual(['failed: the RDS API is down.']);
  });

  test('is not needed for a name', () => {
    expect(of('rds-api-answers', {}, { ...doctor, database: hostname })).toEqual([
      'not-checked: hostname needs no RDS API',
    ]);
  });
});

describe('a check of the members', () => {
  const probed = (...said: readonly Said[]) =>
    of('probe', { observations: { ...newState(0).observations, heard: heardFrom(said) } });
  const denied = { kind: 'unknown', why: 'password authentication failed' } as const;

  test('is ok where each says its role, and one that it is the writer', () => {
    expect(probed([a, writer, 0], [b, reader, 0])).toEqual(['ok: 10.0.1.10:5432 writer, 10.0.2.10:5432 reader']);
    expect(probed([a, writer, 0], [b, refused, 0])).toEqual(['ok: 10.0.1.10:5432 writer, 10.0.2.10:5432 refused']);
  });

  test('fails with what each said where a login fails, and where none or two say that they are the writer', () => {
    expect(probed([a, writer, 0], [b, denied, 0])).toEqual([
      'failed: 10.0.1.10:5432 writer, 10.0.2.10:5432 unknown (password authentication failed)',
    ]);
    for (const readers of [[a], [a, b]])
      expect(probed(...readers.map((one): Said => [one, reader, 0]))[0]).toMatch(/^failed: /);
    expect(probed([a, writer, 0], [b, writer, 0])[0]).toMatch(/^failed: /);
  });

  test('fails while a member has not answered, or could not be asked: one of which nothing is known is not left out', () => {
    const topology = seen([member('orders-1', 'writer'), member('orders-2', 'reader')]);
    const observations = { ...newState(0).observations, heard: heardFrom([[a, writer, 0]]) };
    const where = (second: DnsAnswer) => {
      const answers = { [memberHost('orders-1')]: addresses(a.ip), [memberHost('orders-2')]: second };
      const lookups = { ...answered(answers).lookups, topology };
      return of('probe', { observations, ...asked(topology), lookups }, { ...doctor, database: cluster });
    };
    expect(where(addresses(b.ip))).toEqual(['failed: 10.0.1.10:5432 writer, 10.0.2.10:5432 unknown (no answer yet)']);
    expect(where({ kind: 'failed', code: 'ETIMEOUT' })).toEqual([
      'failed: 10.0.1.10:5432 writer, orders-2 unknown (not asked: its name leads to no allowed address)',
    ]);
  });

  test('is not made where no member is asked', () => {
    expect(of('probe', {})).toEqual([]);
    expect(probed()).toEqual(['not-checked: no member and its address is known']);
  });

  test('is ok though a warm standby is silent, as it is before its promotion', () => {
    const target = { kind: 'proven', target: b } as const;
    const evidence = { complete: true, since: 0 };
    const desired = { kind: 'targets', targets: [a, b], evidence, standby: target } as const;
    const observations = {
      ...newState(0).observations,
      heard: heardFrom([
        [a, writer, 0],
        [b, denied, 0],
      ]),
    };
    expect(of('probe', { observations, desired })[0]).toMatch(/^ok: /);
  });

  test('is part of a doctor that asks them', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    withProber(world, { [a.ip]: writer, [b.ip]: denied });
    const config = configOf({ DATABASE_KIND: 'cluster' });
    const { report } = await respondIn(world, { action: 'doctor' }, config);
    expect(report.checks?.find(({ check }) => check === 'probe')).toMatchObject({ result: 'failed' });
  });
});

describe('a check of DNS', () => {
  test('stands for every name that was asked for', () => {
    const answers: Record<string, DnsAnswer> = {
      [host]: addresses(a.ip, b.ip),
      x: { kind: 'failed', code: 'ETIMEOUT' },
      y: { kind: 'not-found' },
      z: { kind: 'too-many', count: 2000 },
    };
    expect(of('name-resolves', answered(answers))).toEqual([
      `ok: ${host}: 10.0.1.10, 10.0.2.10`,
      'failed: x: ETIMEOUT',
      'failed: y: not-found',
      'failed: z: 2000 addresses in one answer',
    ]);
  });

  test('is not made when no name is known', () => {
    for (const more of [{}, answered({})])
      expect(of('name-resolves', more)).toEqual(['not-checked: no name was known']);
  });
});

describe('a check of what is desired', () => {
  test('shows the targets, or why they are not known', () => {
    const desired = { kind: 'targets', targets: [a, b], evidence: { complete: true, since: 0 } } as const;
    expect(of('desired-state-known', { desired })).toEqual(['ok: 10.0.1.10:5432, 10.0.2.10:5432']);
    const hold = { kind: 'hold', reason: 'NoWriter', message: 'no writer' } as const;
    expect(of('desired-state-known', { desired: hold })).toEqual(['failed: NoWriter: no writer']);
    expect(of('desired-state-known', {})).toEqual(['not-checked: the sources were not read']);
  });
});

describe('a check of the group', () => {
  test('shows every target, and that one of them is healthy and in sync', () => {
    const more = { ...observed(healthy(a), draining(b)), plan: inSync };
    const shown = 'ok: 10.0.1.10:5432 healthy, 10.0.2.10:5432 draining';
    expect(of('target-group-answers', more)).toEqual([shown]);
    expect(of('target-healthy', more)).toEqual([shown]);
    expect(of('in-sync', more)).toEqual(['ok: in-sync']);
  });

  test('fails when no target is healthy, or none is there', () => {
    expect(of('target-healthy', observed({ ...a, state: 'unhealthy' }))).toEqual(['failed: 10.0.1.10:5432 unhealthy']);
    expect(of('target-healthy', observed())).toEqual(['failed: no targets']);
    expect(of('target-group-answers', observed())).toEqual(['ok: no targets']);
    // Healthy, and gone all the same.
    const gone = { ...a, state: 'healthy', reason: 'Target.NotRegistered' } as const;
    expect(of('target-healthy', observed(gone))).toEqual(['failed: 10.0.1.10:5432 healthy']);
  });

  test.each<[string, RegisteredTarget, string]>([
    ['lies in a zone without a subnet', { ...b, state: 'unused' }, 'unused (no load balancer subnet in its zone)'],
    [
      'lies in a zone that is known to have none',
      { ...b, state: 'unused', unservedZone: 'eu-central-1c' },
      'unused (no load balancer subnet in eu-central-1c)',
    ],
    [
      'is shifted away from',
      { ...healthy(b), override: 'zonal_shift_active' },
      'healthy (zonal_shift_active: no new connections)',
    ],
    ['may be', { ...healthy(b), override: 'zonal_shift_delegated_to_dns' }, 'healthy (zonal_shift_delegated_to_dns)'],
    [
      'lies in such a zone and is shifted away from',
      { ...b, state: 'unused', override: 'zonal_shift_active' },
      'unused (no load balancer subnet in its zone, zonal_shift_active: no new connections)',
    ],
  ])('says why a target gets no connections that %s', (_, target, said) => {
    expect(of('target-group-answers', observed(healthy(a), target))).toEqual([
      `ok: 10.0.1.10:5432 healthy, 10.0.2.10:5432 ${said}`,
    ]);
  });

  test('fails when the group is not in sync, and is not made while the desired targets are unknown', () => {
    const change = { kind: 'change', register: [b], deregister: [a], stale: [] } as const;
    expect(of('in-sync', { ...observed(healthy(a)), plan: change })).toEqual([
      'failed: to do: register 10.0.2.10:5432; deregister 10.0.1.10:5432',
    ]);
    expect(of('in-sync', { ...observed(healthy(a)), plan: { ...change, register: [] } })).toEqual([
      'failed: to do: deregister 10.0.1.10:5432',
    ]);
    expect(of('in-sync', { ...observed(healthy(a)), plan: { ...change, register: [b, c] } })).toEqual([
      'failed: to do: register 10.0.2.10:5432, 10.0.3.10:5432; deregister 10.0.1.10:5432',
    ]);
    const waiting = { kind: 'waiting', for: 'zone', stale: [] } as const;
    expect(of('in-sync', { ...observed(healthy(a)), plan: waiting })).toEqual(['failed: waiting: zone']);
    const hold = { kind: 'hold', reason: 'NoWriter', message: '' } as const;
    for (const more of [{ plan: hold }, {}])
      expect(of('in-sync', { ...observed(healthy(a)), ...more })).toEqual([
        'not-checked: the desired state is not known',
      ]);
  });

  test('fails with the fault that kept it from being read, and is not made otherwise', () => {
    expect(of('target-group-answers', { fault: new ReconcileError('AccessDenied', 'grant it') })).toEqual([
      'failed: grant it',
    ]);
    expect(of('target-group-answers', {})).toEqual(['not-checked: it was not read']);
    expect(of('target-healthy', {})).toEqual([]);
  });
});

test('the doctor says what the configuration is right about, and when it cannot know', async () => {
  const world = instanceWorld(a, healthy(a));
  const check = async () =>
    (await respondIn(world, { action: 'doctor' })).report.checks?.find(
      ({ check }) => check === 'configuration-matches',
    );
  expect(await check()).toMatchObject({
    result: 'ok',
    detail: expect.stringContaining('are what the configuration says'),
  });
  if (world.topology.kind === 'seen')
    world.topology = { kind: 'seen', topology: { ...world.topology.topology, nature: { memberOf: 'shop' } } };
  expect(await check()).toMatchObject({ result: 'failed', detail: expect.stringContaining('member of cluster shop') });
  world.topology = { kind: 'not-found', message: 'no' };
  expect(await check()).toMatchObject({ result: 'not-checked' });
});

describe('a check of the configuration', () => {
  const said = (more: Partial<RunState>) => of('configuration-matches', more);
  const topology = seen([member('orders', 'writer')]);

  test('is made of what could be described', () => {
    expect(said({})).toEqual(['not-checked: neither the database nor the target group could be described']);
    expect(said({ group: {} })).toEqual(['ok: the database and the target group are what the configuration says']);
    expect(said({ group: { targetType: 'alb' } })).toEqual([
      expect.stringMatching(/^failed: the target group is of type alb/),
    ]);
  });

  test('says all that is wrong, or all that is unusual, at once', () => {
    if (topology.kind !== 'seen') throw new Error('no topology');
    const described = (nature: Nature) => asked({ kind: 'seen', topology: { ...topology.topology, nature } });
    expect(said({ ...described({ memberOf: 'shop' }), group: { protocol: 'UDP' } })).toEqual([
      expect.stringMatching(/^failed: .*member of cluster shop.*; the protocol of the target group is UDP/),
    ]);
    expect(said({ ...described({}), group: { protocol: 'TLS', unread: 'grant it' } })).toEqual([
      expect.stringMatching(/^ok: the group speaks TLS .*; the zones of the load balancer .*: grant it$/),
    ]);
  });
});

test('each check has one name, whether it can be made or not', () => {
  expect(checks({}).map(({ check }) => check)).toEqual([
    'rds-api-answers',
    'name-resolves',
    'desired-state-known',
    'configuration-matches',
    'target-group-answers',
    'corrects-differences',
  ]);
});

test.each<[string, RunState['unshown']]>([
  ['not-checked: the name or the target group was not read', undefined],
  ['ok: the name has shown each healthy target within the last hour', []],
  [
    'not-checked: not shown since this execution environment began to watch the name, which has to be an hour: 10.0.1.10:5432 (for 1 min), 10.0.2.10:5432 (for 59 min)',
    [
      { target: a, forMs: 119_999, isLong: false },
      { target: b, forMs: 3_540_000, isLong: false },
    ],
  ],
])('tells which targets a name has shown: %s', (said, unshown) => {
  const of = (database: typeof hostname) =>
    checks({ ...(unshown ? { unshown } : {}) }, { ...doctor, database }).filter(
      ({ check }) => check === 'targets-shown',
    );
  expect(of(hostname).map(({ result, detail }) => `${result}: ${detail}`)).toEqual([said]);
  expect(of(instance)).toEqual([]);
});

test.each<[string, Partial<typeof doctor>]>([
  ['ok: they do', {}],
  ['failed: OBSERVE_ONLY is true', { policy: { ...doctor.policy, observeOnly: true } }],
  [
    'failed: paused until 2026-12-01T03:00:00Z',
    { policy: { ...doctor.policy, observeOnly: true }, pausedUntil: '2026-12-01T03:00:00Z' },
  ],
])('tells whether differences are corrected: %s', (said, more) => {
  expect(of('corrects-differences', {}, { ...doctor, ...more })).toEqual([said]);
});

test('names the members that no event wakes the function for', () => {
  const named = (memberPrefix: string) => {
    const request = { ...doctor, database: { ...cluster, memberPrefix } };
    return of('configuration-matches', asked(seen([member('orders-1', 'writer'), member('Sales', 'reader')])), request);
  };
  expect(named('orders-')).toEqual([
    expect.stringMatching(
      /^failed: members of orders do not begin with "orders-": Sales; their events wake no function/,
    ),
  ]);
  expect(named('s')).toEqual([expect.stringContaining('do not begin with "s": orders-1;')]);
  expect(named('x')).toEqual([expect.stringContaining('do not begin with "x": orders-1, Sales;')]);
  const autoscaled = member('application-autoscaling-0a1b2c3d', 'reader');
  const scaled = asked(seen([member('ORDERS-1', 'writer'), autoscaled]));
  const request = { ...doctor, database: { ...cluster, memberPrefix: 'Orders-' } };
  expect(of('configuration-matches', scaled, request)).toEqual([expect.stringMatching(/^ok: /)]);
  const reader = { ...request, database: { ...request.database, role: 'reader' as const } };
  const promoted = asked(seen([member('orders-1', 'reader'), { ...autoscaled, role: 'writer' }]));
  for (const [state, asks] of [
    [scaled, reader],
    [promoted, request],
  ] as const)
    expect(of('configuration-matches', state, asks)).toEqual([expect.stringContaining(`"Orders-": ${autoscaled.id};`)]);
});
