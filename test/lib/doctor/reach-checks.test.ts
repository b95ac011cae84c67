import { describe, expect, test } from 'vitest';
import { reachChecks } from '../../../lib/doctor/reach-checks.ts';
import { known } from '../../../lib/doctor/reading.ts';
import type { Surroundings } from '../../../lib/doctor/surroundings.ts';
import type { RunState } from '../../../lib/observations/run-state.ts';
import type { DnsAnswer } from '../../../lib/ports.ts';
import type { Protocol, Spoken } from '../../../lib/protocols.ts';
import {
  a,
  addresses,
  cluster,
  clusterHost,
  host,
  hostname,
  instance,
  member,
  memberHost,
  port,
  seen,
} from '../scene.ts';
import { unavailable } from '../world.ts';
import { configOf, denied, failed, groupsOf, notChecked, ok, rule, state, surroundings } from './scene.ts';

/* One of the checks of reachability, where all is well but for what is given. */

type Name = keyof ReturnType<typeof reachChecks>;

const check = (
  name: Name,
  {
    over = {},
    seen: more = {},
    database = instance,
  }: { over?: Partial<RunState>; seen?: Partial<Surroundings>; database?: typeof instance } = {},
) => reachChecks(configOf(database), { ...state, ...over }, { ...surroundings, ...more })[name];

const answers = (given: Record<string, DnsAnswer>) => ({
  lookups: { at: 0, answers: new Map(Object.entries(given)) },
});

const said = (observation: NonNullable<RunState['topology']>['observation']) => ({
  topology: { at: 0, pollIntervalMs: 0, observation },
});

describe('one private address', () => {
  const of = (given: Parameters<typeof check>[1]) => check('one-private-address', given);

  test('is what the name of the endpoint leads to', () => {
    expect(of({})).toEqual(ok(`${host}: 10.0.1.10`));
  });

  test('is not one of several, but for a name that may have them', () => {
    const two = answers({ [host]: addresses('10.0.1.10', '10.0.2.10') });
    expect(of({ over: two })).toEqual(failed(`${host} has 2 addresses: 10.0.1.10, 10.0.2.10`));
    expect(of({ over: two, database: hostname })).toEqual(ok(`${host}: 10.0.1.10, 10.0.2.10`));
  });

  test('is in the allowed ranges', () => {
    expect(of({ over: answers({ [host]: addresses('10.0.1.10', '52.1.2.3') }), database: hostname })).toEqual(
      failed(`${host} leads to 52.1.2.3, outside 10.0.0.0/8`),
    );
  });

  test('is unknown without a name or an answer', () => {
    expect(of({ over: answers({}) })).toEqual(notChecked('no name is known'));
    expect(of({ over: { lookups: undefined } as never })).toEqual(notChecked('no name is known'));
    expect(of({ over: said(seen([])) })).toEqual(notChecked('no name is known'));
    expect(of({ over: answers({ [host]: { kind: 'not-found' } }) })).toEqual(
      notChecked(`${host} did not resolve: not-found`),
    );
  });

  test('is resolved from the configured endpoint while the RDS API does not answer', () => {
    const database = { ...instance, endpoint: { host, port } };
    for (const topology of [said(unavailable), { topology: undefined } as never])
      expect(of({ database, over: topology })).toEqual(ok(`${host}: 10.0.1.10`));
    expect(of({ over: said(unavailable) })).toEqual(notChecked('no name is known'));
  });
});

describe('the AWS APIs', () => {
  const of = (given: Partial<Surroundings>) => check('apis-reached-privately', { seen: given });
  const apiHosts = [
    { host: 'rds.example', addresses: ['52.1.2.3', '10.0.7.8'] },
    { host: 'elb.example', addresses: ['10.0.7.7', '10.0.7.9'] },
    { host: 'gone.example', addresses: [] },
  ];

  test('are private from a VPC when none of their addresses is public', () => {
    expect(of({ apiHosts: apiHosts.slice(1) })).toEqual(
      ok('elb.example at 10.0.7.7, 10.0.7.9; gone.example at no address'),
    );
    expect(of({ apiHosts: [...apiHosts, { host: 'b.example', addresses: ['8.8.8.8'] }] })).toEqual(
      failed('calls leave the VPC: rds.example at 52.1.2.3, 10.0.7.8; b.example at 8.8.8.8'),
    );
  });

  test('may be public from outside any VPC', () => {
    expect(of({ apiHosts: apiHosts.slice(0, 2), place: known({ kind: 'outside' }) })).toEqual(
      ok('the function runs outside any VPC: rds.example at 52.1.2.3, 10.0.7.8; elb.example at 10.0.7.7, 10.0.7.9'),
    );
  });

  test('are not judged while it is not known where the function runs', () => {
    expect(of({ place: undefined })).toEqual(notChecked('the function does not know its own ARN'));
  });

  test('are private where their addresses are, also for a role that may not read where the function runs', () => {
    expect(of({ place: { kind: 'denied', action: 'lambda:GetFunctionConfiguration' } })).toEqual(
      ok('private addresses only: rds.eu-central-1.amazonaws.com at 10.0.7.7'),
    );
  });

  test('tell what they saw all the same: public addresses from who knows where', () => {
    expect(of({ apiHosts, place: { kind: 'denied', action: 'lambda:GetFunctionConfiguration' } })).toEqual(
      notChecked(
        'the role may not read it: grant lambda:GetFunctionConfiguration; public: rds.example at 52.1.2.3, 10.0.7.8',
      ),
    );
  });

  describe("while Lambda's API gives no answer", () => {
    const silent = { kind: 'unreadable', action: 'lambda:GetFunctionConfiguration', message: 'timed out' } as const;
    const unknown = 'lambda:GetFunctionConfiguration gave no answer: timed out';

    test('are private when all their addresses are: from outside a VPC they would not be', () => {
      expect(of({ apiHosts: apiHosts.slice(1, 2), place: silent })).toEqual(
        ok('private addresses only: elb.example at 10.0.7.7, 10.0.7.9'),
      );
    });

    test('are not judged by a public address, which is right from outside, nor by none at all', () => {
      expect(of({ apiHosts: apiHosts.slice(0, 2), place: silent })).toEqual(
        notChecked(`${unknown}; public: rds.example at 52.1.2.3, 10.0.7.8`),
      );
      expect(of({ apiHosts: [], place: silent })).toEqual(notChecked(unknown));
    });
  });

  test('are told with what owns each address, where that is known', () => {
    const of_ = { description: '', securityGroups: [] };
    const owners = new Map([
      [
        '10.0.7.7',
        [
          { id: 'eni-8', ...of_ },
          { id: 'eni-7', endpointId: 'vpce-7', ...of_ },
        ],
      ],
      ['10.0.7.9', [{ id: 'eni-9', ...of_ }]],
    ]);
    const elb = { apiHosts: apiHosts.slice(1, 2) };
    expect(of({ ...elb, interfaces: known(owners) })).toEqual(
      ok('elb.example at 10.0.7.7 (eni-7 of endpoint vpce-7), 10.0.7.9 (eni-9, of no endpoint)'),
    );
    owners.delete('10.0.7.9');
    expect(of({ ...elb, interfaces: known(owners) })).toEqual(
      ok('elb.example at 10.0.7.7 (eni-7 of endpoint vpce-7), 10.0.7.9'),
    );
    expect(of({ ...elb, interfaces: { kind: 'denied', action: 'ec2:DescribeNetworkInterfaces' } })).toEqual(
      ok('elb.example at 10.0.7.7, 10.0.7.9'),
    );
  });
});

describe('the way of the function to the database', () => {
  const of = (given: Parameters<typeof check>[1]) => check('database-admits-function', given);

  test('is open when the function may send and the database admits it', () => {
    expect(of({})).toEqual(ok('the function is admitted by the range of its subnets'));
    expect(of({ seen: { securityGroups: groupsOf({ 'sg-database': { ingress: [] } }) } })).toEqual(
      failed('no rule of sg-database admits the function on port 5432'),
    );
  });

  test('need not be open outwards: only the doctor connects', () => {
    const securityGroups = groupsOf({ 'sg-function': { egress: [rule({ cidrs: ['10.9.0.0/16'] })] } });
    expect(of({ seen: { securityGroups } })).toEqual(
      notChecked('no rule of sg-function lets the function out to 10.0.1.10:5432'),
    );
  });

  test('is not judged while an end of it is unknown', () => {
    const ends = 'the security groups or the address of the database are not known';
    expect(of({ seen: { place: undefined } })).toEqual(notChecked('the function does not know its own ARN'));
    expect(of({ seen: { databaseNetwork: undefined } })).toEqual(notChecked(ends));
    expect(of({ over: { desired: { kind: 'hold', reason: 'NoWriter', message: '' } } })).toEqual(notChecked(ends));
    expect(of({ over: { desired: undefined } as never })).toEqual(notChecked(ends));
    expect(of({ seen: { place: known({ kind: 'outside' }) } })).toEqual(
      notChecked('the function runs outside any VPC: no private address is reached from there'),
    );
    for (const what of ['securityGroups', 'subnets', 'databaseNetwork', 'place'])
      expect(of({ seen: { [what]: denied } })).toEqual(
        notChecked('the role may not read it: grant ec2:DescribeSubnets'),
      );
  });
});

describe('what the writer says', () => {
  const of = (spoken: Spoken, protocol: Protocol = 'postgres', seen: Partial<Surroundings> = {}) =>
    check('writer-accepts-connections', { seen: { conversation: { target: a, protocol, spoken }, ...seen } });
  const key = '10.0.1.10:5432';

  test.each<[Protocol, Spoken, object]>([
    ['postgres', { result: 'ok', said: 'PostgreSQL, with TLS' }, ok(`${key} answers: PostgreSQL, with TLS`)],
    ['tcp', { result: 'ok', said: 'TCP' }, ok(`${key} accepts connections; its protocol is not known`)],
    [
      'postgres',
      { result: 'silent' },
      failed(`${key} accepts connections and says nothing: PostgreSQL hangs, or does not listen there`),
    ],
    [
      'oracle',
      { result: 'silent' },
      failed(`${key} accepts connections and says nothing: Oracle hangs, or does not listen there`),
    ],
    ['mysql', { result: 'closed' }, failed(`${key} ends connections without an answer of MySQL`)],
    ['postgres', { result: 'reset' }, failed(`${key} ends connections without an answer of PostgreSQL`)],
    ['postgres', { result: 'refused' }, failed(`${key} refuses connections (ECONNREFUSED)`)],
    ['mysql', { result: 'other-protocol', said: '"SSH"' }, failed(`${key} does not answer as MySQL does: "SSH"`)],
    [
      'mysql',
      { result: 'turned-away', said: 'MySQL error 1040: Too many connections' },
      failed(`${key} turns connections away: MySQL error 1040: Too many connections`),
    ],
  ])('in %s: %j', (protocol, spoken, expected) => {
    expect(of(spoken, protocol)).toEqual(expected);
  });

  test('in a protocol that was never tried proves nothing when it is an end', () => {
    for (const protocol of ['sqlserver', 'oracle'] as const)
      expect(of({ result: 'closed' }, protocol)).toMatchObject({ result: 'not-checked' });
  });

  test('to an address that MySQL has blocked is still an answer', () => {
    expect(of({ result: 'host-blocked', said: "MySQL error 1129: Host '10.0.9.4' is blocked" }, 'mysql')).toMatchObject(
      {
        result: 'ok',
        detail: expect.stringContaining("this function's address only"),
      },
    );
  });

  test('is not known where no address is', () => {
    expect(check('writer-accepts-connections', { seen: { conversation: undefined } })).toEqual(
      notChecked('no address is known'),
    );
  });

  test('is a failure when it is nothing only where an answer could have come', () => {
    for (const [spoken, said] of [
      [{ result: 'timeout' }, `${key} does not answer`],
      [{ result: 'unreachable', code: 'EHOSTUNREACH' }, `${key} does not answer (EHOSTUNREACH)`],
    ] as const) {
      expect(of(spoken)).toEqual(failed(said));
      expect(of(spoken, 'postgres', { place: undefined })).toEqual(
        notChecked(`${said}; the function does not know its own ARN`),
      );
      expect(of(spoken, 'postgres', { securityGroups: groupsOf({ 'sg-database': { ingress: [] } }) })).toEqual(
        failed(said),
      );
    }
  });
});

describe('the sources', () => {
  const of = (given: Parameters<typeof check>[1]) => check('sources-agree', given);
  const two = seen([member('orders-1', 'writer'), member('orders-2', 'reader')], { host: clusterHost, port });
  const clustered = (writerAt: string, follow = '10.0.1.10') => ({
    ...said(two),
    ...answers({ [clusterHost]: addresses(follow), [memberHost('orders-1')]: addresses(writerAt) }),
  });

  test('are not compared where the RDS API does not know the database, or does not answer', () => {
    expect(of({ over: said({ kind: 'not-found', message: 'no' }) })).toEqual(
      notChecked('the RDS API knows no such database'),
    );
    expect(of({ over: said(unavailable) })).toEqual(notChecked('the RDS API did not answer'));
  });

  test('agree when both names of the writer lead to one address', () => {
    expect(of({ over: clustered('10.0.1.10'), database: cluster })).toEqual(ok('orders-1 at 10.0.1.10'));
    expect(of({})).toEqual(ok('orders at 10.0.1.10'));
  });

  test('differ when the name that applications use leads elsewhere', () => {
    expect(of({ over: clustered('10.0.2.10'), database: cluster })).toEqual(
      failed(`${clusterHost} leads to 10.0.1.10, but the writer orders-1 is at 10.0.2.10`),
    );
    const lost = { ...said(two), ...answers({ [memberHost('orders-1')]: addresses('10.0.2.10') }) };
    expect(of({ over: lost, database: cluster })).toEqual(
      failed(`${clusterHost} leads to no address, but the writer orders-1 is at 10.0.2.10`),
    );
  });

  test('do not differ while the name of the writer has no answer', () => {
    const over = { ...said(two), ...answers({ [clusterHost]: addresses('10.0.1.10') }) };
    expect(of({ over, database: cluster })).toEqual(ok('orders-1 at 10.0.1.10'));
    expect(of({ over: { ...said(two), ...answers({}) }, database: cluster })).toEqual(ok('orders-1 at no address'));
    const bare = seen([{ id: 'orders-1', role: 'writer', status: 'creating' }], { host: clusterHost, port });
    expect(of({ over: { ...over, ...said(bare) }, database: cluster })).toEqual(ok('orders-1 at 10.0.1.10'));
  });

  test('are of no use while the API names no endpoint, or no database', () => {
    expect(of({ over: said(seen([member('orders', 'writer')])) })).toEqual(failed('the RDS API names no endpoint'));
    expect(of({ over: said({ kind: 'not-found', message: '' }) })).toEqual(
      notChecked('the RDS API knows no such database'),
    );
  });

  test('name one writer', () => {
    const none = seen([member('orders-1', 'reader')], { host: clusterHost, port });
    expect(of({ over: { ...clustered('10.0.1.10'), ...said(none) }, database: cluster })).toEqual(
      failed('the RDS API names 0 writers'),
    );
  });

  test('differ from a configured endpoint that is another', () => {
    const database = { ...instance, endpoint: { host: 'old.example.com', port } };
    expect(of({ database })).toEqual(failed(`DATABASE_ENDPOINT is old.example.com, the RDS API says ${host}`));
    expect(of({ database: { ...instance, endpoint: { host, port } } })).toMatchObject({ result: 'ok' });
  });

  test('are not compared where there is but one', () => {
    expect(of({ database: hostname })).toEqual(notChecked('a host name has one source: DNS'));
    for (const over of [said(unavailable), { topology: undefined } as never])
      expect(of({ over })).toEqual(notChecked('the RDS API did not answer'));
  });
});
