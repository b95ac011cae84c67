import { describe, expect, test } from 'vitest';
import { desiredFrom, namesWanted } from '../../lib/decision/desired.ts';
import type { Database, DbInstance, Desired } from '../../lib/domain.ts';
import { type Lookups, newObservations, rememberLookups } from '../../lib/observations/observations.ts';
import type { DnsAnswer } from '../../lib/ports.ts';
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
} from './world.ts';

const readers: Database = { ...cluster, role: 'reader' };
const three = [member('orders-1', 'writer'), member('orders-2', 'reader'), member('orders-3', 'reader')];
const failed: DnsAnswer = { kind: 'failed', code: 'ETIMEOUT' };
const dnsOf = (writer: DnsAnswer, more: Record<string, DnsAnswer> = {}): Record<string, DnsAnswer> => ({
  [clusterHost]: writer,
  [memberHost('orders-1')]: addresses(a.ip),
  [memberHost('orders-2')]: addresses(b.ip),
  [memberHost('orders-3')]: addresses(c.ip),
  ...more,
});

function decide(instances: readonly DbInstance[], dns: Record<string, DnsAnswer>, at = 0): Desired {
  const topology = seen(instances, { host: clusterHost, port });
  const lookups: Lookups = { at, topology, answers: new Map(Object.entries(dns)) };
  const observations = rememberLookups(newObservations(0), lookups, readers, timings);
  return desiredFrom({ database: readers, allowedCidrs: policy.allowedCidrs, timings, lookups, observations });
}

describe('the readers', () => {
  test('are known as of now, all of them, where the sources agree; nobody is tolerated', () => {
    expect(decide(three, dnsOf(addresses(a.ip)), 700)).toEqual({
      kind: 'targets',
      targets: [b, c],
      complete: true,
      since: 700,
    });
  });

  test('spare the instance that only the API calls the writer', () => {
    expect(decide(three, dnsOf(addresses(b.ip)))).toMatchObject({ targets: [c], tolerated: [a] });
  });

  test('spare nobody while DNS names no writer', () => {
    expect(decide(three, dnsOf(failed))).not.toHaveProperty('tolerated');
    expect(decide(three, dnsOf(failed))).toMatchObject({ targets: [b, c] });
  });

  test('spare nobody whose address is not known or not allowed', () => {
    for (const answer of [failed, addresses('8.8.8.8')]) {
      const desired = decide(three, dnsOf(addresses(b.ip), { [memberHost('orders-1')]: answer }));
      expect(desired).toMatchObject({ targets: [c] });
      expect(desired).not.toHaveProperty('tolerated');
    }
  });

  test('are incomplete while one of them has no address, or two', () => {
    for (const answer of [failed, addresses(c.ip, '10.0.4.10')])
      expect(decide(three, dnsOf(addresses(a.ip), { [memberHost('orders-3')]: answer }))).toMatchObject({
        targets: [b],
        complete: false,
      });
  });

  test('are complete though one of them has become the writer', () => {
    expect(decide(three, dnsOf(addresses(b.ip)))).toMatchObject({ targets: [c], complete: true });
  });

  test('are nobody when DNS calls the only one the writer', () => {
    expect(decide(three.slice(0, 2), dnsOf(addresses(b.ip)))).toMatchObject({ kind: 'hold', reason: 'NoReader' });
  });

  test('are unknown when one of them lies where nothing may be registered, whoever is disputed', () => {
    const dns = dnsOf(addresses(b.ip), { [memberHost('orders-3')]: addresses('8.8.8.8') });
    expect(decide(three, dns)).toMatchObject({ kind: 'hold', reason: 'AddressNotAllowed' });
  });

  test('are unknown while the port of one of them is', () => {
    const portless: DbInstance = { ...member('orders-3', 'reader'), endpoint: { host: memberHost('orders-3') } };
    expect(decide([...three.slice(0, 2), portless], dnsOf(addresses(a.ip)))).toMatchObject({
      kind: 'hold',
      reason: 'AddressUnknown',
    });
  });

  test('without an endpoint are looked for no further than where they are', () => {
    const bare: DbInstance = { id: 'orders-4', role: 'reader', status: 'available' };
    expect(decide([...three, bare], dnsOf(addresses(a.ip)))).toMatchObject({ targets: [b, c], complete: false });
  });

  test('of an API that names no endpoint of the database are all that it lists', () => {
    const lookups: Lookups = { at: 0, topology: seen(three), answers: new Map(Object.entries(dnsOf(failed))) };
    const input = {
      database: readers,
      allowedCidrs: policy.allowedCidrs,
      timings,
      lookups,
      observations: newObservations(0),
    };
    expect(desiredFrom(input)).toMatchObject({ targets: [b, c] });
  });
});

describe('the names that are looked up', () => {
  const none = new Map<string, DnsAnswer>();
  const wanted = (
    database: Database,
    instances: readonly DbInstance[],
    answers: ReadonlyMap<string, DnsAnswer> = none,
  ) => namesWanted(database, { at: 0, answers, topology: seen(instances, { host: clusterHost, port }) });

  test('for readers are the followed one, the writer and whoever serves', () => {
    const instances = [...three, member('orders-4', 'reader', 'rebooting'), member('orders-5', 'reader', 'stopped')];
    expect(wanted(readers, instances).sort()).toEqual(
      [clusterHost, ...['orders-1', 'orders-2', 'orders-3'].map(memberHost)].sort(),
    );
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
});

describe('the addresses of a hostname', () => {
  /** Five answers over the window, from `begin` on. */
  const lookedAt = (begin: number, answers: readonly DnsAnswer[], everyMs = 6000): Desired => {
    let observations = newObservations(begin);
    let lookups: Lookups = { at: begin, answers: new Map() };
    for (const [i, answer] of answers.entries()) {
      lookups = { at: begin + i * everyMs, answers: new Map([[host, answer]]) };
      observations = rememberLookups(observations, lookups, hostname, timings);
    }
    return desiredFrom({ database: hostname, allowedCidrs: policy.allowedCidrs, timings, lookups, observations });
  };

  test('stand in one order, whatever order they came in', () => {
    expect(lookedAt(0, [addresses(c.ip), addresses(b.ip), addresses(a.ip)])).toMatchObject({ targets: [a, b, c] });
  });
});
