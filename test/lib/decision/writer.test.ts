import { describe, expect, test } from 'vitest';
import { desiredFrom } from '../../../lib/decision/desired.ts';
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

/* What people read when the group is left as it is: what is wrong, and where. */

function decide(
  database: Database,
  topology: TopologyObservation | undefined,
  dns: Record<string, DnsAnswer> = {},
  more: Partial<DecisionInput> = {},
): Desired {
  const lookups: Lookups = { at: 0, answers: new Map(Object.entries(dns)), ...(topology ? { topology } : {}) };
  const observations = rememberLookups(newObservations(0), lookups, database, timings);
  return desiredFrom({ database, allowedCidrs: policy.allowedCidrs, timings, lookups, observations, ...more });
}
const said = (...args: Parameters<typeof decide>): string => {
  const desired = decide(...args);
  return desired.kind === 'hold' ? `${desired.reason}: ${desired.message}` : JSON.stringify(desired);
};

const readers = { ...cluster, role: 'reader' as const };
const instanceAt = (endpoint: { host: string; port?: number } | undefined = { host, port }) =>
  seen([{ id: 'orders', role: 'writer', status: 'creating', ...(endpoint ? { endpoint } : {}) }], endpoint);
const clusterOf = (...writers: string[]) =>
  seen(
    ['orders-1', 'orders-2', 'orders-3'].map((id) => member(id, writers.includes(id) ? 'writer' : 'reader')),
    { host: clusterHost, port },
  );
const clusterDns = (ip: string): Record<string, DnsAnswer> => ({
  [clusterHost]: addresses(ip),
  [memberHost('orders-1')]: addresses(a.ip),
  [memberHost('orders-2')]: addresses(b.ip),
  [memberHost('orders-3')]: addresses(c.ip),
});

const manyIps = (count: number) => Array.from({ length: count }, (_, i) => `10.0.4.${i}`);

describe('a hold says', () => {
  test.each<[string, DnsAnswer, string]>([
    ['that a name does not exist', { kind: 'not-found' }, `${host} does not exist in DNS (NXDOMAIN)`],
    ['that a name has no address', { kind: 'no-address' }, `${host} exists in DNS without an address`],
    ['how DNS failed', { kind: 'failed', code: 'ESERVFAIL' }, `${host} could not be resolved (ESERVFAIL)`],
    [
      'which addresses are too many',
      addresses(a.ip, b.ip),
      `${host} resolves to 2 addresses (10.0.1.10, 10.0.2.10); one was expected`,
    ],
    [
      'a few of many addresses',
      addresses(...manyIps(50)),
      `${host} resolves to 50 addresses (10.0.4.0, 10.0.4.1, 10.0.4.10, 10.0.4.11 and 46 more); one was expected`,
    ],
    [
      'that an answer is longer than any name has addresses',
      { kind: 'too-many', count: 4000 },
      `${host} resolves to 4000 addresses in one answer; 100 at most are followed`,
    ],
  ])('%s', (_, answer, message) => {
    expect(said(instance, instanceAt(), { [host]: answer })).toBe(`AddressUnknown: ${message}`);
  });

  test('that a name has shown more addresses than are followed', () => {
    expect(said(hostname, undefined, { [host]: addresses(...manyIps(101)) })).toBe(
      `AddressUnknown: ${host} has shown 101 addresses; 100 at most are followed`,
    );
    expect(said(hostname, undefined, { [host]: addresses(...manyIps(100)) })).toMatch(/"kind":"targets"/);
  });

  test('that a name was not asked for', () => {
    expect(said(hostname, undefined)).toBe(`AddressUnknown: ${host} could not be resolved`);
  });

  test('which address is not allowed, by which name it was found, and what is allowed', () => {
    expect(said(instance, instanceAt(), { [host]: addresses('8.8.8.8') })).toBe(
      `AddressNotAllowed: ${host} resolves to 8.8.8.8; allowed are private addresses in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, fc00::/7`,
    );
  });

  test('what a global IPv6 address, as most VPCs have them, needs to be allowed', () => {
    expect(said(instance, instanceAt(), { [host]: addresses('2600:1f18:1:2::3') })).toMatch(
      /^AddressNotAllowed: .*; a global IPv6 address needs the range of its VPC in ALLOWED_CIDRS$/,
    );
  });

  test('that the known endpoint does not resolve while the RDS API does not answer', () => {
    const database = { ...instance, endpoint: { host, port } };
    expect(said(database, unavailable, { [host]: { kind: 'not-found' } })).toBe(
      `AddressUnknown: ${host} does not exist in DNS (NXDOMAIN)`,
    );
  });

  test('what to set when the port is not known', () => {
    const database = { ...instance, endpoint: { host } };
    expect(said(database, unavailable, { [host]: addresses(a.ip) })).toBe(
      `AddressUnknown: the port of ${host} is not known while the RDS API does not answer; set TARGET_PORT`,
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
    expect(said(cluster, clusterOf())).toBe(
      'NoWriter: the RDS API reports no member as writer of cluster orders; it should report one',
    );
    expect(said(cluster, clusterOf('orders-1', 'orders-3'))).toBe(
      'NoWriter: the RDS API reports orders-1 and orders-3 as writer of cluster orders; it should report one',
    );
  });

  test('who is whom by which source when they differ', () => {
    expect(said(cluster, clusterOf('orders-1'), clusterDns(b.ip))).toBe(
      `SourcesDisagree: the RDS API reports orders-1 (10.0.1.10) as writer, ${clusterHost} resolves to 10.0.2.10 (orders-2)`,
    );
    expect(said(cluster, clusterOf('orders-1'), clusterDns('10.9.9.9'))).toBe(
      `SourcesDisagree: the RDS API reports orders-1 (10.0.1.10) as writer, ${clusterHost} resolves to 10.9.9.9, which is no member's address`,
    );
    const gone: DnsAnswer = { kind: 'not-found' };
    expect(said(cluster, clusterOf('orders-1'), { ...clusterDns(b.ip), [memberHost('orders-1')]: gone })).toBe(
      `SourcesDisagree: the RDS API reports orders-1 (no address) as writer, ${clusterHost} resolves to 10.0.2.10 (orders-2)`,
    );
  });

  test('which name of a cluster does not resolve', () => {
    const failed: DnsAnswer = { kind: 'failed', code: 'ETIMEOUT' };
    expect(said(cluster, clusterOf('orders-1'), { ...clusterDns(a.ip), [clusterHost]: failed })).toBe(
      `AddressUnknown: ${clusterHost} could not be resolved (ETIMEOUT)`,
    );
    const dns = { ...clusterDns('10.9.9.9'), [memberHost('orders-1')]: failed };
    expect(said(cluster, clusterOf('orders-1'), dns)).toBe(
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

  test('that there is no reader, and that the writer never stands in', () => {
    const alone = seen([member('orders-1', 'writer')], { host: clusterHost, port });
    const message = 'NoReader: no reader is available; the writer is never registered in its place';
    expect(said(readers, alone, clusterDns(a.ip))).toBe(message);
    expect(said(readers, undefined)).toBe(message);
  });

  test('which reader does not resolve, when none does', () => {
    const gone: DnsAnswer = { kind: 'not-found' };
    const dns = { ...clusterDns(a.ip), [memberHost('orders-2')]: gone, [memberHost('orders-3')]: gone };
    expect(said(readers, clusterOf('orders-1'), dns)).toBe(
      `AddressUnknown: ${memberHost('orders-2')} does not exist in DNS (NXDOMAIN)`,
    );
    const bare = seen([member('orders-1', 'writer'), { id: 'orders-2', role: 'reader', status: 'available' }], {
      host: clusterHost,
    });
    expect(said(readers, bare, clusterDns(a.ip))).toBe('AddressUnknown: orders-2 could not be resolved');
  });
});

describe('a reader', () => {
  test.each([
    'available',
    'backing-up',
    'modifying',
    'renaming',
    'moving-to-vpc',
    'converting-to-vpc',
    'resetting-master-credentials',
    'storage-optimization',
    'storage-config-upgrade',
    'storage-initialization',
    'configuring-enhanced-monitoring',
    'configuring-iam-database-auth',
  ])('that is %s serves', (status) => {
    const topology = seen([member('orders-1', 'writer'), member('orders-2', 'reader', status)], { host: clusterHost });
    expect(decide(readers, topology, clusterDns(a.ip))).toMatchObject({ kind: 'targets', targets: [b] });
  });

  test.each(['rebooting', 'stopped', 'creating', 'storage-full', 'failed', 'reconfiguring-x', 'unknown', ''])(
    'that is %j does not serve',
    (status) => {
      const topology = seen([member('orders-1', 'writer'), member('orders-2', 'reader', status)], {
        host: clusterHost,
      });
      expect(decide(readers, topology, clusterDns(a.ip))).toMatchObject({ kind: 'hold', reason: 'NoReader' });
    },
  );

  test('is registered at its own port, whatever the port of the cluster', () => {
    const topology = seen(
      [
        member('orders-1', 'writer'),
        { ...member('orders-2', 'reader'), endpoint: { host: memberHost('orders-2'), port: 3307 } },
      ],
      { host: clusterHost, port: 3306 },
    );
    expect(decide(readers, topology, clusterDns(a.ip))).toMatchObject({ targets: [{ ip: b.ip, port: 3307 }] });
  });
});

describe('the port of a writer', () => {
  const bare = (id: string) => ({ ...member(id, 'writer'), endpoint: { host: memberHost(id) } });

  test('is that of the cluster where the instance names none', () => {
    const topology = seen([bare('orders-1'), member('orders-2', 'reader')], { host: clusterHost, port: 3306 });
    expect(decide(cluster, topology, clusterDns(a.ip))).toMatchObject({ targets: [{ ip: a.ip, port: 3306 }] });
  });

  test('is that of the instance where both name one, also when DNS alone tells the writer', () => {
    const other = { ...member('orders-2', 'reader'), endpoint: { host: memberHost('orders-2'), port: 3307 } };
    const topology = seen([member('orders-1', 'writer'), other], { host: clusterHost, port: 3306 });
    expect(decide(cluster, topology, clusterDns(a.ip))).toMatchObject({ targets: [a] });
    const lookups: Lookups = { at: 60_000, topology, answers: new Map(Object.entries(clusterDns(b.ip))) };
    const before = rememberLookups(newObservations(0), { ...lookups, at: 0 }, cluster, timings);
    const observations = rememberLookups(before, lookups, cluster, timings);
    const input = { database: cluster, allowedCidrs: policy.allowedCidrs, timings, lookups, observations };
    expect(desiredFrom(input)).toMatchObject({
      targets: [{ ip: b.ip, port: 3307 }],
      writer: { instanceId: 'orders-2' },
    });
  });
});

test('the writer of an instance is never one of its replicas, in whatever order they are listed', () => {
  const topology = seen([member('replica', 'reader'), member('orders', 'writer')], { host, port });
  expect(decide(instance, topology, { [host]: addresses(a.ip) })).toMatchObject({ writer: { instanceId: 'orders' } });
  expect(decide(instance, seen([member('replica', 'reader')], { host, port }))).toMatchObject({ reason: 'NoWriter' });
});
