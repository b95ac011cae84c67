import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { desiredFrom, namesWanted } from '../../../lib/decision/desired.ts';
import type { Database, Desired } from '../../../lib/domain.ts';
import type { DecisionInput } from '../../../lib/observations/decision-input.ts';
import { type Lookups, newObservations, rememberLookups } from '../../../lib/observations/observations.ts';
import type { DnsAnswer, TopologyObservation } from '../../../lib/ports.ts';
import {
  a,
  addresses,
  b,
  c,
  cluster,
  clusterHost,
  host,
  hostname,
  instance,
  member,
  memberHost,
  policy,
  port,
  seen,
  timings,
  unavailable,
} from '../world.ts';

type Look = { at?: number; topology?: TopologyObservation; dns: Record<string, DnsAnswer> };

/** Feeds looks, oldest first, and decides after the last one. */
function decide(database: Database, looks: Look[], more: Partial<DecisionInput> = {}): Desired {
  let observations = newObservations(0);
  let lookups: Lookups = { at: 0, answers: new Map() };
  for (const { at = 0, topology, dns } of looks) {
    lookups = { at, answers: new Map(Object.entries(dns)), ...(topology ? { topology } : {}) };
    observations = rememberLookups(observations, lookups, database, timings);
  }
  return desiredFrom({ database, allowedCidrs: policy.allowedCidrs, timings, lookups, observations, ...more });
}

const targetsOf = (desired: Desired) => (desired.kind === 'targets' ? desired.targets : desired.reason);

const instanceAt = (endpoint: { host: string; port?: number } | undefined = { host, port }): TopologyObservation =>
  seen([{ id: 'orders', role: 'writer', status: 'available', ...(endpoint ? { endpoint } : {}) }], endpoint);

const clusterOf = (writers: string[], ids = ['orders-1', 'orders-2', 'orders-3']): TopologyObservation =>
  seen(
    ids.map((id) => member(id, writers.includes(id) ? 'writer' : 'reader')),
    { host: clusterHost, port },
  );

const clusterDns = (ip: string): Record<string, DnsAnswer> => ({
  [clusterHost]: addresses(ip),
  [memberHost('orders-1')]: addresses(a.ip),
  [memberHost('orders-2')]: addresses(b.ip),
  [memberHost('orders-3')]: addresses(c.ip),
});

describe('the writer of an instance', () => {
  test('is the address of its endpoint, at its own port', () => {
    const desired = decide(instance, [{ topology: instanceAt(), dns: { [host]: addresses(a.ip) } }]);
    expect(desired).toMatchObject({
      kind: 'targets',
      targets: [a],
      complete: true,
      writer: { instanceId: 'orders', address: a.ip, port },
    });
  });

  test('listens where TARGET_PORT says, when that is set', () => {
    const desired = decide({ ...instance, port: 6432 }, [{ topology: instanceAt(), dns: { [host]: addresses(a.ip) } }]);
    expect(targetsOf(desired)).toEqual([{ ip: a.ip, port: 6432 }]);
  });

  test('is found through DATABASE_ENDPOINT while the RDS API is down', () => {
    const database = { ...instance, endpoint: { host, port } };
    expect(targetsOf(decide(database, [{ topology: unavailable, dns: { [host]: addresses(a.ip) } }]))).toEqual([a]);
  });

  test('has the port that all registered targets share, when the API is down and nothing else says it', () => {
    const database = { ...instance, endpoint: { host } };
    const looks = [{ topology: unavailable, dns: { [host]: addresses(a.ip) } }];
    expect(targetsOf(decide(database, looks, { observedPort: 3306 }))).toEqual([{ ip: a.ip, port: 3306 }]);
    expect(targetsOf(decide(database, looks))).toBe('AddressUnknown');
  });

  test.each<[string, TopologyObservation, Record<string, DnsAnswer>, string]>([
    ['the API is down and no endpoint is known', unavailable, {}, 'TopologyUnavailable'],
    ['the API knows no such instance', { kind: 'not-found', message: '' }, {}, 'NoWriter'],
    ['the API answers with an empty list', seen([]), {}, 'NoWriter'],
    [
      'the instance has no endpoint yet',
      seen([{ id: 'orders', role: 'writer', status: 'creating' }]),
      {},
      'WriterWithoutEndpoint',
    ],
    ['the name does not exist', instanceAt(), { [host]: { kind: 'not-found' } }, 'AddressUnknown'],
    ['the name has no address', instanceAt(), { [host]: { kind: 'no-address' } }, 'AddressUnknown'],
    ['DNS fails', instanceAt(), { [host]: { kind: 'failed', code: 'ESERVFAIL' } }, 'AddressUnknown'],
    ['DNS gives two addresses', instanceAt(), { [host]: addresses(a.ip, b.ip) }, 'AddressUnknown'],
    ['the address is public', instanceAt(), { [host]: addresses('52.29.1.1') }, 'AddressNotAllowed'],
    ['the address is loopback', instanceAt(), { [host]: addresses('127.0.0.1') }, 'AddressNotAllowed'],
    ['the address is link-local', instanceAt(), { [host]: addresses('169.254.169.254') }, 'AddressNotAllowed'],
  ])('is unknown when %s', (_, topology, dns, reason) => {
    expect(targetsOf(decide(instance, [{ topology, dns }]))).toBe(reason);
  });
});

describe('the writer of a cluster', () => {
  test('is known at once when topology and DNS agree', () => {
    const desired = decide(cluster, [{ topology: clusterOf(['orders-2']), dns: clusterDns(b.ip) }]);
    expect(desired).toMatchObject({ targets: [b], writer: { instanceId: 'orders-2', address: b.ip, port } });
  });

  test.each<[string, string[], Record<string, DnsAnswer>, string]>([
    ['the API reports no writer', [], clusterDns(a.ip), 'NoWriter'],
    ['the API reports two writers', ['orders-1', 'orders-2'], clusterDns(a.ip), 'NoWriter'],
    ['topology and DNS differ', ['orders-1'], clusterDns(b.ip), 'SourcesDisagree'],
    ['DNS leads to no member', ['orders-1'], clusterDns('10.9.9.9'), 'SourcesDisagree'],
    [
      'the cluster endpoint does not resolve',
      ['orders-1'],
      { ...clusterDns(a.ip), [clusterHost]: { kind: 'failed', code: 'ETIMEOUT' } },
      'AddressUnknown',
    ],
  ])('is unknown when %s', (_, writers, dns, reason) => {
    expect(targetsOf(decide(cluster, [{ topology: clusterOf(writers), dns }]))).toBe(reason);
  });

  test('has no endpoint while its instance is created', () => {
    const topology = seen([{ id: 'orders-1', role: 'writer', status: 'creating' }], { host: clusterHost, port });
    expect(targetsOf(decide(cluster, [{ topology, dns: clusterDns(a.ip) }]))).toBe('WriterWithoutEndpoint');
  });

  test('is whom DNS names once its answer, a member, has stayed the same for a third of the settle time', () => {
    const look = { topology: clusterOf(['orders-1']), dns: clusterDns(b.ip) };
    expect(targetsOf(decide(cluster, [look, { ...look, at: 9999 }]))).toBe('SourcesDisagree');
    expect(decide(cluster, [look, { ...look, at: 10_000 }])).toMatchObject({
      targets: [b],
      writer: { instanceId: 'orders-2' },
      since: 0,
    });
  });

  test('is never a stable address that belongs to no member', () => {
    const look = { topology: clusterOf(['orders-1']), dns: clusterDns('10.9.9.9') };
    expect(targetsOf(decide(cluster, [look, { ...look, at: 60_000 }]))).toBe('SourcesDisagree');
  });

  test('is whom the API and a completed failover both name, while DNS lags', () => {
    const look = { topology: clusterOf(['orders-2']), dns: clusterDns(a.ip) };
    expect(targetsOf(decide(cluster, [look], { named: 'orders-2' }))).toEqual([b]);
    expect(targetsOf(decide(cluster, [look, { ...look, at: 60_000 }], { named: 'orders-2' }))).toEqual([b]);
  });

  test('is not whom an event alone names', () => {
    const look = { topology: clusterOf(['orders-1']), dns: clusterDns(b.ip) };
    expect(targetsOf(decide(cluster, [look], { named: 'orders-2' }))).toBe('SourcesDisagree');
    expect(targetsOf(decide(cluster, [look], { named: 'orders-3' }))).toBe('SourcesDisagree');
  });

  test('is not whom an old event names once DNS has moved on', () => {
    const topology = clusterOf(['orders-2']);
    const looks = [
      { topology, dns: clusterDns(a.ip) },
      { topology, dns: clusterDns(c.ip), at: 1000 },
    ];
    expect(targetsOf(decide(cluster, looks, { named: 'orders-2' }))).toBe('SourcesDisagree');
  });

  test('is not proven by DATABASE_ENDPOINT alone while the API is silent', () => {
    const database = { ...cluster, endpoint: { host: clusterHost, port } };
    const desired = decide(database, [{ topology: unavailable, dns: clusterDns(b.ip) }]);
    expect(desired).toMatchObject({ targets: [b], unproven: 'the RDS API is down.' });
  });
});

describe('the readers', () => {
  const readers = { ...cluster, role: 'reader' as const };

  test('keep the one that the API calls the writer while DNS names another: either may be late', () => {
    const desired = decide(readers, [{ topology: clusterOf(['orders-1']), dns: clusterDns(b.ip) }]);
    expect(desired).toMatchObject({ targets: [c], tolerated: [a] });
    const agreed = decide(readers, [{ topology: clusterOf(['orders-1']), dns: clusterDns(a.ip) }]);
    expect(agreed).toMatchObject({ targets: [b, c] });
    expect(agreed).not.toHaveProperty('tolerated');
  });

  test('are every available reader and never the writer', () => {
    expect(targetsOf(decide(readers, [{ topology: clusterOf(['orders-1']), dns: clusterDns(a.ip) }]))).toEqual([b, c]);
  });

  test('do not include an instance that DNS already calls the writer', () => {
    expect(targetsOf(decide(readers, [{ topology: clusterOf(['orders-1']), dns: clusterDns(b.ip) }]))).toEqual([c]);
  });

  test('do not include an instance that accepts no connections', () => {
    const topology = seen(
      [
        member('orders-1', 'writer'),
        member('orders-2', 'reader', 'rebooting'),
        member('orders-3', 'reader', 'backing-up'),
      ],
      { host: clusterHost, port },
    );
    expect(targetsOf(decide(readers, [{ topology, dns: clusterDns(a.ip) }]))).toEqual([c]);
  });

  test('are unknown when none is available', () => {
    expect(
      targetsOf(decide(readers, [{ topology: clusterOf(['orders-1'], ['orders-1']), dns: clusterDns(a.ip) }])),
    ).toBe('NoReader');
  });

  test('are incomplete, so that nobody is called stale, while the address of one is not known', () => {
    const dns = { ...clusterDns(a.ip), [memberHost('orders-3')]: { kind: 'failed', code: 'ETIMEOUT' } } as const;
    expect(decide(readers, [{ topology: clusterOf(['orders-1']), dns }])).toMatchObject({
      targets: [b],
      complete: false,
    });
  });

  test('are unknown without the RDS API', () => {
    const database = { ...readers, endpoint: { host: clusterHost, port } };
    expect(targetsOf(decide(database, [{ topology: unavailable, dns: clusterDns(a.ip) }]))).toBe('TopologyUnavailable');
  });
});

describe('the targets of a hostname', () => {
  const look = (at: number, ...ips: string[]) => ({ at, dns: { [host]: addresses(...ips) } });

  test('are all its addresses', () => {
    expect(targetsOf(decide(hostname, [look(0, a.ip, b.ip)]))).toEqual([a, b]);
  });

  test('include those that it showed lately, which may stay and are not registered', () => {
    const desired = decide(hostname, [look(0, a.ip, b.ip), look(6000, b.ip, c.ip)]);
    expect(targetsOf(desired)).toEqual([a, b, c]);
    expect(desired).toMatchObject({ tolerated: [a] });
    expect(decide(hostname, [look(0, a.ip, b.ip), look(6000, a.ip, b.ip)])).not.toHaveProperty('tolerated');
  });

  test('are unknown when one address may not be registered', () => {
    expect(targetsOf(decide(hostname, [look(0, a.ip, '8.8.8.8')]))).toBe('AddressNotAllowed');
  });

  test('have one spelling for each IPv6 address', () => {
    expect(targetsOf(decide(hostname, [look(0, 'fd00:0:0::0001')]))).toEqual([{ ip: 'fd00::1', port }]);
  });
});

describe('the names that are looked up', () => {
  const empty = new Map<string, DnsAnswer>();

  test('are two for a cluster whose sources agree', () => {
    const topology = clusterOf(['orders-1']);
    const first = namesWanted(cluster, { at: 0, topology, answers: empty });
    expect(first).toEqual([clusterHost, memberHost('orders-1')]);
    const answers = new Map(Object.entries(clusterDns(a.ip)).filter(([name]) => first.includes(name)));
    expect(namesWanted(cluster, { at: 0, topology, answers })).toEqual([]);
  });

  test('are all members when the sources differ', () => {
    const answers = new Map([
      [clusterHost, addresses(b.ip)],
      [memberHost('orders-1'), addresses(a.ip)],
    ]);
    expect(namesWanted(cluster, { at: 0, topology: clusterOf(['orders-1']), answers })).toEqual([
      memberHost('orders-2'),
      memberHost('orders-3'),
    ]);
  });

  test('are the known endpoint while the API is down, and none when nothing is known', () => {
    expect(namesWanted({ ...instance, endpoint: { host } }, { at: 0, topology: unavailable, answers: empty })).toEqual([
      host,
    ]);
    expect(namesWanted(instance, { at: 0, topology: unavailable, answers: empty })).toEqual([]);
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
        const look = { topology: clusterOf(who), dns: names };
        const desired = decide(cluster, [look, { ...look, at }], name ? { named: name } : {});
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
        const look = { topology: clusterOf(who), dns: names };
        expect(decide(cluster, [look, { ...look, at }], { named: name })).toEqual(
          decide(cluster, [look, { ...look, at }]),
        );
      }),
      { numRuns: 2000 },
    );
  });
});
