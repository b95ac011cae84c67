import { describe, expect, test } from 'vitest';
import type { Database, DbInstance } from '../../../lib/domain.ts';
import { rememberObserved } from '../../../lib/observations/observations.ts';
import { isPartial, membersOf } from '../../../lib/observations/probe-members.ts';
import type { InterfacesObservation } from '../../../lib/ports.ts';
import { memberAt } from '../prober.ts';
import {
  a,
  addresses,
  b,
  c,
  cluster,
  clusterDns,
  clusterHost,
  clusterOf,
  healthy,
  host,
  hostname,
  inputAfter,
  instance,
  instanceAt,
  type Moment,
  member,
  memberHost,
  port,
  seen,
} from '../scene.ts';
import { hostOf, marked, ofStranger, silent, zones } from '../warm-rig.ts';
import { unavailable } from '../world.ts';

const asked = (database: Database, moments: readonly Moment[], ...group: readonly (typeof a)[]) => {
  const input = inputAfter(database, moments);
  const observations = rememberObserved(input.observations, group.map(healthy), 0);
  return membersOf({ ...input, observations });
};

describe('of a cluster', () => {
  const topology = clusterOf(['orders-1']);

  test('each member is asked, at its own address and by its own name', () => {
    expect(asked(cluster, [{ topology, dns: clusterDns(a.ip) }])).toEqual([a, b, c].map((one) => memberAt(one)));
  });

  test('the members are asked where TARGET_PORT says that they listen', () => {
    const members = asked({ ...cluster, port: 6432 }, [{ topology, dns: clusterDns(a.ip) }]);
    expect(members.map((one) => one.port)).toEqual([6432, 6432, 6432]);
  });

  test('a member without a port of its own is asked at that of the endpoint, and not at all where none is known', () => {
    const bare = ['orders-1', 'orders-2'].map((id) => ({ id, role: 'reader', status: 'available' }) as const);
    const instances = bare.map((one) => ({ ...one, endpoint: { host: memberHost(one.id) } }));
    const dns = { ...clusterDns(a.ip), [memberHost('orders-1')]: addresses('fd00:0:0::0001') };
    const at = (shown?: { host: string; port: number }) => asked(cluster, [{ topology: seen(instances, shown), dns }]);
    expect(at({ host: clusterHost, port: 3306 }).map((one) => [one.ip, one.port])).toEqual([
      ['fd00::1', 3306],
      [b.ip, 3306],
    ]);
    expect(at()).toEqual([]);
  });

  test('no member is asked before DNS has been asked for all: one of some is no proof', () => {
    const { [memberHost('orders-3')]: _, ...dns } = clusterDns(a.ip);
    expect(asked(cluster, [{ topology, dns }])).toEqual([]);
  });

  test('a member without one address is not asked, and one outside ALLOWED_CIDRS never', () => {
    const dns = {
      ...clusterDns(a.ip),
      [memberHost('orders-2')]: addresses(b.ip, c.ip),
      [memberHost('orders-3')]: addresses('52.29.1.1'),
    };
    expect(asked(cluster, [{ topology, dns }])).toEqual([memberAt(a)]);
  });

  test('no member is asked that the API does not list', () => {
    expect(asked(cluster, [{ topology: unavailable, dns: clusterDns(a.ip) }])).toEqual([]);
    const known = { ...cluster, endpoint: { host: clusterHost, port } };
    expect(asked(known, [{ topology: unavailable, dns: clusterDns(a.ip) }], a, b)).toEqual([]);
    const two = clusterOf(['orders-1'], ['orders-1', 'orders-2']);
    expect(asked(cluster, [{ topology: two, dns: clusterDns(a.ip) }], a, c)).toEqual([memberAt(a), memberAt(b)]);
  });
});

describe('of an instance', () => {
  const at = (ip: string) => ({ topology: instanceAt(), dns: { [host]: addresses(ip) } });
  const [former, now] = [memberAt(a, instance), memberAt(b, instance)];

  test('its endpoint is asked, and where that led before, while the group holds it', () => {
    expect(asked(instance, [at(a.ip), at(b.ip)], a)).toEqual([now, former]);
    expect(asked(instance, [at(a.ip), at(b.ip)], b)).toEqual([now]);
    expect(asked(instance, [at(a.ip), at(b.ip), at(a.ip)], a, b)).toEqual([former, now]);
  });

  test('an address of the group that its endpoint has not shown is not asked', () => {
    expect(asked(instance, [at(b.ip)], a, c)).toEqual([now]);
    const two = { topology: instanceAt(), dns: { [host]: addresses(a.ip, c.ip) } };
    expect(asked(instance, [two, at(b.ip)], a, c)).toEqual([now]);
  });

  test('the endpoint that was known at deployment is asked while the API is down', () => {
    const known = { ...instance, endpoint: { host, port } };
    expect(asked(known, [{ topology: unavailable, dns: { [host]: addresses(b.ip) } }])).toEqual([now]);
  });

  test('that has a group of readers, the instance and its replicas are asked, each by its own name', () => {
    const topology = clusterOf(['orders-1'], ['orders-1', 'orders-2']);
    const database = { ...instance, role: 'reader' } as const;
    expect(asked(database, [{ topology, dns: clusterDns(a.ip) }])).toEqual([memberAt(a), memberAt(b)]);
  });

  test('without an answer of DNS, or without a port, its endpoint is not asked', () => {
    expect(asked(instance, [{ topology: unavailable, dns: {} }])).toEqual([]);
    expect(asked(instance, [{ topology: instanceAt(), dns: {} }])).toEqual([]);
    const known = { ...instance, endpoint: { host } };
    expect(asked(known, [{ topology: unavailable, dns: { [host]: addresses(b.ip) } }])).toEqual([]);
  });
});

describe('of an instance with a warm standby', () => {
  const instances = [{ ...member('orders', 'writer'), endpoint: { host, port } }];
  const shown = { endpoint: { host, port }, instances, zones };
  const input = (seen: InterfacesObservation) => ({
    ...inputAfter(instance, [{ topology: { kind: 'seen', topology: shown }, dns: { [host]: addresses(a.ip) } }]),
    marked: seen,
  });

  test('the proven standby is asked as well, by the name of the endpoint', () => {
    expect(membersOf(input(marked(hostOf(a), hostOf(b))))).toEqual([memberAt(a, instance), memberAt(b, instance)]);
  });

  test('an address that is not proven is not asked', () => {
    expect(membersOf(input(marked(hostOf(a), ofStranger(b))))).toEqual([memberAt(a, instance)]);
    expect(membersOf(input(silent))).toEqual([memberAt(a, instance)]);
  });
});

test('members are missing where one is not asked that the API lists, unless it is being created', () => {
  const shown = (...more: readonly DbInstance[]) => ({ instances: [member('orders-1', 'writer'), ...more] });
  expect(isPartial(shown(), [memberAt(a)])).toBe(false);
  expect(isPartial(shown(member('orders-2', 'reader')), [memberAt(a)])).toBe(true);
  expect(isPartial(shown(member('orders-2', 'reader')), [memberAt(a), memberAt(b)])).toBe(false);
  expect(isPartial(shown({ id: 'orders-2', role: 'reader', status: 'creating' }), [memberAt(a)])).toBe(false);
  expect(isPartial(shown({ id: 'orders-2', role: 'reader', status: 'rebooting' }), [memberAt(a)])).toBe(true);
  expect(isPartial(undefined, [])).toBe(false);
});

test('a host name has no members', () => {
  expect(asked(hostname, [{ dns: { [host]: addresses(a.ip) } }])).toEqual([]);
});
