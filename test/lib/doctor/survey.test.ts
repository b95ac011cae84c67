import { describe, expect, test } from 'vitest';
import { known, type Reading } from '../../../lib/doctor/reading.ts';
import type { Instruments, WakingRule } from '../../../lib/doctor/surroundings.ts';
import { survey, targetsOf } from '../../../lib/doctor/survey.ts';
import { a, b, c, draining, healthy, instance } from '../scene.ts';
import { balancer, denied, groupsOf, network, settings, state, surroundings } from './scene.ts';

const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:orders-drift';
const asked = { database: instance, metricsNamespace: 'Databases' };
const hourly = { name: 'hourly', state: 'ENABLED', schedule: 'rate(1 hour)' };

/** Instruments that note what they are asked for. */
function instruments(over: Partial<Instruments> = {}) {
  const calls: unknown[][] = [];
  const noting =
    <A extends unknown[], R>(name: string, answer: (...args: A) => R) =>
    async (...args: A) => {
      calls.push([name, ...args]);
      return answer(...args);
    };
  const all: Instruments = {
    group: async () => known(settings),
    loadBalancers: noting('loadBalancers', () => known([balancer])),
    databaseNetwork: async () => known(network),
    loginLimits: async () => known([]),
    securityGroups: noting('securityGroups', () => groupsOf()),
    subnets: noting('subnets', () => surroundings.subnets),
    place: noting('place', () => surroundings.place as Reading<never>),
    rulesThatWake: noting('rulesThatWake', () => known([hourly])),
    sum: noting('sum', (metric) => known(metric.namespace === 'AWS/Events' ? 4 : 9)),
    alarmsBeside: noting('alarmsBeside', () => known([{ name: 'orders-held', state: 'OK' }])),
    speak: noting('speak', () => ({ result: 'ok', said: 'PostgreSQL, with TLS' }) as const),
    apiHosts: async () => surroundings.apiHosts,
    ...over,
  };
  return { all, of: (name: string) => calls.filter(([called]) => called === name).map(([, ...args]) => args) };
}

describe('a survey', () => {
  test('reads what surrounds the database and the function', async () => {
    const { all, of } = instruments();
    expect(await survey(all, asked, state, arn)).toEqual({
      ...surroundings,
      firings: known([{ rule: hourly, windowMinutes: 300, times: 4 }]),
      successes: known(9),
      alarms: known([{ name: 'orders-held', state: 'OK' }]),
    });
    expect(of('loadBalancers')).toEqual([[['arn:balancer']]]);
    expect(of('place')).toEqual([[arn]]);
    expect(of('rulesThatWake')).toEqual([[arn]]);
    expect(of('speak')).toEqual([[a, 'postgres']]);
    const ours = { namespace: 'Databases', dimensions: { Database: 'orders' } };
    expect(of('sum')).toContainEqual([{ ...ours, name: 'Success' }, 15]);
    expect(of('alarmsBeside')).toEqual([[{ ...ours, name: 'Drift' }, expect.arrayContaining(['drift-found', 'held'])]]);
  });

  test('describes each security group and subnet once', async () => {
    const two = [balancer, { ...balancer, securityGroupIds: ['sg-balancer', 'sg-database'], subnetIds: ['subnet-b'] }];
    const { all, of } = instruments({ loadBalancers: async () => known(two) });
    await survey(all, asked, state, arn);
    expect(of('securityGroups')).toEqual([[['sg-balancer', 'sg-database', 'sg-function']]]);
    expect(of('subnets')).toEqual([[['subnet-a', 'subnet-b', 'subnet-f']]]);
  });

  test('goes on with what it may read', async () => {
    const { all, of } = instruments({
      group: async () => denied,
      databaseNetwork: async () => denied,
      place: async () => denied,
    });
    const seen = await survey(all, asked, state, arn);
    expect([seen.group, seen.loadBalancers, seen.databaseNetwork, seen.place]).toEqual([
      denied,
      denied,
      denied,
      denied,
    ]);
    expect([...of('loadBalancers'), ...of('securityGroups'), ...of('subnets')]).toEqual([[[]], [[]]]);
  });

  test('of a function outside any VPC asks for no network of its own', async () => {
    const { all, of } = instruments({ place: async () => known({ kind: 'outside' }) });
    await survey(all, asked, state, arn);
    expect(of('securityGroups')).toEqual([[['sg-balancer', 'sg-database']]]);
    expect(of('subnets')).toEqual([[['subnet-a']]]);
  });

  test('leaves out what cannot be known', async () => {
    const { databaseNetwork: _, loginLimits: __, ...without } = instruments().all;
    const hold = { kind: 'hold', reason: 'NoWriter', message: '' } as const;
    for (const desired of [hold, undefined]) {
      const seen = await survey(without, asked, { ...state, desired } as never, undefined);
      expect(seen).toMatchObject({ place: undefined, firings: undefined, databaseNetwork: undefined });
      expect(seen.conversation).toBeUndefined();
    }
    const { all, of } = instruments();
    await survey(
      all,
      asked,
      { ...state, desired: { kind: 'targets', targets: [b, a], evidence: { complete: true, since: 0 } } },
      arn,
    );
    expect(of('speak')).toEqual([[b, 'postgres']]);
  });
});

test('the targets that the doctor looks at are those of the group that do not leave, and those that it should have', () => {
  const observed = { readAt: 0, at: 0, targets: [healthy(a), draining(b)] };
  const desired = { kind: 'targets', targets: [c], evidence: { complete: true, since: 0 } } as const;
  const hold = { kind: 'hold', reason: 'NoWriter', message: '' } as const;
  expect(targetsOf({ observed, desired })).toEqual([healthy(a), c]);
  expect(targetsOf({ observed, desired: hold })).toEqual([healthy(a)]);
  expect(targetsOf({ observed: undefined, desired })).toEqual([c]);
  expect(targetsOf({ observed: undefined, desired: undefined })).toEqual([]);
});

describe('the language that the database is asked in', () => {
  test.each([
    ['mysql', 5432, 'mysql'],
    ['mariadb', 3306, 'mysql'],
    ['aurora', 3306, 'mysql'],
    ['aurora-mysql', 3306, 'mysql'],
    ['aurora-postgresql', 3306, 'postgres'],
    ['sqlserver-se', 1433, 'sqlserver'],
    ['custom-oracle-ee', 1521, 'oracle'],
    ['db2-se', 50000, 'tcp'],
    [undefined, 5432, 'postgres'],
    [undefined, 3306, 'mysql'],
    [undefined, 1521, 'oracle'],
    [undefined, 6379, 'tcp'],
  ])('of the engine %s at port %i is %s', async (engine, port, protocol) => {
    const { engine: _, ...home } = network;
    const { all, of } = instruments({ databaseNetwork: async () => known({ ...home, ...(engine ? { engine } : {}) }) });
    await survey(
      all,
      asked,
      { ...state, desired: { kind: 'targets', targets: [{ ...a, port }], evidence: { complete: true, since: 0 } } },
      arn,
    );
    expect(of('speak')).toEqual([[{ ...a, port }, protocol]]);
  });

  test('is that of the port where the RDS API does not tell the engine', async () => {
    const { all, of } = instruments({ databaseNetwork: async () => denied });
    await survey(all, asked, state, arn);
    expect(of('speak')).toEqual([[a, 'postgres']]);
  });
});

describe('the interfaces behind the APIs', () => {
  const owners = known(new Map([['10.0.7.7', [{ id: 'eni-7', description: '', securityGroups: [] }]]]));
  const rds = { host: 'rds.example', addresses: ['10.0.7.7', '52.1.2.3'] };
  const elb = { host: 'elb.example', addresses: ['10.0.7.7', '10.0.7.8'] };
  const asking = (over: Partial<Instruments> = {}) => {
    const calls: (readonly string[])[] = [];
    const { all } = instruments({
      apiHosts: async () => [rds, elb],
      interfaces: async (addresses) => {
        calls.push(addresses);
        return owners;
      },
      ...over,
    });
    return { all, calls };
  };

  test('are asked for by each private address once, with those of the targets: a public one has no owner here', async () => {
    const { all, calls } = asking();
    expect((await survey(all, asked, state, arn)).interfaces).toEqual(owners);
    expect(calls).toEqual([['10.0.7.7', '10.0.7.8', a.ip]]);
  });

  test("are not asked for when EC2's API has just given no answer; a refusal of something else says nothing", async () => {
    const silent = { kind: 'unreadable', action: 'ec2:DescribeSecurityGroups', message: 'timed out' } as const;
    const { all, calls } = asking({ securityGroups: async () => silent });
    expect((await survey(all, asked, state, arn)).interfaces).toEqual(silent);
    expect(calls).toEqual([]);
    const refused = asking({ securityGroups: async () => denied });
    expect((await survey(refused.all, asked, state, arn)).interfaces).toEqual(owners);
  });
});

describe('the firings of rules', () => {
  const windowOf = async (schedule?: string) => {
    const rule: WakingRule = { name: 'r', state: 'ENABLED', ...(schedule === undefined ? {} : { schedule }) };
    const { all, of } = instruments({ rulesThatWake: async () => known([rule]) });
    const { firings } = await survey(all, asked, state, arn);
    const [[metric, minutes] = []] = of('sum').filter(
      ([asked]) => (asked as { name: string }).name === 'TriggeredRules',
    );
    expect(metric).toEqual({ namespace: 'AWS/Events', name: 'TriggeredRules', dimensions: { RuleName: 'r' } });
    expect(firings).toMatchObject({ value: [{ windowMinutes: minutes, times: 4 }] });
    return minutes;
  };

  test.each([
    ['rate(1 minute)', 15],
    ['rate(3 minutes)', 15],
    ['rate(4 minutes)', 20],
    ['rate(2 hours)', 600],
    ['rate(1 day)', 7200],
    ['rate(12 days)', 86_400],
    ['rate(0 minutes)', 1440],
    ['cron(0 12 * * ? *)', 1440],
    ['a rate(1 minute)', 1440],
    ['rate(1 minute) or so', 1440],
    [undefined, 1440],
  ])('on %s are counted over %d minutes', async (schedule, minutes) => {
    expect(await windowOf(schedule)).toBe(minutes);
  });

  test('of EventBridge Scheduler are counted by the group, which has one schedule', async () => {
    const schedule: WakingRule = { name: 'orders-drift', state: 'ENABLED', schedule: 'rate(1 minute)', group: 'drift' };
    const { all, of } = instruments({ rulesThatWake: async () => known([schedule]) });
    await survey(all, asked, state, arn);
    expect(of('sum')).toContainEqual([
      { namespace: 'AWS/Scheduler', name: 'InvocationAttemptCount', dimensions: { ScheduleGroup: 'drift' } },
      15,
    ]);
  });

  test('are unknown when one of them is, or the rules are', async () => {
    const rules = known([hourly, { ...hourly, name: 'dark' }]);
    const { all } = instruments({
      rulesThatWake: async () => rules,
      sum: async ({ dimensions }) => (dimensions.RuleName === 'dark' ? denied : known(1)),
    });
    expect((await survey(all, asked, state, arn)).firings).toEqual(denied);
    const blind = instruments({ rulesThatWake: async () => denied }).all;
    expect((await survey(blind, asked, state, arn)).firings).toEqual(denied);
  });
});
