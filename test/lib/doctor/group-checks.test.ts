import { describe, expect, test } from 'vitest';
import { groupChecks } from '../../../lib/doctor/group-checks.ts';
import { known } from '../../../lib/doctor/reading.ts';
import type { GroupSettings, OwnedInterface, Surroundings } from '../../../lib/doctor/surroundings.ts';
import type { RunState } from '../../../lib/observations/run-state.ts';
import { a, b, c, cluster, draining, healthy, hostname, instance, policy } from '../scene.ts';
import { denied, failed, network, notChecked, ok, settings, state, surroundings } from './scene.ts';

const check = (
  name: keyof ReturnType<typeof groupChecks>,
  given: Partial<GroupSettings> = {},
  {
    over = {},
    seen = {},
    database = instance,
    more = {},
  }: {
    over?: Partial<RunState>;
    seen?: Partial<Surroundings>;
    database?: typeof instance;
    more?: Partial<typeof policy>;
  } = {},
) =>
  groupChecks(
    { database, policy: { ...policy, ...more } },
    { ...state, ...over },
    { ...surroundings, group: known({ ...settings, ...given }), ...seen },
  )[name];
const unknown = { over: { desired: { kind: 'hold', reason: 'NoWriter', message: '' } } } as const;

describe('the target group', () => {
  test('holds addresses', () => {
    expect(check('group-type-ip')).toEqual(ok('ip'));
    expect(check('group-type-ip', { targetType: 'alb' })).toEqual(
      failed('the target type is alb; it cannot be changed'),
    );
    expect(check('group-type-ip', {}, { seen: { group: denied } })).toMatchObject({ result: 'not-checked' });
  });

  test('is in the VPC of the database', () => {
    expect(check('group-in-database-vpc')).toEqual(ok('vpc-1'));
    expect(check('group-in-database-vpc', { vpcId: 'vpc-2' })).toEqual(
      failed('the group is in vpc-2, the database in vpc-1'),
    );
    const { vpcId: _, ...nowhere } = settings;
    expect(check('group-in-database-vpc', {}, { seen: { group: known(nowhere) } })).toEqual(
      failed('the group is in none, the database in vpc-1'),
    );
    const { vpcId: __, ...homeless } = network;
    expect(check('group-in-database-vpc', {}, { seen: { databaseNetwork: known(homeless) } })).toEqual(
      failed('the group is in vpc-1, the database in none'),
    );
    expect(check('group-in-database-vpc', {}, { seen: { databaseNetwork: undefined } })).toEqual(
      notChecked('no API says in which VPC a host name lives'),
    );
  });

  test('may be in another VPC that reaches the database, which only a healthy target outside its own shows', () => {
    const elsewhere = (more: object) => ({
      over: { observed: { readAt: 0, at: 0, targets: [{ ...healthy(a), ...more }] } },
    });
    expect(check('group-in-database-vpc', { vpcId: 'vpc-2' }, elsewhere({ isOutside: true }))).toEqual(
      ok('the group is in vpc-2, the database in vpc-1, and reached from there'),
    );
    const beside = { observed: { readAt: 0, at: 0, targets: [draining(b), { ...healthy(a), isOutside: true }] } };
    expect(check('group-in-database-vpc', { vpcId: 'vpc-2' }, { over: beside }).result).toBe('ok');
    const unread = { desired: undefined, observed: undefined } as never;
    expect(check('group-in-database-vpc', { vpcId: 'vpc-2' }, { over: unread }).result).toBe('failed');
    for (const more of [
      {},
      { isOutside: true, state: 'unhealthy' },
      { isOutside: true, override: 'zonal_shift_active' },
    ])
      expect(check('group-in-database-vpc', { vpcId: 'vpc-2' }, elsewhere(more)).result).toBe('failed');
  });

  test("speaks TCP on the database's port", () => {
    expect(check('group-port')).toEqual(ok('TCP 5432'));
    expect(check('group-port', { protocol: 'TCP_UDP' })).toEqual(ok('TCP_UDP 5432'));
    expect(check('group-port', { protocol: 'TLS', port: 443 })).toEqual(
      failed("the protocol is TLS; a database needs TCP; the group's port is 443, the database's 5432"),
    );
    const { port: _, ...without } = settings;
    expect(check('group-port', {}, { seen: { group: known(without) } })).toEqual(
      failed("the group's port is undefined, the database's 5432"),
    );
    const targets = [a, b, { ...c, port: 5433 }];
    expect(
      check(
        'group-port',
        { port: 1 },
        { over: { desired: { kind: 'targets', targets, evidence: { complete: true, since: 0 } } } },
      ),
    ).toEqual(failed("the group's port is 1, the database's 5432, 5433"));
    for (const over of [unknown, { over: { desired: undefined } as never }])
      expect(check('group-port', {}, over)).toEqual(notChecked('the port of the database is not known'));
  });

  const delayed = (seconds: string | undefined, isCut = 'true') => ({
    attributes: new Map([
      ...(seconds === undefined ? [] : [['deregistration_delay.timeout_seconds', seconds] as const]),
      ['deregistration_delay.connection_termination.enabled', isCut] as const,
    ]),
  });

  test('ends the sessions to a former writer soon', () => {
    expect(check('group-attributes')).toEqual(ok('deregistration delay 0 s, connection termination on'));
    expect(check('group-attributes', delayed('30'))).toEqual(
      ok('deregistration delay 30 s, connection termination on'),
    );
    expect(check('group-attributes', delayed('31'))).toEqual(
      failed('the deregistration delay is 31 s: at most 30 s suit a writer'),
    );
    expect(check('group-attributes', delayed('0', 'false'))).toEqual(
      failed('connection termination is off: sessions to a former writer, which is a healthy reader now, go on'),
    );
    expect(check('group-attributes', delayed(undefined))).toEqual(
      failed('the deregistration delay is not told: at most 30 s suit a writer'),
    );
  });

  test('may let sessions to readers and to names of many addresses go on', () => {
    for (const database of [{ ...cluster, role: 'reader' } as const, hostname])
      expect(check('group-attributes', delayed('300', 'false'), { database })).toEqual(
        ok('deregistration delay 300 s, connection termination off'),
      );
  });
});

describe('no unexpected targets in the group', () => {
  test('is registered beside the wanted targets', () => {
    expect(check('no-other-targets')).toEqual(ok('only 10.0.1.10:5432'));
    const targets = [healthy(a), healthy(b), draining(c), { ...c, port: 1, state: 'initial' as const }];
    expect(check('no-other-targets', {}, { over: { observed: { readAt: 0, at: 0, targets } } })).toEqual(
      failed('also registered: 10.0.2.10:5432 (healthy), 10.0.3.10:1 (initial)'),
    );
  });

  test('is what may be a warm standby, while EC2 does not say', () => {
    const observed = { readAt: 0, at: 0, targets: [healthy(a), healthy(b)] };
    const desired = { kind: 'targets', targets: [a], tolerated: [b], evidence: { since: 0, complete: true } } as const;
    const unread = { ...desired, standby: { kind: 'unread', why: '' } } as const;
    expect(check('no-other-targets', {}, { over: { observed, desired: unread } }).result).toBe('ok');
    expect(check('no-other-targets', {}, { over: { observed, desired } }).result).toBe('failed');
  });

  test('is told only when both sides are known', () => {
    expect(check('no-other-targets', {}, { over: { observed: undefined } as never })).toEqual(
      notChecked('the group was not read'),
    );
    expect(check('no-other-targets', {}, unknown)).toEqual(notChecked('it is not known what belongs into the group'));
  });
});

describe('the owners of the addresses', () => {
  const ofRds: OwnedInterface = {
    id: 'eni-1',
    requester: 'amazon-rds',
    description: 'RDSNetworkInterface',
    securityGroups: ['sg-database'],
  };
  const owners = (...all: [string, OwnedInterface][]) => ({
    interfaces: known(new Map(all.map(([ip, one]) => [ip, [one]]))),
  });
  const of = (seen: Partial<Surroundings>, rest: object = { more: { verifyInterfaces: true } }) =>
    check('addresses-verified', {}, { seen, ...rest });

  test('are not asked for where neither the group nor the database has an address', () => {
    expect(
      of(owners([a.ip, ofRds]), { over: { ...unknown.over, observed: { readAt: 0, at: 0, targets: [] } } }),
    ).toEqual(notChecked('no address is known'));
  });

  test('are the database, by its requester, description and security groups', () => {
    expect(of(owners([a.ip, ofRds]))).toEqual(ok(`${a.ip} with sg-database`));
    expect(of(owners())).toEqual(failed(`${a.ip} belongs to no network interface of this account and Region`));
    expect(of(owners([a.ip, { ...ofRds, securityGroups: ['sg-other'] }])).detail).toContain('sg-other');
  });

  test('include what the group holds and should not', () => {
    const observed = { readAt: 0, at: 0, targets: [healthy(a), healthy(b), draining(c)] };
    expect(of(owners([a.ip, ofRds]), { over: { observed } })).toEqual(
      failed(`${b.ip} belongs to no network interface of this account and Region`),
    );
  });

  test('are told although new addresses are not verified, which is said', () => {
    expect(of(owners([a.ip, ofRds]), {}).detail).toMatch(/new ones are not verified .* set VERIFY_INTERFACES$/);
  });

  test('are not known where EC2 may not be asked, gives no answer, or nothing tells the security groups', () => {
    const refused = { kind: 'denied', action: 'ec2:DescribeNetworkInterfaces' } as const;
    expect(of({ interfaces: refused })).toEqual(
      notChecked('the role may not read it: grant ec2:DescribeNetworkInterfaces'),
    );
    expect(of({ interfaces: { ...refused, kind: 'unreadable', message: 'timed out' } }).result).toBe('not-checked');
    expect(of(owners([a.ip, { ...ofRds, securityGroups: undefined }]))).toEqual(
      notChecked('EC2 does not say which security groups eni-1 has'),
    );
    const named = { database: hostname };
    expect(of({ ...owners([a.ip, ofRds]), databaseNetwork: undefined }, named).detail).toContain(
      'set DATABASE_SECURITY_GROUPS',
    );
    const told = { database: { ...hostname, securityGroups: ['sg-database'] }, more: { verifyInterfaces: true } };
    const proxy = { ...ofRds, requester: '111122223333', description: 'Network interface for DBProxy prx-1' };
    expect(of({ ...owners([a.ip, proxy]), databaseNetwork: undefined }, told)).toEqual(ok(`${a.ip} with sg-database`));
  });
});
