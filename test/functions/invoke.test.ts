import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/invoke.ts';
import { createElbv2TargetGroup } from '../../lib/adapters/elbv2-target-group.ts';
import { createTelemetry } from '../../lib/adapters/telemetry.ts';
import { targetKey } from '../../lib/domain.ts';
import { ReconcileError } from '../../lib/errors.ts';
import { configOf, groupArn, instanceEvent } from '../lib/invocations.ts';
import { logLines } from '../lib/log-lines.ts';
import {
  a,
  addresses,
  b,
  c,
  clusterWorld,
  healthy,
  host,
  instanceWorld,
  memberHost,
  showInstance,
} from '../lib/scene.ts';
import { type World, worldWith } from '../lib/world.ts';

const lines = logLines();
const context = { getRemainingTimeInMillis: () => 300_000 };

test.each([1234.5, 0.1, -3, Number.MAX_SAFE_INTEGER / 4e6, 1e13, Number.POSITIVE_INFINITY, Number.NaN])(
  'an invocation with %d ms left is served',
  async (left) => {
    const world = instanceWorld(a, healthy(a));
    expect(await handlerIn(world, {}, { getRemainingTimeInMillis: () => left })({ action: 'plan' })).toMatchObject({
      outcome: 'in-sync',
    });
  },
);

test('settings with fractions need no context', async () => {
  const world = instanceWorld(a, healthy(a));
  const env = { WATCH_SECONDS: '12.3456', SETTLE_SECONDS: '3.0001' };
  expect(await handlerIn(world, env, null)({ action: 'plan' })).toMatchObject({ outcome: 'in-sync' });
});

function handlerIn(world: World, env: Record<string, string> = {}, place: typeof context | null = context) {
  const config = configOf({ DATABASE_NAME: 'orders-db', ...env });
  const { database, metricsNamespace: namespace, logLevel } = config;
  const handler = createHandler({
    config,
    ports: world.ports,
    telemetry: createTelemetry({ database: database.name, namespace, logLevel }),
  });
  return (event: unknown) => world.clock.run(handler(event, place ?? undefined));
}

/** An invocation, what it would tell a topic, and what it had logged by then. */
async function toldIn(world: World, event: unknown, notify = async () => {}, env: Record<string, string> = {}) {
  const config = configOf(env);
  const told: { text: string; logged: number }[] = [];
  const telemetry = createTelemetry({ database: 'orders', namespace: config.metricsNamespace, logLevel: 'INFO' });
  const handler = createHandler({
    config,
    ports: world.ports,
    telemetry,
    async notify({ text }) {
      told.push({ text, logged: reports().length });
      await notify();
    },
  });
  return { report: await world.clock.run(handler(event, context)), told: told.map(({ text }) => text), first: told[0] };
}

describe('a failover is told', () => {
  const moved = () => instanceWorld(b, healthy(a));
  const ends = 'orders: in sync 0 s after RDS-EVENT-0049; the writer is orders at 10.0.2.10:5432';

  test('once the run has reported that it went well', async () => {
    const { told, first } = await toldIn(moved(), instanceEvent('RDS-EVENT-0049'));
    expect(told).toEqual([ends]);
    expect(first?.logged).toBe(1);
  });

  test('with the seconds since the first event, also by a run that another one was quicker than', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(16_000, () => {
      showInstance(world, b);
      world.group.targets.clear();
      world.group.targets.set(targetKey(b), healthy(b));
    });
    const { told, report } = await toldIn(world, instanceEvent('RDS-EVENT-0013'));
    expect(report).toMatchObject({ outcome: 'in-sync', registered: [] });
    expect(told).toEqual([
      expect.stringMatching(
        /^orders: in sync 1[67] s after the first event \(RDS-EVENT-0013\); the writer is orders at/,
      ),
    ]);
  });

  test('also where the group held the new writer all along', async () => {
    const world = instanceWorld(a, healthy(a), healthy(b));
    world.clock.at(16_000, () => showInstance(world, b));
    const event = instanceEvent('RDS-EVENT-0013');
    expect((await toldIn(world, event, undefined, { REMOVE_STALE: 'never' })).told).toEqual([
      'orders: in sync 0 s after the first event (RDS-EVENT-0013); the writer is orders at 10.0.2.10:5432',
    ]);
  });

  test.each([
    ['by a drift check, whose alarm tells', moved, scheduled],
    ['by an operator, who sees it', moved, { action: 'resync' }],
    ['of a first registration', () => instanceWorld(b), instanceEvent('RDS-EVENT-0049')],
    ['where nothing moved', () => instanceWorld(b, healthy(b)), instanceEvent('RDS-EVENT-0049')],
    ['where a stale target stays', () => instanceWorld(b, healthy(b), healthy(c)), instanceEvent('RDS-EVENT-0049')],
  ])('not %s', async (_, world, event) => {
    expect((await toldIn(world(), event)).told).toEqual([]);
  });

  test('or not, which warns and counts, and fails nothing', async () => {
    const { report } = await toldIn(moved(), instanceEvent('RDS-EVENT-0049'), async () => {
      throw new ReconcileError('AccessDenied', 'no topic');
    });
    expect(report).toMatchObject({ outcome: 'changed' });
    expect(lines.find(({ level }) => level === 'WARN')).toMatchObject({
      message: 'no topic was told of the failover of orders: no topic',
    });
    expect(emf().at(-1)).toMatchObject({ Database: 'orders', NotNotified: 1 });
  });
});

const scheduled = { source: 'aws.events', 'detail-type': 'Scheduled Event', time: '1970-01-01T00:00:00Z', detail: {} };
const emf = () => lines.filter((line) => '_aws' in line);
const reports = () => lines.filter((line) => 'outcome' in line && !('_aws' in line));

describe('an invocation', () => {
  test('returns its report, and logs the same once', async () => {
    const world = instanceWorld(b, healthy(a));
    const report = await handlerIn(world)(instanceEvent('RDS-EVENT-0049'));
    expect(report).toMatchObject({
      database: 'orders-db',
      trigger: { kind: 'end', eventId: 'RDS-EVENT-0049' },
      outcome: 'changed',
      writer: { instanceId: 'orders', address: b.ip, port: 5432 },
      registered: ['10.0.2.10:5432'],
      deregistered: ['10.0.1.10:5432'],
      stale: [],
    });
    expect(reports()).toHaveLength(1);
    expect(reports()[0]).toMatchObject(report as object);
  });

  test('of another database, or an unknown event, is ignored without a single API call', async () => {
    const world = worldWith(healthy(a));
    for (const event of [instanceEvent('RDS-EVENT-0049', 'billing'), instanceEvent('RDS-EVENT-9999')]) {
      expect(await handlerIn(world)(event)).toMatchObject({ outcome: 'ignored', passes: 0 });
    }
    expect([world.lookups, world.group.calls]).toEqual([{ topology: 0, dns: 0, interfaces: [], marked: 0 }, []]);
    expect(emf()).toEqual([]);
  });

  test('of an instance counts for a cluster only when the topology, asked once, lists it', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    const handler = handlerIn(world, { DATABASE_KIND: 'cluster' });
    expect(await handler(instanceEvent('RDS-EVENT-0006', 'stranger'))).toMatchObject({ outcome: 'ignored' });
    expect([world.lookups.topology, world.group.calls.length]).toEqual([1, 0]);
    expect(await handler(instanceEvent('RDS-EVENT-0004', 'orders-2'))).toMatchObject({
      outcome: 'in-sync',
      trigger: { kind: 'check' },
    });
  });

  test('checks the group when the topology cannot say whether the instance is a member', async () => {
    const world = worldWith(healthy(a));
    const report = await handlerIn(world, { DATABASE_KIND: 'cluster' })(instanceEvent('RDS-EVENT-0004', 'orders-2'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'TopologyUnavailable' });
  });

  test('returns and logs what others said without what controls a terminal', async () => {
    const handler = handlerIn(worldWith(healthy(a)));
    const report = await handler(instanceEvent('RDS-EVENT-evil\u009b2J\u202e\n'));
    expect(report).toMatchObject({ outcome: 'ignored' });
    const thrown = await handler({ action: 'evil\u009b2J\u202e\n' }).catch((error: Error) => error.message);
    expect(thrown).toMatch(/action is "evil/);
    expect(thrown).not.toMatch(/[\u0080-\u009f\u202e]/);
    expect(JSON.stringify([report, lines])).toContain('evil');
    expect(JSON.stringify([report, lines])).not.toMatch(/[\u0080-\u009f\u202e]/);
  });

  test('that holds returns normally, warns, and counts as held', async () => {
    const world = instanceWorld(a, healthy(a));
    world.dns.set(host, { kind: 'failed', code: 'ESERVFAIL' });
    expect(await handlerIn(world)(scheduled)).toMatchObject({
      outcome: 'held',
      reason: 'AddressUnknown',
      detail: expect.stringContaining('ESERVFAIL'),
    });
    expect(reports()[0]).toMatchObject({ level: 'WARN' });
    expect(emf()[0]).toMatchObject({ Held: 1, Drift: 0 });
    expect(emf()[0]).not.toHaveProperty('Success');
  });

  test('that meets a fault throws it, logs it once with what had been done, and measures nothing', async () => {
    const world = instanceWorld(b, healthy(a));
    world.group.failNext(
      'deregister',
      new ReconcileError('AccessDenied', 'grant elasticloadbalancing:DeregisterTargets'),
    );
    await expect(handlerIn(world)(scheduled)).rejects.toMatchObject({ code: 'AccessDenied' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'ERROR',
      registered: ['10.0.2.10:5432'],
      deregistered: [],
      message: expect.stringContaining('grant'),
    });
  });

  test('in which the RDS API refuses us throws, though DNS alone sufficed', async () => {
    const world = worldWith(healthy(a));
    world.dns.set('db.example.com', addresses(b.ip));
    world.topology = {
      kind: 'unavailable',
      error: new ReconcileError('AccessDenied', 'grant rds:DescribeDBInstances'),
    };
    await expect(handlerIn(world, { DATABASE_ENDPOINT: 'db.example.com:5432' })(scheduled)).rejects.toMatchObject({
      code: 'AccessDenied',
    });
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('with a payload that is none of the accepted ones throws and changes nothing', async () => {
    const world = instanceWorld(b, healthy(a));
    for (const event of [{ action: 'explode' }, null, 'x', { source: 'aws.ec2' }]) {
      await expect(handlerIn(world)(event)).rejects.toMatchObject({ code: 'InvalidEvent' });
    }
    expect(world.group.calls).toEqual([]);
  });

  test('takes nothing from the payload but whether to run', async () => {
    const bait = {
      ...{ target: '10.66.6.6', targets: ['10.66.6.6:5432'], TARGET_GROUP_ARN: `${groupArn}0`, TARGET_PORT: '1' },
      ...{ DATABASE_ID: 'billing', DATABASE_ENDPOINT: '10.66.6.6:1', REMOVE_STALE: 'never', OBSERVE_ONLY: 'true' },
    };
    const event = instanceEvent('RDS-EVENT-0004');
    const baited = { ...event, ...bait, detail: { ...event.detail, ...bait, Message: '10.66.6.6:5432', port: 1 } };
    const elbv2 = mockClient(ElasticLoadBalancingV2Client);
    const ran = async (payload: object) => {
      const world = instanceWorld(b);
      elbv2.reset();
      Object.assign(world.ports, {
        targetGroup: createElbv2TargetGroup(new ElasticLoadBalancingV2Client({ region: 'eu-central-1' }), groupArn),
      });
      const held = new Set([a.ip]);
      elbv2.on(DescribeTargetHealthCommand).callsFake(() => ({
        TargetHealthDescriptions: [...held].map((Id) => ({
          Target: { Id, Port: 5432 },
          TargetHealth: { State: 'healthy' },
        })),
      }));
      elbv2.on(RegisterTargetsCommand).callsFake(({ Targets: [{ Id }] }) => {
        held.add(Id);
        return {};
      });
      elbv2.on(DeregisterTargetsCommand).callsFake(({ Targets: [{ Id }] }) => {
        held.delete(Id);
        return {};
      });
      const report = await handlerIn(world)(payload);
      return { report, calls: elbv2.calls().map(({ args: [{ input }] }) => input), held: [...held] };
    };
    const without = await ran(event);
    expect(without).toMatchObject({ report: { outcome: 'changed' }, held: [b.ip] });
    expect(new Set(without.calls.map((input) => 'TargetGroupArn' in input && input.TargetGroupArn))).toEqual(
      new Set([groupArn]),
    );
    expect(await ran(baited)).toEqual(without);
    elbv2.restore();
  });

  test('works without a Lambda context', async () => {
    const world = instanceWorld(a, healthy(a));
    expect(await handlerIn(world, {}, null)(scheduled)).toMatchObject({ outcome: 'in-sync' });
  });
});

describe('manual actions', () => {
  test('plan says what would change, and changes nothing', async () => {
    const world = instanceWorld(b, healthy(a));
    expect(await handlerIn(world)({ action: 'plan' })).toMatchObject({
      outcome: 'observed',
      plan: { kind: 'change', register: ['10.0.2.10:5432'], deregister: ['10.0.1.10:5432'] },
      stale: ['10.0.1.10:5432'],
    });
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
    expect(emf()).toEqual([]);
  });

  test('status lists what the group holds', async () => {
    const world = instanceWorld(a, healthy(a));
    expect(await handlerIn(world)({ action: 'status' })).toMatchObject({
      outcome: 'in-sync',
      targets: [{ target: '10.0.1.10:5432', state: 'healthy' }],
    });
  });

  test('resync repairs once a second observation confirms the difference', async () => {
    const world = instanceWorld(b, healthy(a));
    expect(await handlerIn(world)({ action: 'resync' })).toMatchObject({ outcome: 'changed' });
    expect(world.clock.now()).toBeGreaterThanOrEqual(6000);
  });

  test('doctor says what is wrong without failing, also when the group cannot be read', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    world.dns.set(memberHost('orders-1'), { kind: 'not-found' });
    const handler = handlerIn(world, { DATABASE_KIND: 'cluster' });
    const report = await handler({ action: 'doctor' });
    expect(report.checks).toContainEqual({
      check: 'name-resolves',
      result: 'failed',
      detail: `${memberHost('orders-1')}: not-found`,
    });
    expect(report.checks).toContainEqual(expect.objectContaining({ check: 'rds-api-answers', result: 'ok' }));
    world.group.failNext('list', new ReconcileError('AccessDenied', 'grant DescribeTargetHealth'));
    expect((await handler({ action: 'doctor' })).checks).toContainEqual({
      check: 'target-group-answers',
      result: 'failed',
      detail: 'grant DescribeTargetHealth',
    });
  });
});

describe('metrics', () => {
  test('stand in one line with one dimension, beside what was changed', async () => {
    const world = instanceWorld(b, healthy(a));
    await handlerIn(world)(scheduled);
    expect(emf()).toHaveLength(1);
    expect(emf()[0]).toMatchObject({
      Database: 'orders-db',
      Drift: 1,
      Held: 0,
      Success: 1,
      ConvergenceLatency: 6000,
      registered: ['10.0.2.10:5432'],
      deregistered: ['10.0.1.10:5432'],
    });
    const { CloudWatchMetrics } = (emf()[0]?._aws ?? {}) as {
      CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[];
    };
    expect(CloudWatchMetrics).toHaveLength(1);
    expect(CloudWatchMetrics[0]).toMatchObject({ Namespace: 'RdsTargetReconciler', Dimensions: [['Database']] });
    expect(CloudWatchMetrics[0]?.Metrics).toContainEqual({ Name: 'ConvergenceLatency', Unit: 'Milliseconds' });
  });

  test('of a quiet check are zeros and a success', async () => {
    const world = instanceWorld(a, healthy(a));
    await handlerIn(world)(scheduled);
    expect(emf()[0]).toMatchObject({ Drift: 0, Held: 0, Success: 1 });
    expect(emf()[0]).not.toHaveProperty('ConvergenceLatency');
  });

  test('measure the latency from the event to the group being right, not to the end of the watch', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(20_000, () => showInstance(world, b));
    await handlerIn(world)(instanceEvent('RDS-EVENT-0013'));
    expect(emf()[0]?.ConvergenceLatency).toBeGreaterThanOrEqual(20_000);
    expect(emf()[0]?.ConvergenceLatency).toBeLessThanOrEqual(21_000);
    expect(emf()[0]).not.toHaveProperty('Drift');
  });

  test('of a group that is only observed say that it drifts', async () => {
    const world = instanceWorld(b, healthy(a));
    await handlerIn(world, { OBSERVE_ONLY: 'true' })(scheduled);
    expect(emf()[0]).toMatchObject({ Drift: 1 });
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });
});
