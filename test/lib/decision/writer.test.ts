import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { desiredFrom } from '../../../lib/decision/desired.ts';
import type { Desired } from '../../../lib/domain.ts';
import { type Lookups, newObservations, rememberLookups } from '../../../lib/observations/observations.ts';
import type { DnsAnswer } from '../../../lib/ports.ts';
import {
  a,
  addresses,
  b,
  c,
  cluster,
  clusterDns,
  clusterHost,
  clusterOf,
  desiredAfter,
  host,
  instance,
  instanceAt,
  member,
  memberHost,
  policy,
  port,
  readers,
  said,
  seen,
  timings,
} from '../scene.ts';
import { unavailable } from '../world.ts';

const targetsOf = (desired: Desired) => (desired.kind === 'targets' ? desired.targets : desired.reason);

describe('the writer of an instance', () => {
  test('is the address of its endpoint, at its own port', () => {
    const desired = desiredAfter(instance, [{ topology: instanceAt(), dns: { [host]: addresses(a.ip) } }]);
    expect(desired).toMatchObject({
      kind: 'targets',
      targets: [a],
      evidence: { complete: true },
      writer: { instanceId: 'orders', address: a.ip, port },
    });
  });

  test('listens where TARGET_PORT says, when that is set', () => {
    const desired = desiredAfter({ ...instance, port: 6432 }, [
      { topology: instanceAt(), dns: { [host]: addresses(a.ip) } },
    ]);
    expect(targetsOf(desired)).toEqual([{ ip: a.ip, port: 6432 }]);
  });

  test('is found through DATABASE_ENDPOINT while the RDS API is down', () => {
    const database = { ...instance, endpoint: { host, port } };
    const moment = { topology: unavailable, dns: { [host]: addresses(a.ip) } };
    expect(
      desiredAfter(database, [
        { ...moment, at: 100 },
        { ...moment, at: 5000 },
      ]),
    ).toStrictEqual({
      kind: 'targets',
      targets: [a],
      evidence: { complete: true, since: 100 },
      writer: { address: a.ip, port },
    });
  });

  test('has the port that all registered targets share, when the API is down and nothing else says it', () => {
    const database = { ...instance, endpoint: { host } };
    const moments = [{ topology: unavailable, dns: { [host]: addresses(a.ip) } }];
    expect(targetsOf(desiredAfter(database, moments, { observedPort: 3306 }))).toEqual([{ ip: a.ip, port: 3306 }]);
    expect(targetsOf(desiredAfter(database, moments))).toBe('AddressUnknown');
    const named = { ...instance, endpoint: { host, port } };
    expect(targetsOf(desiredAfter(named, moments, { observedPort: 3306 }))).toEqual([a]);
  });

  test.each([
    ['public', '52.29.1.1'],
    ['loopback', '127.0.0.1'],
    ['link-local', '169.254.169.254'],
  ])('is unknown when its address is %s', (_, ip) => {
    const moment = { topology: instanceAt(), dns: { [host]: addresses(ip) } };
    expect(targetsOf(desiredAfter(instance, [moment]))).toBe('AddressNotAllowed');
  });

  test('is never one of its replicas, in whatever order they are listed', () => {
    const topology = seen([member('replica', 'reader'), member('orders', 'writer')], { host, port });
    expect(desiredAfter(instance, [{ topology, dns: { [host]: addresses(a.ip) } }])).toMatchObject({
      writer: { instanceId: 'orders' },
    });
    expect(desiredAfter(instance, [{ topology: seen([member('replica', 'reader')], { host, port }) }])).toMatchObject({
      reason: 'NoWriter',
    });
  });
});

describe('the writer of a cluster', () => {
  test('is known at once when topology and DNS agree', () => {
    const desired = desiredAfter(cluster, [{ at: 700, topology: clusterOf(['orders-2']), dns: clusterDns(b.ip) }]);
    expect(desired).toMatchObject({
      targets: [b],
      writer: { instanceId: 'orders-2', address: b.ip, port },
      evidence: { since: 700 },
    });
  });

  test('has no endpoint while its instance is created', () => {
    const topology = seen([{ id: 'orders-1', role: 'writer', status: 'creating' }], { host: clusterHost, port });
    expect(targetsOf(desiredAfter(cluster, [{ topology, dns: clusterDns(a.ip) }]))).toBe('WriterWithoutEndpoint');
  });

  test('is the member that DNS names once its answer has stayed the same for a third of the settle time', () => {
    const moment = { topology: clusterOf(['orders-1']), dns: clusterDns(b.ip) };
    expect(targetsOf(desiredAfter(cluster, [moment, { ...moment, at: 9999 }]))).toBe('SourcesDisagree');
    expect(desiredAfter(cluster, [moment, { ...moment, at: 10_000 }])).toMatchObject({
      targets: [b],
      writer: { instanceId: 'orders-2' },
      evidence: { since: 0, isContested: true },
    });
  });

  test('is never a stable address that belongs to no member', () => {
    const moment = { topology: clusterOf(['orders-1']), dns: clusterDns('10.9.9.9') };
    expect(targetsOf(desiredAfter(cluster, [moment, { ...moment, at: 60_000 }]))).toBe('SourcesDisagree');
  });

  test('is the instance that the API and a completed failover both name, while DNS lags', () => {
    const moment = { topology: clusterOf(['orders-2']), dns: clusterDns(a.ip) };
    expect(targetsOf(desiredAfter(cluster, [moment], { named: 'orders-2' }))).toEqual([b]);
    expect(targetsOf(desiredAfter(cluster, [moment, { ...moment, at: 60_000 }], { named: 'orders-2' }))).toEqual([b]);
  });

  test('is the instance that an event names in small letters, where the API does not', () => {
    const topology = clusterOf(['Orders-2'], ['orders-1', 'Orders-2']);
    const moment = { topology, dns: { ...clusterDns(a.ip), [memberHost('Orders-2')]: addresses(b.ip) } };
    expect(targetsOf(desiredAfter(cluster, [moment], { named: 'orders-2' }))).toEqual([b]);
  });

  test('is not the instance that both name while its own name does not resolve: DNS may prove another', () => {
    const dns = { ...clusterDns(a.ip), [memberHost('orders-2')]: { kind: 'not-found' } as const };
    const moment = { topology: clusterOf(['orders-2']), dns };
    expect(targetsOf(desiredAfter(cluster, [moment], { named: 'orders-2' }))).toBe('SourcesDisagree');
    expect(targetsOf(desiredAfter(cluster, [moment, { ...moment, at: 10_000 }], { named: 'orders-2' }))).toEqual([a]);
  });

  test('is not the instance that an event alone names', () => {
    const moment = { topology: clusterOf(['orders-1']), dns: clusterDns(b.ip) };
    expect(targetsOf(desiredAfter(cluster, [moment], { named: 'orders-2' }))).toBe('SourcesDisagree');
    expect(targetsOf(desiredAfter(cluster, [moment], { named: 'orders-3' }))).toBe('SourcesDisagree');
  });

  test('is not the instance that an old event names once DNS has moved on', () => {
    const topology = clusterOf(['orders-2']);
    const moments = [
      { topology, dns: clusterDns(a.ip) },
      { topology, dns: clusterDns(c.ip), at: 1000 },
    ];
    expect(targetsOf(desiredAfter(cluster, moments, { named: 'orders-2' }))).toBe('SourcesDisagree');
  });

  test('is not proven by DATABASE_ENDPOINT alone while the API is silent', () => {
    const database = { ...cluster, endpoint: { host: clusterHost, port } };
    const desired = desiredAfter(database, [{ topology: unavailable, dns: clusterDns(b.ip) }]);
    expect(desired).toMatchObject({ targets: [b], evidence: { withoutApi: 'the RDS API is down.' } });
  });
});

describe('the port of a writer', () => {
  const bare = (id: string) => ({ ...member(id, 'writer'), endpoint: { host: memberHost(id) } });

  test('is that of the cluster where the instance names none', () => {
    const topology = seen([bare('orders-1'), member('orders-2', 'reader')], { host: clusterHost, port: 3306 });
    expect(desiredAfter(cluster, [{ topology, dns: clusterDns(a.ip) }])).toMatchObject({
      targets: [{ ip: a.ip, port: 3306 }],
    });
    const other = { ...bare('orders-2'), role: 'reader' } as const;
    const late = seen([member('orders-1', 'writer'), other], { host: clusterHost, port: 3306 });
    const moment = { topology: late, dns: clusterDns(b.ip) };
    expect(desiredAfter(cluster, [moment, { ...moment, at: 10_000 }])).toMatchObject({
      targets: [{ ip: b.ip, port: 3306 }],
    });
  });

  test('is that of the instance where both name one, also when DNS alone tells the writer', () => {
    const other = { ...member('orders-2', 'reader'), endpoint: { host: memberHost('orders-2'), port: 3307 } };
    const topology = seen([member('orders-1', 'writer'), other], { host: clusterHost, port: 3306 });
    expect(desiredAfter(cluster, [{ topology, dns: clusterDns(a.ip) }])).toMatchObject({ targets: [a] });
    const lookups: Lookups = { at: 66_000, topology, answers: new Map(Object.entries(clusterDns(b.ip))) };
    const before = rememberLookups(newObservations(0), { ...lookups, at: 6000 }, cluster, timings);
    const observations = rememberLookups(before, lookups, cluster, timings);
    const input = { database: cluster, allowedCidrs: policy.allowedCidrs, timings, lookups, observations, live: [] };
    expect(desiredFrom(input)).toMatchObject({
      targets: [{ ip: b.ip, port: 3307 }],
      writer: { instanceId: 'orders-2' },
    });
    const early = { ...lookups, at: 12_000 };
    const young = { ...input, lookups: early, observations: rememberLookups(before, early, cluster, timings) };
    expect(desiredFrom(young).kind).toBe('hold');
  });
});

describe('a hold says', () => {
  test('that the known endpoint does not resolve while the RDS API does not answer', () => {
    const database = { ...instance, endpoint: { host, port } };
    expect(said(database, unavailable, { [host]: { kind: 'not-found' } })).toBe(
      `AddressUnknown: ${host} does not exist in DNS (NXDOMAIN)`,
    );
  });

  test('which instance the RDS API does not list', () => {
    expect(said(instance, seen([]))).toBe('NoWriter: the RDS API lists no DB instance orders');
    expect(said(instance, { kind: 'not-found', message: 'no DB instance orders here' })).toBe(
      'NoWriter: no DB instance orders here',
    );
  });

  test('what has no endpoint yet', () => {
    const creating = seen([{ id: 'orders', role: 'writer', status: 'creating' }]);
    expect(said(instance, creating)).toBe('WriterWithoutEndpoint: DB instance orders (creating) has no endpoint yet');
    const [one, ...others] = [member('orders-1', 'writer'), member('orders-2', 'reader')];
    expect(said(cluster, seen([one, ...others]))).toBe('WriterWithoutEndpoint: cluster orders has no endpoint yet');
    const { endpoint: _, ...bare } = one;
    expect(said(cluster, seen([bare, ...others], { host: clusterHost, port }), clusterDns(a.ip))).toBe(
      'WriterWithoutEndpoint: the writer orders-1 (available) has no endpoint yet',
    );
  });

  test('who is reported as writer of a cluster where it is not one', () => {
    expect(said(cluster, clusterOf([]), clusterDns(a.ip))).toBe(
      'NoWriter: the RDS API reports no member as writer of cluster orders; it should report one',
    );
    expect(said(cluster, clusterOf(['orders-1', 'orders-3']), clusterDns(a.ip))).toBe(
      'NoWriter: the RDS API reports orders-1 and orders-3 as writer of cluster orders; it should report one',
    );
  });

  test('which instance each source names when they differ', () => {
    expect(said(cluster, clusterOf(['orders-1']), clusterDns(b.ip))).toBe(
      `SourcesDisagree: the RDS API reports orders-1 (10.0.1.10) as writer, ${clusterHost} resolves to 10.0.2.10 (orders-2)`,
    );
    expect(said(cluster, clusterOf(['orders-1']), clusterDns('10.9.9.9'))).toBe(
      `SourcesDisagree: the RDS API reports orders-1 (10.0.1.10) as writer, ${clusterHost} resolves to 10.9.9.9, which is no member's address`,
    );
    const gone: DnsAnswer = { kind: 'not-found' };
    expect(said(cluster, clusterOf(['orders-1']), { ...clusterDns(b.ip), [memberHost('orders-1')]: gone })).toBe(
      `SourcesDisagree: the RDS API reports orders-1 (no address) as writer, ${clusterHost} resolves to 10.0.2.10 (orders-2)`,
    );
  });

  test('which name of a cluster does not resolve', () => {
    const failed: DnsAnswer = { kind: 'failed', code: 'ETIMEOUT' };
    expect(said(cluster, clusterOf(['orders-1']), { ...clusterDns(a.ip), [clusterHost]: failed })).toBe(
      `AddressUnknown: ${clusterHost} could not be resolved (ETIMEOUT)`,
    );
    const dns = { ...clusterDns('10.9.9.9'), [memberHost('orders-1')]: failed };
    expect(said(cluster, clusterOf(['orders-1']), dns)).toBe(
      `AddressUnknown: ${memberHost('orders-1')} could not be resolved (ETIMEOUT)`,
    );
  });

  test('why the RDS API does not answer, and what to set to go on without it', () => {
    expect(said(instance, unavailable)).toBe(
      'TopologyUnavailable: the RDS API is down. Set DATABASE_ENDPOINT to go on without the RDS API.',
    );
    expect(said(instance, undefined)).toContain('TopologyUnavailable: the RDS API was not asked');
    expect(said(readers, unavailable)).toBe('TopologyUnavailable: the RDS API is down.');
  });
});

/* ---------- every small world of a cluster ---------- */

describe('in every small world of a cluster', () => {
  const ips = [a.ip, b.ip, c.ip, '10.9.9.9', '8.8.8.8'];
  const answer = fc.oneof(
    fc.subarray(ips, { minLength: 1, maxLength: 2 }).map((list) => addresses(...list)),
    fc.constantFrom<DnsAnswer>({ kind: 'not-found' }, { kind: 'no-address' }, { kind: 'failed', code: 'ETIMEOUT' }),
  );
  const dns = fc.record({
    [clusterHost]: answer,
    [memberHost('orders-1')]: answer,
    [memberHost('orders-2')]: answer,
    [memberHost('orders-3')]: answer,
  });
  const writers = fc.subarray(['orders-1', 'orders-2', 'orders-3']);
  const ages = fc.constantFrom(0, 5000, 20_000);
  const named = fc.constantFrom('orders-1', 'orders-2', 'stranger');

  test('a target is always an allowed address that DNS gives for a member or for the cluster', () => {
    fc.assert(
      fc.property(writers, dns, ages, fc.option(named, { nil: undefined }), (who, names, at, name) => {
        const moment = { topology: clusterOf(who), dns: names };
        const desired = desiredAfter(cluster, [moment, { ...moment, at }], name ? { named: name } : {});
        if (desired.kind === 'hold') return;
        const known = Object.values(names).flatMap((one) => (one.kind === 'addresses' ? one.addresses : []));
        expect(desired.targets).toHaveLength(1);
        for (const { ip } of desired.targets) {
          expect(known).toContain(ip);
          expect(ip).not.toBe('8.8.8.8');
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('what an event says changes nothing unless the API says the same', () => {
    fc.assert(
      fc.property(writers, dns, ages, named, (who, names, at, name) => {
        fc.pre(!(who.length === 1 && who[0] === name));
        const moment = { topology: clusterOf(who), dns: names };
        expect(desiredAfter(cluster, [moment, { ...moment, at }], { named: name })).toEqual(
          desiredAfter(cluster, [moment, { ...moment, at }]),
        );
      }),
      { numRuns: 2000 },
    );
  });
});
