import { describe, expect, test } from 'vitest';
import { namesWanted } from '../../../lib/decision/desired.ts';
import type { Database, DbInstance, Desired } from '../../../lib/domain.ts';
import type { DecisionInput } from '../../../lib/observations/decision-input.ts';
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
  healthy,
  host,
  hostname,
  instance,
  lookupsOf,
  member,
  memberHost,
  port,
  readers,
  said,
  seen,
} from '../scene.ts';
import { unavailable } from '../world.ts';

const targetsOf = (desired: Desired) => (desired.kind === 'targets' ? desired.targets : desired.reason);

const three = [member('orders-1', 'writer'), member('orders-2', 'reader'), member('orders-3', 'reader')];

const failed: DnsAnswer = { kind: 'failed', code: 'ETIMEOUT' };

const dnsOf = (writer: DnsAnswer, more: Record<string, DnsAnswer> = {}): Record<string, DnsAnswer> => ({
  ...clusterDns(a.ip),
  [clusterHost]: writer,
  ...more,
});

const readersBy = (instances: readonly DbInstance[], dns: Record<string, DnsAnswer>, at = 0): Desired =>
  desiredAfter(readers, [{ at, topology: seen(instances, { host: clusterHost, port }), dns }]);

describe('the readers', () => {
  test('are known as of now, all of them, where the sources agree; no other target is tolerated', () => {
    expect(readersBy(three, dnsOf(addresses(a.ip)), 700)).toEqual({
      kind: 'targets',
      targets: [b, c],
      evidence: { complete: true, since: 700 },
    });
  });

  test('tolerate no other target while DNS names no writer', () => {
    expect(readersBy(three, dnsOf(failed))).not.toHaveProperty('tolerated');
    expect(readersBy(three, dnsOf(failed))).toMatchObject({ targets: [b, c] });
  });

  test('tolerate no instance whose address is not known or not allowed', () => {
    for (const answer of [failed, addresses('8.8.8.8')]) {
      const desired = readersBy(three, dnsOf(addresses(b.ip), { [memberHost('orders-1')]: answer }));
      expect(desired).toMatchObject({ targets: [c] });
      expect(desired).not.toHaveProperty('tolerated');
    }
  });

  test('are incomplete while one of them has no address, or two', () => {
    for (const answer of [failed, addresses(c.ip, '10.0.4.10')])
      expect(readersBy(three, dnsOf(addresses(a.ip), { [memberHost('orders-3')]: answer }))).toMatchObject({
        targets: [b],
        evidence: { complete: false },
      });
  });

  test('are complete though one of them has become the writer', () => {
    expect(readersBy(three, dnsOf(addresses(b.ip)))).toMatchObject({ targets: [c], evidence: { complete: true } });
  });

  test('are none when DNS calls the only one the writer', () => {
    expect(readersBy(three.slice(0, 2), dnsOf(addresses(b.ip)))).toMatchObject({ kind: 'hold', reason: 'NoReader' });
  });

  test('are unknown when the address of one is not allowed, also while the writer is disputed', () => {
    const dns = dnsOf(addresses(b.ip), { [memberHost('orders-3')]: addresses('8.8.8.8') });
    expect(readersBy(three, dns)).toMatchObject({ kind: 'hold', reason: 'AddressNotAllowed' });
  });

  test('are unknown while the port of one of them is', () => {
    const portless: DbInstance = { ...member('orders-3', 'reader'), endpoint: { host: memberHost('orders-3') } };
    expect(readersBy([...three.slice(0, 2), portless], dnsOf(addresses(a.ip)))).toMatchObject({
      kind: 'hold',
      reason: 'AddressUnknown',
      message: expect.stringContaining(`gives no port from 1 to 65535 for ${memberHost('orders-3')};`),
    });
  });

  test('without an endpoint are left out, and the list is incomplete', () => {
    const bare: DbInstance = { id: 'orders-4', role: 'reader', status: 'available' };
    expect(readersBy([...three, bare], dnsOf(addresses(a.ip)))).toMatchObject({
      targets: [b, c],
      evidence: { complete: false },
    });
  });

  test('of an API that names no endpoint of the database are all that it lists', () => {
    expect(desiredAfter(readers, [{ topology: seen(three), dns: dnsOf(failed) }])).toMatchObject({ targets: [b, c] });
  });

  test('tolerate the one that the API calls the writer while DNS names another: either may be late', () => {
    const desired = desiredAfter(readers, [{ topology: clusterOf(['orders-1']), dns: clusterDns(b.ip) }]);
    expect(desired).toMatchObject({ targets: [c], tolerated: [a] });
    const agreed = desiredAfter(readers, [{ topology: clusterOf(['orders-1']), dns: clusterDns(a.ip) }]);
    expect(agreed).toMatchObject({ targets: [b, c] });
    expect(agreed).not.toHaveProperty('tolerated');
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
    expect(targetsOf(desiredAfter(readers, [{ topology, dns: clusterDns(a.ip) }]))).toEqual([c]);
  });

  test('are unknown without the RDS API', () => {
    const database = { ...readers, endpoint: { host: clusterHost, port } };
    expect(targetsOf(desiredAfter(database, [{ topology: unavailable, dns: clusterDns(a.ip) }]))).toBe(
      'TopologyUnavailable',
    );
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
    expect(said(readers, clusterOf(['orders-1']), dns)).toBe(
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
    expect(desiredAfter(readers, [{ topology, dns: clusterDns(a.ip) }])).toMatchObject({
      kind: 'targets',
      targets: [b],
    });
  });

  test.each(['rebooting', 'stopped', 'creating', 'storage-full', 'failed', 'reconfiguring-x', 'unknown', ''])(
    'that is %j does not serve',
    (status) => {
      const topology = seen([member('orders-1', 'writer'), member('orders-2', 'reader', status)], {
        host: clusterHost,
      });
      expect(desiredAfter(readers, [{ topology, dns: clusterDns(a.ip) }])).toMatchObject({
        kind: 'hold',
        reason: 'NoReader',
      });
    },
  );

  test.each(['reconfiguring-x', 'unknown', ''])(
    'that is %j stays where it is, and is not registered: that status says nothing',
    (status) => {
      const topology = seen([...three.slice(0, 2), member('orders-3', 'reader', status)], { host: clusterHost });
      const desired = desiredAfter(readers, [{ topology, dns: clusterDns(a.ip) }]);
      expect(desired).toMatchObject({ targets: [b], tolerated: [c], evidence: { complete: true } });
      expect(namesWanted(readers, lookupsOf({ topology }))).toContain(memberHost('orders-3'));
    },
  );

  test('whose status says nothing leaves where the endpoint of the cluster leads to it: it is the writer by now', () => {
    const topology = seen([...three.slice(0, 2), member('orders-3', 'reader', 'unknown')], { host: clusterHost });
    const desired = desiredAfter(readers, [{ topology, dns: clusterDns(c.ip) }]);
    expect(desired).toMatchObject({ targets: [b] });
    expect(desired.kind === 'targets' && desired.tolerated?.map(({ ip }) => ip)).not.toContain(c.ip);
  });

  test('of which no answer says anything may be in the group', () => {
    const topology = seen([...three.slice(0, 2), { id: 'orders-3', role: 'reader', status: 'unknown' }], {
      host: clusterHost,
    });
    const desired = desiredAfter(readers, [{ topology, dns: clusterDns(a.ip) }]);
    expect(desired).toMatchObject({ targets: [b], evidence: { complete: false } });
  });

  test.each([
    'backtracking',
    'deleting',
    'delete-precheck',
    'inaccessible-encryption-credentials-recoverable',
    'incompatible-parameters',
    'insufficient-capacity',
    'maintenance',
    'restore-error',
    'starting',
    'stopping',
    'upgrading',
  ])('that is %s leaves', (status) => {
    const topology = seen([...three.slice(0, 2), member('orders-3', 'reader', status)], { host: clusterHost });
    const desired = desiredAfter(readers, [{ topology, dns: clusterDns(a.ip) }]);
    expect(desired).toMatchObject({ targets: [b], evidence: { complete: true } });
    expect(desired).not.toHaveProperty('tolerated');
  });

  test('is registered at its own port, whatever the port of the cluster', () => {
    const topology = seen(
      [
        member('orders-1', 'writer'),
        { ...member('orders-2', 'reader'), endpoint: { host: memberHost('orders-2'), port: 3307 } },
      ],
      { host: clusterHost, port: 3306 },
    );
    expect(desiredAfter(readers, [{ topology, dns: clusterDns(a.ip) }])).toMatchObject({
      targets: [{ ip: b.ip, port: 3307 }],
    });
  });
});

describe('the targets of a hostname', () => {
  const moment = (at: number, ...ips: string[]) => ({ at, dns: { [host]: addresses(...ips) } });

  test('are all its addresses', () => {
    expect(targetsOf(desiredAfter(hostname, [moment(0, a.ip, b.ip)]))).toEqual([a, b]);
  });

  test('that it showed before its latest answer are tolerated, however many answers lie between', () => {
    const desired = desiredAfter(hostname, [moment(0, a.ip), moment(6000, b.ip), moment(12_000, a.ip)]);
    expect(targetsOf(desired)).toEqual([a, b]);
    expect(desired).toMatchObject({ tolerated: [b] });
  });

  test('include those that it showed lately, which may stay and are not registered', () => {
    const desired = desiredAfter(hostname, [moment(0, a.ip, b.ip), moment(6000, b.ip, c.ip)]);
    expect(targetsOf(desired)).toEqual([a, b, c]);
    expect(desired).toMatchObject({ tolerated: [a] });
    expect(desiredAfter(hostname, [moment(0, a.ip, b.ip), moment(6000, a.ip, b.ip)])).not.toHaveProperty('tolerated');
  });

  test('are known since the first answer of the run, and all of them once three answers differ', () => {
    const desired = desiredAfter(
      hostname,
      [a, b, c].map(({ ip }, i) => moment(100 + 6000 * i, ip)),
    );
    expect(desired).toMatchObject({ targets: [a, b, c], evidence: { since: 100 } });
    expect(desired).not.toHaveProperty('tolerated');
  });

  test('leave open what the group holds and the name may show yet', () => {
    const live = [healthy(a), healthy(b)];
    const once = [moment(0, a.ip)];
    expect(desiredAfter(hostname, once, { live })).toMatchObject({ targets: [a], undecided: [b], mayHaveMore: true });
    const full = desiredAfter(hostname, [moment(0, a.ip, b.ip)], { live });
    expect(full).not.toHaveProperty('undecided');
    expect(full).not.toHaveProperty('mayHaveMore');
  });

  test.each<[string, Partial<DecisionInput>, number]>([
    ["EC2 shows to be another's", { live: [healthy(a), healthy(b)], foreign: new Set([b.ip]) }, 1],
    ['is at another port', { live: [healthy(a), healthy({ ...a, port: 6432 })] }, 1],
    ['is proven to be gone', { live: [healthy(a), { ...b, state: 'unhealthy' }] }, 5],
  ])('leave nothing open that %s', (_, known, answers) => {
    const moments = Array.from({ length: answers }, (__, i) => moment(6000 * i, a.ip));
    expect(desiredAfter(hostname, moments, known)).not.toHaveProperty('undecided');
  });

  test('are unknown when one address may not be registered', () => {
    expect(targetsOf(desiredAfter(hostname, [moment(0, a.ip, '8.8.8.8')]))).toBe('AddressNotAllowed');
  });

  test('have one spelling for each IPv6 address', () => {
    expect(targetsOf(desiredAfter(hostname, [moment(0, 'fd00:0:0::0001')]))).toEqual([{ ip: 'fd00::1', port }]);
    const known = { ...instance, port, endpoint: { host } };
    expect(targetsOf(desiredAfter(known, [moment(0, 'fd00:0:0::0001')]))).toEqual([{ ip: 'fd00::1', port }]);
  });

  test('stand in one order, whatever order they came in', () => {
    const moments = [c, b, a].map(({ ip }, i) => moment(i * 6000, ip));
    expect(desiredAfter(hostname, moments)).toMatchObject({ targets: [a, b, c] });
  });
});

describe('the names to look up', () => {
  const none = new Map<string, DnsAnswer>();

  const wanted = (
    database: Database,
    instances: readonly DbInstance[],
    answers: ReadonlyMap<string, DnsAnswer> = none,
  ) => namesWanted(database, { at: 0, answers, topology: seen(instances, { host: clusterHost, port }) });

  test("for readers are the followed one, the writer's and those of instances that serve", () => {
    const instances = [...three, member('orders-4', 'reader', 'rebooting'), member('orders-5', 'reader', 'stopped')];
    expect(wanted(readers, instances).sort()).toEqual(
      [clusterHost, ...['orders-1', 'orders-2', 'orders-3'].map(memberHost)].sort(),
    );
  });

  test("for readers include the writer's while it does not serve, and the replicas' of an instance", () => {
    const [writer, reader] = [member('orders-1', 'writer', 'rebooting'), member('orders-2', 'reader')];
    const names = [clusterHost, memberHost('orders-1'), memberHost('orders-2')];
    expect(wanted(readers, [writer, reader])).toEqual(names);
    expect(wanted({ ...instance, role: 'reader' }, [writer, reader])).toEqual(names);
  });

  test('are those of all members where these are asked; an instance has one', () => {
    const topology = seen([...three, member('orders-4', 'reader', 'stopped')], { host: clusterHost, port });
    for (const database of [cluster, readers])
      expect(namesWanted(database, { at: 0, answers: none, topology }, true)).toEqual([
        clusterHost,
        ...['orders-1', 'orders-2', 'orders-3', 'orders-4'].map(memberHost),
      ]);
    expect(namesWanted(instance, { at: 0, answers: none, topology }, true)).toEqual([clusterHost]);
  });

  test('are only those of instances that have one', () => {
    const bare: DbInstance = { id: 'orders-4', role: 'reader', status: 'available' };
    expect(wanted(readers, [bare])).toEqual([clusterHost]);
    const answers = new Map([
      [clusterHost, addresses(b.ip)],
      [memberHost('orders-1'), addresses(a.ip)],
    ]);
    expect(wanted(cluster, [...three, bare], answers)).toEqual([memberHost('orders-2'), memberHost('orders-3')]);
  });

  test('are not asked for twice', () => {
    expect(wanted(readers, three, new Map(Object.entries(dnsOf(failed))))).toEqual([]);
    const same = [{ ...member('orders-1', 'writer'), endpoint: { host: clusterHost } }];
    expect(wanted(cluster, same)).toEqual([clusterHost]);
  });

  test('of an instance and of a hostname are one', () => {
    const topology = seen([member('orders', 'writer')], { host, port });
    expect(namesWanted(instance, { at: 0, answers: none, topology })).toEqual([host]);
    expect(namesWanted(hostname, { at: 0, answers: none })).toEqual([host]);
    expect(namesWanted({ ...readers, endpoint: { host } }, { at: 0, answers: none, topology: unavailable })).toEqual([
      host,
    ]);
  });

  test('are two for a cluster whose sources agree', () => {
    const topology = clusterOf(['orders-1']);
    const first = namesWanted(cluster, { at: 0, topology, answers: none });
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
    expect(namesWanted({ ...instance, endpoint: { host } }, { at: 0, topology: unavailable, answers: none })).toEqual([
      host,
    ]);
    expect(namesWanted(instance, { at: 0, topology: unavailable, answers: none })).toEqual([]);
  });
});
