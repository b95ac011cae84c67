import { describe, expect, test } from 'vitest';
import { loadBalancerChecks } from '../../../lib/doctor/load-balancer-checks.ts';
import { known } from '../../../lib/doctor/reading.ts';
import type { LoadBalancer, Surroundings } from '../../../lib/doctor/surroundings.ts';
import type { RunState } from '../../../lib/observations/run-state.ts';
import { host } from '../scene.ts';
import { unavailable } from '../world.ts';
import { balancer, denied, failed, groupsOf, notChecked, ok, rule, settings, state, surroundings } from './scene.ts';

type Name = keyof ReturnType<typeof loadBalancerChecks>;
const check = (name: Name, seen: Partial<Surroundings> = {}, over: Partial<RunState> = {}) =>
  loadBalancerChecks({ ...state, ...over }, { ...surroundings, ...seen })[name];
const balancers = (...given: Partial<LoadBalancer>[]) => ({
  loadBalancers: known(given.map((one) => ({ ...balancer, ...one }))),
});
const every: Name[] = [
  'zones-cover-database',
  'cross-zone-on',
  'load-balancer-admits-consumers',
  'load-balancer-reaches-database',
  'database-admits-load-balancer',
];

test('a listener forwards to the group', () => {
  expect(check('load-balancer-forwards')).toEqual(ok('orders-nlb, port 5432'));
  const some = balancers({ ports: [5432, 5433] }, { name: 'idle', ports: [] }, { name: 'other', ports: [1] });
  expect(check('load-balancer-forwards', some)).toEqual(ok('orders-nlb, port 5432, 5433; other, port 1'));
  for (const none of [balancers(), balancers({ ports: [] })])
    expect(check('load-balancer-forwards', none)).toEqual(
      failed('no listener of a load balancer forwards to the group'),
    );
});

test.each(every)('%s is told of load balancers only where there is one that may be read', (name) => {
  expect(check(name, balancers())).toEqual(notChecked('no load balancer uses the group'));
  expect(check(name, { loadBalancers: denied })).toEqual(
    notChecked('the role may not read it: grant ec2:DescribeSubnets'),
  );
});

test('the zones are compared by what every role may read, where there is no more', () => {
  const topology = { endpoint: { host }, instances: [], home: { subnets: [{ id: 'subnet-9', zone: 'z9' }] } };
  const over = (...zones: string[]) => ({
    topology: { at: 0, observation: { kind: 'seen', topology } as const, pollIntervalMs: 0 },
    group: { loadBalancers: [{ name: 'small', zones }] },
  });
  const two = { group: { loadBalancers: ['small', 'other'].map((name) => ({ name, zones: ['z9'] })) } };
  expect(check('zones-cover-database', { loadBalancers: denied }, { ...over(), ...two })).toEqual(
    ok('small: z9; other: z9'),
  );
  expect(check('zones-cover-database', { loadBalancers: denied }, over('z1'))).toEqual(
    failed(expect.stringMatching(/^load balancer small has no subnet in z9, .*\{"id": "subnet-9", "zone": "z9"\}/)),
  );
  expect(check('zones-cover-database', { loadBalancers: denied }, over('z9'))).toEqual(ok('small: z9'));
  expect(check('zones-cover-database', balancers({ name: 'wide', zones: ['eu-central-1a'] }), over('z9'))).toEqual(
    failed(expect.stringMatching(/^load balancer wide has no subnet in z9/)),
  );
  // Where the database may be is not known to every role.
  const homeless = { ...over('z1').topology, observation: { kind: 'seen', topology: { instances: [] } } as const };
  for (const unknown of [homeless, { ...homeless, observation: unavailable }, undefined]) {
    const said = { ...over('z1'), topology: unknown } as Partial<RunState>;
    expect(check('zones-cover-database', { loadBalancers: denied }, said).result).toBe('not-checked');
  }
});

test('the zones of the load balancer cover those of the database', () => {
  expect(check('zones-cover-database')).toEqual(ok('orders-nlb: eu-central-1a, eu-central-1b'));
  expect(check('zones-cover-database', balancers({}, { name: 'small', zones: [] }))).toEqual(
    failed('small has no subnet in eu-central-1a, eu-central-1b, where the database may be'),
  );
  expect(check('zones-cover-database', { databaseNetwork: undefined })).toEqual(
    notChecked('no API says in which zones a host name lives'),
  );
});

describe('cross-zone load balancing', () => {
  const own = (value: string) => ({
    group: known({ ...settings, attributes: new Map([['load_balancing.cross_zone.enabled', value]]) }),
  });
  const off = { attributes: new Map([['load_balancing.cross_zone.enabled', 'false']]) };

  test("is the load balancer's setting where the group has none of its own", () => {
    expect(check('cross-zone-on')).toEqual(ok('orders-nlb: on'));
    expect(check('cross-zone-on', balancers(off))).toEqual(failed('orders-nlb: off'));
    expect(check('cross-zone-on', { ...balancers(off), ...own('use_load_balancer_configuration') })).toEqual(
      failed('orders-nlb: off'),
    );
    expect(check('cross-zone-on', own('use_load_balancer_configuration'))).toEqual(ok('orders-nlb: on'));
  });

  test("is the group's where it has one", () => {
    expect(check('cross-zone-on', { ...balancers(off), ...own('true') })).toEqual(ok('orders-nlb: on'));
    expect(check('cross-zone-on', own('false'))).toEqual(failed('orders-nlb: off'));
  });
});

describe('consumers', () => {
  const of = (given: Partial<LoadBalancer>, ...ingress: Parameters<typeof rule>[0][]) =>
    check('load-balancer-admits-consumers', {
      ...balancers(given),
      securityGroups: groupsOf({ 'sg-balancer': { ingress: ingress.map(rule) } }),
    });

  test('come in by the rules of the security group, for every port that listens', () => {
    const rules = [{ cidrs: ['10.0.0.0/8'] }, { groupIds: ['sg-app'], prefixListIds: ['pl-1'] }];
    expect(of({}, ...rules)).toEqual(ok('orders-nlb admits 10.0.0.0/8, sg-app, pl-1'));
    expect(of({ ports: [5432, 6000, 6001] }, ...rules)).toEqual(
      failed('no rule of sg-balancer admits any client on port 6000, 6001'),
    );
    expect(of({ securityGroupIds: ['sg-balancer', 'sg-gone'] })).toEqual(
      failed('no rule of sg-balancer, sg-gone admits any client on port 5432'),
    );
  });

  test('come in by the rules of the port that forwards to the group: others are about databases beside it', () => {
    const beside = { protocol: 'tcp', fromPort: 5433, toPort: 5433, cidrs: ['203.0.113.0/24'] };
    const own = { ...beside, fromPort: 5432, toPort: 5432 };
    expect(of({}, { ...own, cidrs: ['10.1.0.0/16'] }, beside)).toEqual(ok('orders-nlb admits 10.1.0.0/16'));
    expect(of({}, { ...own, cidrs: ['203.0.114.0/24'] }, beside)).toEqual(
      failed(expect.stringMatching(/never by 203\.0\.114\.0\/24$/)),
    );
  });

  test('do not come in by ranges that no client has an address in', () => {
    expect(of({}, { cidrs: ['203.0.113.10/32'] })).toEqual(
      failed(
        'no client gets in on port 5432: PrivateLink shows clients by their own private addresses, never by 203.0.113.10/32',
      ),
    );
    expect(
      of(
        { ports: [5432, 5433, 6000] },
        { toPort: 5433, cidrs: ['203.0.113.10/32'] },
        { fromPort: 6000, toPort: 6000, cidrs: ['10.1.0.0/16'] },
      ),
    ).toEqual(
      failed(
        'no client gets in on port 5432, 5433: PrivateLink shows clients by their own private addresses, never by 203.0.113.10/32',
      ),
    );
    expect(of({}, { cidrs: ['203.0.113.10/32'] }, { cidrs: ['10.1.0.0/16'] })).toEqual(
      ok('orders-nlb admits 203.0.113.10/32, 10.1.0.0/16'),
    );
    expect(of({}, { cidrs: ['203.0.113.10/32', '10.1.0.0/16'] }).result).toBe('ok');
    for (const own of [{ groupIds: ['sg-app'] }, { prefixListIds: ['pl-1'] }]) expect(of({}, own).result).toBe('ok');
    expect(of({}, { cidrs: ['0.0.0.0/0'] })).toEqual(ok('orders-nlb admits 0.0.0.0/0'));
  });

  test('come in by their security group, or by a prefix list, alone', () => {
    expect(of({}, { groupIds: ['sg-app'] })).toEqual(ok('orders-nlb admits sg-app'));
    expect(of({}, { prefixListIds: ['pl-1'] })).toEqual(ok('orders-nlb admits pl-1'));
  });

  test('come in where no security group applies', () => {
    expect(of({ securityGroupIds: [] })).toEqual(ok('orders-nlb has no security group: it admits every client'));
    expect(of({ judgesPrivateLink: false })).toEqual(ok('orders-nlb admits whatever comes through PrivateLink'));
  });
});

describe('the way from the load balancer to the database', () => {
  test('is open on both ends', () => {
    expect(check('load-balancer-reaches-database')).toEqual(ok('orders-nlb may send to 10.0.1.10:5432'));
    expect(check('database-admits-load-balancer')).toEqual(ok('orders-nlb is admitted by the range of its subnets'));
  });

  test('is closed on either', () => {
    const securityGroups = groupsOf({ 'sg-balancer': { egress: [] }, 'sg-database': { ingress: [] } });
    expect(check('load-balancer-reaches-database', { securityGroups })).toEqual(
      failed('no rule of sg-balancer lets orders-nlb out to 10.0.1.10:5432'),
    );
    expect(check('database-admits-load-balancer', { securityGroups })).toEqual(
      failed('no rule of sg-database admits orders-nlb on port 5432'),
    );
  });

  test('is judged only where both ends are known', () => {
    for (const name of ['load-balancer-reaches-database', 'database-admits-load-balancer'] as const) {
      expect(check(name, { databaseNetwork: undefined })).toEqual(
        notChecked('no API says which security groups a host name has'),
      );
      for (const desired of [{ kind: 'hold', reason: 'NoWriter', message: '' } as const, undefined])
        expect(check(name, {}, { desired } as Partial<RunState>)).toEqual(notChecked('no address is known'));
    }
  });
});
