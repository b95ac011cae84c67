import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { catalogue } from '../../lib/doctor/catalogue.ts';
import type { Check } from '../../lib/domain.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { noWriter } from '../../sandbox/world/database/view.ts';
import { securityGroupIds } from '../../sandbox/world/surroundings.ts';
import { shared } from '../shared.ts';
import { arnOf, checksFrom, checksWith, detailOf, named, startWatched } from './doctor-rig.ts';
import { reportOf } from './rig.ts';

/* Each check over the built bundle, with exactly one thing broken in the sandbox. */

let sandbox: Sandbox;
let client: ElasticLoadBalancingV2Client;
let cloudWatch: CloudWatchClient;
shared(
  async () => {
    sandbox = await startWatched();
    const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
    const there = { endpoint: sandbox.api.url, region: 'eu-central-1', credentials };
    client = new ElasticLoadBalancingV2Client(there);
    cloudWatch = new CloudWatchClient(there);
  },
  async () => {
    client.destroy();
    cloudWatch.destroy();
    await sandbox.close();
  },
  60_000,
);

const isHealthy = () => {
  const { ip } = sandbox.database.writer();
  return sandbox.targetGroup.targets().some((target) => target.ip === ip && target.state === 'healthy');
};
const ringing = () => cloudWatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: 'orders-', StateValue: 'ALARM' }));
/**
 * What the last test did to the group is put right by a run, which also is the success that the metrics have to know. On a slow machine
 * it lasted long enough for an alarm.
 */
beforeEach(async () => {
  await vi.waitFor(
    async () => {
      reportOf(await sandbox.functions.drift.invoke({ action: 'resync' }));
      expect(isHealthy()).toBe(true);
      expect(await ringing()).toMatchObject({ MetricAlarms: [] });
    },
    { timeout: 60_000, interval: 1_000 },
  );
}, 70_000);

type Undo = () => unknown;
type Row = {
  readonly check: keyof typeof catalogue;
  readonly when: string;
  /** Breaks one thing, and gives how to put it right. */
  readonly break: () => Undo | Promise<Undo>;
  readonly says: RegExp;
  /** What fails with it, being about the same thing. */
  readonly also?: readonly string[];
  /** For another configuration than the deployed one. */
  readonly with?: () => Parameters<typeof checksWith>[1];
};

const fault = (action: string, code: string, status: number): Undo =>
  sandbox.faults.add({ action, kind: 'error', code, status });
const all =
  (...undos: Undo[]): Undo =>
  () =>
    undos.forEach((undo) => void undo());
const nothing: Row['break'] = () => () => {};

function change<T extends object, K extends keyof T>(object: T, key: K, value: T[K]): Undo {
  const before = object[key];
  object[key] = value;
  return () => {
    object[key] = before;
  };
}

function rules(id: keyof typeof securityGroupIds, side: 'ingress' | 'egress', keep: readonly string[]): Undo {
  const { securityGroups } = sandbox.surroundings.ec2;
  const group = securityGroups.get(securityGroupIds[id]);
  if (!group) throw new Error(`no group ${id}`);
  const { port } = sandbox.database.writer();
  securityGroups.set(securityGroupIds[id], { ...group, [side]: keep.length > 0 ? [{ port, groupIds: keep }] : [] });
  return () => securityGroups.set(securityGroupIds[id], group);
}

function anotherGroup(spec: Partial<Parameters<Sandbox['elbv2']['createTargetGroup']>[0]>): string {
  const name = `other-${Object.keys(spec).join()}`;
  const { elbv2, database, balancer } = sandbox;
  const attributes = {
    'deregistration_delay.timeout_seconds': '0',
    'deregistration_delay.connection_termination.enabled': 'true',
  };
  const { arn } = elbv2.createTargetGroup({ name, port: database.writer().port, attributes, ...spec });
  elbv2.createLoadBalancer({
    name,
    listeners: [{ port: database.writer().port, targetGroupArn: arn }],
    securityGroups: balancer.securityGroups,
    attributes: { 'load_balancing.cross_zone.enabled': 'true' },
  });
  return arn;
}

const inAnotherGroup =
  (spec: Parameters<typeof anotherGroup>[0]): Row['with'] =>
  () => ({
    environment: { TARGET_GROUP_ARN: anotherGroup(spec) },
  });
const emptyGroup = ['in-sync', 'target-healthy'];

function answer(...a: string[]): Undo {
  sandbox.database.dns.override('all', { kind: 'records', a });
  return () => sandbox.database.dns.override('all', undefined);
}

const rows: Row[] = [
  {
    check: 'rds-api-answers',
    when: 'the RDS API is down',
    break: () => fault('DescribeDBClusters', 'ServiceUnavailable', 503),
    says: /ServiceUnavailable/,
    also: ['desired-state-known'],
  },
  {
    check: 'name-resolves',
    when: 'DNS knows no name of the database',
    break: () => {
      sandbox.database.dns.override('all', { kind: 'nxdomain' });
      return () => sandbox.database.dns.override('all', undefined);
    },
    says: /not-found/,
    also: ['desired-state-known'],
  },
  {
    check: 'sources-agree',
    when: 'the RDS API names no writer',
    break: () => {
      sandbox.database.overrideApiView(noWriter);
      return () => sandbox.database.overrideApiView(undefined);
    },
    says: /names 0 writers/,
    also: ['desired-state-known'],
  },
  {
    check: 'sources-agree',
    when: 'the configuration has another endpoint',
    break: nothing,
    with: () => ({ environment: { DATABASE_ENDPOINT: 'former.example.com' } }),
    says: /DATABASE_ENDPOINT is former\.example\.com/,
  },
  {
    check: 'one-private-address',
    when: 'the name leads to a public address',
    break: () => answer('52.95.1.1'),
    says: /52\.95\.1\.1, outside 10\.0\.0\.0\/8/,
    also: ['desired-state-known'],
  },
  {
    check: 'one-private-address',
    when: 'the name leads to two addresses',
    break: () => answer('10.0.1.10', '10.0.2.10'),
    says: /has 2 addresses/,
    also: ['desired-state-known'],
  },
  {
    check: 'target-group-answers',
    when: 'the role may not read the targets',
    break: () => fault('DescribeTargetHealth', 'AccessDenied', 403),
    says: /elasticloadbalancing:DescribeTargetHealth failed \(AccessDenied\)/,
    also: ['permissions-suffice'],
  },
  {
    check: 'permissions-suffice',
    when: 'the role may not ask the RDS API',
    break: () => fault('DescribeDBClusters', 'AccessDenied', 403),
    says: /rds:DescribeDBClusters/,
    also: ['rds-api-answers', 'desired-state-known'],
  },
  {
    check: 'target-healthy',
    when: 'the database is down',
    break: async () => {
      const { ip, port } = sandbox.database.writer();
      const local = sandbox.network.locate(ip, port) ?? 0;
      sandbox.network.detach(ip, port);
      await vi.waitFor(() => expect(isHealthy()).toBe(false), { timeout: 20_000 });
      return () => sandbox.network.attach(ip, port, local);
    },
    says: /unhealthy/,
    also: ['writer-accepts-connections'],
  },
  {
    check: 'corrects-differences',
    when: 'the functions only observe',
    break: nothing,
    with: () => ({ environment: { OBSERVE_ONLY: 'true' } }),
    says: /OBSERVE_ONLY is true/,
  },
  {
    check: 'corrects-differences',
    when: 'they pause',
    break: nothing,
    with: () => ({ environment: { PAUSED_UNTIL: new Date(Date.now() + 3_600_000).toISOString() } }),
    says: /paused until 2/,
  },
  {
    check: 'writer-accepts-connections',
    when: 'no answer comes from the writer',
    break: () => {
      const { ip } = sandbox.database.writer();
      sandbox.gateway.silent.add(ip);
      return () => sandbox.gateway.silent.delete(ip);
    },
    says: /:\d+ does not answer$/,
  },
  {
    check: 'writer-accepts-connections',
    when: 'the database hangs: its health checks pass, since the kernel accepts connections for it',
    break: async () => {
      const { ip, port } = sandbox.database.writer();
      const local = sandbox.network.locate(ip, port) ?? 0;
      const hung = createServer().listen(0, '127.0.0.1');
      await once(hung, 'listening');
      sandbox.network.attach(ip, port, (hung.address() as AddressInfo).port);
      return () => {
        sandbox.network.attach(ip, port, local);
        hung.close();
      };
    },
    says: /accepts connections and says nothing: PostgreSQL hangs/,
  },
  {
    check: 'database-admits-function',
    when: "the database's security group admits only the load balancer",
    break: () => rules('database', 'ingress', [securityGroupIds.loadBalancer]),
    says: /admits the function on port 5432/,
  },
  {
    check: 'apis-reached-privately',
    when: 'the RDS API of a function in a VPC has a public address',
    break: () => {
      const port = Number(new URL(sandbox.api.url).port);
      sandbox.network.attach('52.94.0.10', port, port);
      sandbox.gateway.names.set('rds.eu-central-1.amazonaws.com', '52.94.0.10');
      return () => sandbox.network.detach('52.94.0.10', port);
    },
    with: () => ({
      environment: { AWS_ENDPOINT_URL_RDS: `http://rds.eu-central-1.amazonaws.com:${new URL(sandbox.api.url).port}` },
    }),
    says: /calls leave the VPC: rds\.eu-central-1\.amazonaws\.com at 52\.94\.0\.10$/,
  },
  {
    check: 'group-type-ip',
    when: 'the group holds instances',
    break: nothing,
    with: inAnotherGroup({ targetType: 'instance' }),
    says: /the target type is instance/,
    also: ['configuration-matches', 'target-group-answers'],
  },
  {
    check: 'group-in-database-vpc',
    when: 'the group is in another VPC',
    break: nothing,
    with: inAnotherGroup({ vpcId: 'vpc-0fedcba9876543210' }),
    says: /the group is in vpc-0fedcba9876543210, the database in vpc-0123456789abcdef0/,
    also: emptyGroup,
  },
  {
    check: 'group-port',
    when: 'the group has another port',
    break: nothing,
    with: inAnotherGroup({ port: 3306 }),
    says: /the group's port is 3306, the database's 5432/,
    also: emptyGroup,
  },
  ...(
    ['deregistration_delay.timeout_seconds=300', 'deregistration_delay.connection_termination.enabled=false'] as const
  ).map(
    (setting): Row => ({
      check: 'group-attributes',
      when: `the group has ${setting}`,
      break: async () => {
        const modify = (Key: string, Value: string) =>
          client.send(
            new ModifyTargetGroupAttributesCommand({
              TargetGroupArn: sandbox.targetGroup.arn,
              Attributes: [{ Key, Value }],
            }),
          );
        const [key = '', value = ''] = setting.split('=');
        const before = sandbox.targetGroup.attribute(key);
        await modify(key, value);
        return () => modify(key, before);
      },
      says: /connection termination is off|the deregistration delay is 300 s/,
    }),
  ),
  {
    check: 'no-other-targets',
    when: 'an operator has registered another address',
    break: async () => {
      const Targets = [{ Id: '10.0.3.99', Port: 5432 }];
      await client.send(new RegisterTargetsCommand({ TargetGroupArn: sandbox.targetGroup.arn, Targets }));
      return () => {};
    },
    says: /10\.0\.3\.99:5432/,
    also: ['in-sync', 'addresses-verified'],
  },
  {
    check: 'addresses-verified',
    when: 'no interface of the account has the address of the writer',
    break: () => {
      const { unseen } = sandbox.surroundings.ec2;
      unseen.add(sandbox.database.writer().ip);
      return () => unseen.clear();
    },
    says: /belongs to no network interface of this account and Region/,
  },
  {
    check: 'load-balancer-forwards',
    when: 'no listener forwards to the group',
    break: () => change(sandbox.balancer, 'listeners', []),
    says: /no listener/,
  },
  {
    check: 'max-connect-errors',
    when: 'MySQL has its default, which health checks reach in minutes',
    break: () => {
      sandbox.database.overrideApiView((view) => ({
        ...view,
        instances: view.instances.map((one) => ({ ...one, engine: 'aurora-mysql', parameterGroup: 'orders-mysql' })),
      }));
      sandbox.parameterGroups.instances.set('orders-mysql', { max_connect_errors: '99' });
      return () => sandbox.database.overrideApiView(undefined);
    },
    says: /orders-mysql: max_connect_errors 99; 99 health checks .* about 17 minutes/,
    // The sandbox's database speaks PostgreSQL all the same.
    also: ['writer-accepts-connections'],
  },
  {
    check: 'zones-cover-database',
    when: 'the load balancer lacks a zone of the database',
    break: () => change(sandbox.balancer, 'subnets', sandbox.balancer.subnets.slice(0, 2)),
    says: /no subnet in eu-central-1c/,
  },
  {
    check: 'cross-zone-on',
    when: 'the load balancer keeps to its zones',
    break: () => {
      sandbox.balancer.attributes.set('load_balancing.cross_zone.enabled', 'false');
      return () => sandbox.balancer.attributes.set('load_balancing.cross_zone.enabled', 'true');
    },
    says: /orders: off/,
  },
  {
    check: 'load-balancer-admits-consumers',
    when: "the load balancer's security group has no rules",
    break: () => rules('loadBalancer', 'ingress', []),
    says: /admits any client on port 5432/,
  },
  {
    check: 'load-balancer-reaches-database',
    when: "the load balancer's security group lets nothing out",
    break: () => rules('loadBalancer', 'egress', []),
    says: /lets orders out to 10\.0\.1\.10:5432/,
  },
  {
    check: 'database-admits-load-balancer',
    when: "the database's security group admits only the functions",
    break: () => rules('database', 'ingress', [securityGroupIds.functions]),
    says: /admits orders on port 5432/,
  },
  {
    check: 'database-admits-load-balancer',
    when: 'a load balancer without a security group is not admitted by its subnets',
    break: () => change(sandbox.balancer, 'securityGroups', []),
    says: /admits orders on port 5432/,
  },
  {
    check: 'rules-enabled',
    when: 'the schedule is disabled',
    break: () => {
      const rule = sandbox.eventBridge.rule('orders-drift');
      if (!rule) throw new Error('no rule');
      return change(rule, 'isEnabled', false);
    },
    says: /disabled: orders-drift/,
  },
  {
    check: 'rules-enabled',
    when: 'no rule wakes the function',
    break: nothing,
    with: () => ({ name: 'orders-forgotten' }),
    says: /no rule and no schedule has this function/,
  },
  {
    check: 'rules-fired',
    when: 'the schedule has never fired',
    break: () => sandbox.eventBridge.schedule('orders-late', 86_400_000, () => {}, arnOf('orders-late')),
    with: () => ({ name: 'orders-late' }),
    says: /orders-late: 0 times/,
  },
  {
    check: 'runs-succeed',
    when: 'no run of this database has ended in sync, and it has no alarms',
    break: nothing,
    with: () => ({ environment: { DATABASE_NAME: 'others' } }),
    says: /no run ended in sync/,
    also: ['alarms-exist'],
  },
  {
    check: 'alarms-exist',
    when: 'an alarm was deleted',
    break: () => {
      const { alarms } = sandbox.surroundings.cloudWatch;
      const deleted = alarms.get('orders-no-success');
      alarms.delete('orders-no-success');
      return () => deleted && alarms.set('orders-no-success', deleted);
    },
    says: /missing: no-success/,
  },
  ...(['ALARM', 'INSUFFICIENT_DATA'] as const).map(
    (state): Row => ({
      check: 'alarms-quiet',
      when: `an alarm is in ${state}`,
      break: () => {
        const { alarms } = sandbox.surroundings.cloudWatch;
        alarms.set('orders-no-healthy-target', { state });
        return () => alarms.set('orders-no-healthy-target', { state: 'OK' });
      },
      says: new RegExp(`orders-no-healthy-target is in ${state}`),
    }),
  ),
];

const healthy = () => checksFrom(sandbox.functions.drift);

/** What is told of a name alone (test/lib/memory/shown.test.ts), with a probe (test/wire/probe.test.ts) or with a warm standby, and what no function can tell of itself. */
const elsewhere: ReadonlySet<string> = new Set(['targets-shown', 'probe', 'warm-standby', 'functions-answer']);

test('a healthy deployment passes every check, each with what it means', async () => {
  const checks = await healthy();
  expect(named(checks, 'failed')).toEqual([]);
  expect(named(checks, 'not-checked')).toEqual([]);
  expect(named(checks, 'ok')).toEqual(
    Object.keys(catalogue)
      .filter((name) => !elsewhere.has(name) && name !== 'doctor-complete')
      .sort(),
  );
  for (const { check, meaning } of checks) expect(meaning, check).toMatch(/^[A-Z].+\.$/);
});

describe('a check fails, and says what to do,', () => {
  test.each(rows.map((row) => ({ ...row, title: `${row.check} when ${row.when}` })))('$title', async (row) => {
    const undo = await row.break();
    let checks: readonly Check[];
    try {
      checks = row.with ? await checksWith(sandbox, row.with()) : await healthy();
    } finally {
      await undo();
    }
    expect(named(checks, 'failed')).toEqual([row.check, ...(row.also ?? [])].sort());
    const [found] = checks.filter(({ check, result }) => check === row.check && result === 'failed');
    expect(found?.detail).toMatch(row.says);
    expect(found).toMatchObject({ failure: catalogue[row.check].failure, remedy: catalogue[row.check].remedy });
  });

  test('each of them: none is without a broken thing here', () => {
    const broken = new Set(rows.flatMap(({ check, also = [] }) => [check, ...also]));
    expect(
      Object.keys(catalogue)
        .filter((name) => !broken.has(name))
        .sort(),
    ).toEqual(['doctor-complete', ...elsewhere].sort());
  });
});

describe('what is meant so is not called wrong:', () => {
  test('a load balancer that does not judge PrivateLink needs no rule for consumers', async () => {
    const undo = all(rules('loadBalancer', 'ingress', []), change(sandbox.balancer, 'judgesPrivateLink', false));
    const checks = await healthy().finally(undo);
    expect(named(checks, 'failed')).toEqual([]);
    expect(detailOf(checks, 'load-balancer-admits-consumers')).toMatch(/whatever comes through PrivateLink/);
  });

  test('a function outside any VPC reaches no private address', async () => {
    const { ip } = sandbox.database.writer();
    sandbox.gateway.silent.add(ip);
    const undo = all(change(sandbox.surroundings, 'placement', undefined), () => sandbox.gateway.silent.delete(ip));
    const checks = await healthy().finally(undo);
    expect(named(checks, 'failed')).toEqual([]);
    expect(named(checks, 'not-checked')).toEqual(['database-admits-function', 'writer-accepts-connections']);
  });

  test('no event since yesterday says nothing about the event rules', async () => {
    const checks = await checksFrom(sandbox.functions.failover);
    expect(named(checks, 'failed')).toEqual([]);
    expect(named(checks, 'not-checked')).toEqual(['rules-fired']);
  });

  test('a database of another name beside it has alarms of its own', async () => {
    const { alarms } = sandbox.surroundings.cloudWatch;
    alarms.set('orders-eu-drift-found', { state: 'ALARM' });
    const checks = await healthy().finally(() => alarms.delete('orders-eu-drift-found'));
    expect(named(checks, 'failed')).toEqual([]);
  });
});

describe('each API host is shown with what its name leads to:', () => {
  const host = 'rds.eu-central-1.amazonaws.com';
  const port = () => new URL(sandbox.api.url).port;
  const throughName = () => ({ environment: { AWS_ENDPOINT_URL_RDS: `http://${host}:${port()}` } });
  const at = (ip: string): Undo => {
    sandbox.network.attach(ip, Number(port()), Number(port()));
    sandbox.gateway.names.set(host, ip);
    return all(
      () => sandbox.network.detach(ip, Number(port())),
      () => sandbox.gateway.names.delete(host),
    );
  };
  const told = (checks: readonly Check[]) =>
    checks
      .filter(({ check }) => check === 'apis-reached-privately')
      .map(({ result, detail }) => `${result}: ${detail}`);
  const silent = (...actions: string[]): Undo =>
    all(...actions.map((action) => fault(action, 'ServiceUnavailable', 503)));

  test.each([
    [
      'the interface of an endpoint',
      { type: 'vpc_endpoint', description: 'VPC Endpoint Interface vpce-0a1b2c3d4e5f60718' },
      'eni-1 of endpoint vpce-0a1b2c3d4e5f60718',
    ],
    // A server of a third party must not be able to pose as an endpoint by its description.
    [
      'a server that says it is one',
      { type: 'interface', description: 'VPC Endpoint Interface vpce-0a1b2c3d4e5f60718' },
      'eni-1, of no endpoint',
    ],
    ['an address without an interface in this account', undefined, undefined],
  ])('%s', async (_, owner, says) => {
    const undo = at('10.0.1.200');
    const { interfaces } = sandbox.surroundings.ec2;
    if (owner) interfaces.set('10.0.1.200', { id: 'eni-1', ...owner });
    const checks = await checksWith(sandbox, throughName()).finally(() => {
      undo();
      interfaces.clear();
    });
    expect(told(checks)).toEqual([expect.stringMatching(/^ok: /)]);
    expect(told(checks)[0]).toContain(says ? `${host} at 10.0.1.200 (${says})` : `${host} at 10.0.1.200`);
  });

  test('a private address proves it where neither Lambda nor EC2 can be asked', async () => {
    const before = sandbox.api.calls().length;
    const undo = all(at('10.0.1.200'), silent('GetFunctionConfiguration', 'DescribeSecurityGroups'));
    const checks = await checksWith(sandbox, throughName()).finally(undo);
    expect(told(checks)).toEqual([expect.stringMatching(/^ok: private addresses only: .*10\.0\.1\.200/)]);
    const asked = sandbox.api.calls().slice(before);
    expect(asked.map(({ action }) => action)).not.toContain('DescribeNetworkInterfaces');
  });

  test('a public one proves nothing there, and is named', async () => {
    const undo = all(at('52.94.0.10'), silent('GetFunctionConfiguration'));
    const checks = await checksWith(sandbox, throughName()).finally(undo);
    expect(told(checks)).toEqual([
      expect.stringMatching(
        /^not-checked: lambda:GetFunctionConfiguration gave no answer: .*; public: rds\..* at 52\.94\.0\.10$/,
      ),
    ]);
  });
});

test('where only index.mjs was taken along, the extended checks are not checked, and the others answer', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rds-target-doctor-'));
  try {
    await copyFile(join(import.meta.dirname, '../../dist/functions/drift/index.mjs'), join(directory, 'index.mjs'));
    const checks = await checksWith(sandbox, { bundle: join(directory, 'index.mjs') });
    expect(named(checks, 'not-checked')).toEqual(['doctor-complete']);
    expect(detailOf(checks, 'doctor-complete')).toMatch(/doctor\.mjs/);
    expect(named(checks, 'ok')).toContain('in-sync');
  } finally {
    await rm(directory, { recursive: true });
  }
});
