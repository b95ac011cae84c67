import { Resolver } from 'node:dns/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createDnsResolver } from '../../../lib/adapters/dns-resolver.ts';
import type { AddressType, AddressTypes } from '../../../lib/ports.ts';
import { createDnsServer } from '../../../sandbox/data-plane/dns/dns-server.ts';
import { createJournal } from '../../../sandbox/world/journal.ts';
import type { ZoneAnswer } from '../../../sandbox/world/types.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Asks a real DNS server, which answers A and AAAA as given. */
async function ask(
  a: ZoneAnswer,
  aaaa: ZoneAnswer = { kind: 'no-data' },
  signal?: AbortSignal,
  addressTypes?: AddressTypes,
) {
  const server = await createDnsServer({ zone: (_, type) => (type === 'A' ? a : aaaa), journal: createJournal() });
  closers.push(server.close);
  const answer = await createDnsResolver({
    servers: [server.address],
    ...(addressTypes ? { addressTypes } : {}),
  }).resolve('orders.example.com', signal);
  return { answer, types: server.queries().map(({ type }) => type) };
}

describe('DNS', () => {
  test('gives all addresses of a name, sorted, in one query', async () => {
    const { answer, types } = await ask({
      kind: 'records',
      cnames: ['a.example.com', 'b.example.com'],
      a: ['10.0.2.10', '10.0.1.10'],
    });
    expect(answer).toEqual({ kind: 'addresses', addresses: ['10.0.1.10', '10.0.2.10'], ttlMs: 5000 });
    expect(types).toEqual(['A']);
  });

  test('is not read where one answer has more addresses than any name that is followed', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
    expect((await ask({ kind: 'records', a: many(1500) })).answer).toEqual({ kind: 'too-many', count: 1500 });
    expect((await ask({ kind: 'records', a: many(100) })).answer).toMatchObject({ kind: 'addresses' });
    expect((await ask({ kind: 'records', a: many(101) })).answer).toEqual({ kind: 'too-many', count: 101 });
  });

  test('is asked for IPv6 when a name has no IPv4 address', async () => {
    const { answer, types } = await ask({ kind: 'no-data' }, { kind: 'records', aaaa: ['fd00:0::1'] });
    expect(answer).toEqual({ kind: 'addresses', addresses: ['fd00::1'], ttlMs: 5000 });
    expect(types).toEqual(['A', 'AAAA']);
  });

  test.each<[string, ZoneAnswer, object]>([
    ['a name that does not exist', { kind: 'nxdomain' }, { kind: 'not-found' }],
    ['a name without addresses', { kind: 'no-data' }, { kind: 'no-address' }],
    ['aliases that lead nowhere', { kind: 'cname-only', cnames: ['gone.example.com'] }, { kind: 'no-address' }],
    ['a server that fails', { kind: 'servfail' }, { kind: 'failed', code: 'ESERVFAIL' }],
    ['a server that refuses', { kind: 'refused' }, { kind: 'failed', code: 'EREFUSED' }],
    ['garbage', { kind: 'garbage' }, { kind: 'failed', code: expect.stringMatching(/EBADRESP|ETIMEOUT/) }],
    ['silence', { kind: 'silence' }, { kind: 'failed', code: 'ETIMEOUT' }],
  ])('tells %s apart', async (_, zone, expected) => {
    expect((await ask(zone, zone)).answer).toEqual(expected);
  });

  test('that no server answers for is a failure, not an absence', async () => {
    const answer = await createDnsResolver({ servers: ['127.0.0.1:1'] }).resolve('orders.example.com');
    expect(answer).toEqual({ kind: 'failed', code: expect.stringMatching(/ECONNREFUSED|ETIMEOUT/) });
  });

  test('is asked on the servers of the system unless others are named', async () => {
    const named = vi.spyOn(Resolver.prototype, 'setServers');
    try {
      // Too long for a name: it is refused before a server is asked.
      const answer = await createDnsResolver().resolve(`${'x'.repeat(64)}.example.com`);
      expect(answer).toEqual({ kind: 'failed', code: 'EBADNAME' });
      expect(named).not.toHaveBeenCalled();
    } finally {
      named.mockRestore();
    }
  });

  test('is given up within two seconds, and at once when the run is over', async () => {
    const began = performance.now();
    await ask({ kind: 'silence' }, { kind: 'silence' });
    expect(performance.now() - began).toBeLessThan(2600);
    const again = performance.now();
    const { answer } = await ask({ kind: 'silence' }, { kind: 'silence' }, AbortSignal.timeout(50));
    expect(answer).toEqual({ kind: 'failed', code: 'ECANCELLED' });
    expect(performance.now() - again).toBeLessThan(1000);
  });
});

describe('the addresses that count', () => {
  const a: ZoneAnswer = { kind: 'records', a: ['10.0.1.10'] };
  const aaaa: ZoneAnswer = { kind: 'records', aaaa: ['fd00::1'] };
  const none: ZoneAnswer = { kind: 'no-data' };
  const ipv4 = { kind: 'addresses', addresses: ['10.0.1.10'], ttlMs: 5000 };
  const ipv6 = { kind: 'addresses', addresses: ['fd00::1'], ttlMs: 5000 };
  const types = (ofTargets?: AddressType, ofGroup?: AddressType) => {
    const asked: string[] = [];
    const answer = (who: string, type?: AddressType) => async () => {
      asked.push(who);
      return type;
    };
    return { asked, ofTargets: answer('targets', ofTargets), ofGroup: answer('group', ofGroup) };
  };

  test.each<[string, AddressType, ZoneAnswer, ZoneAnswer, object, string[]]>([
    ['are the IPv4 ones for a group of such', 'ipv4', a, aaaa, ipv4, ['A']],
    ['are the IPv6 ones for a group of such', 'ipv6', a, aaaa, ipv6, ['AAAA']],
    [
      'are none where an IPv4 group finds only IPv6',
      'ipv4',
      none,
      aaaa,
      { kind: 'no-address', addressType: 'ipv4' },
      ['A'],
    ],
    [
      'are none where an IPv6 group finds only IPv4',
      'ipv6',
      a,
      none,
      { kind: 'no-address', addressType: 'ipv6' },
      ['AAAA'],
    ],
  ])('%s', async (_, type, v4, v6, expected, queries) => {
    const known = types(type);
    const { answer, types: asked } = await ask(v4, v6, undefined, known);
    expect(answer).toEqual(expected);
    expect(asked).toEqual(queries);
    expect(known.asked).toEqual(['targets']);
  });

  test.each<[string, AddressType | undefined, object]>([
    ['ipv6', 'ipv6', ipv6],
    ['ipv4', 'ipv4', ipv4],
    ['nothing', undefined, ipv4],
  ])('of a name with both are those that an empty group says: %s', async (_, says, expected) => {
    expect((await ask(a, aaaa, undefined, types(undefined, says))).answer).toEqual(expected);
  });

  test('of a name are unknown when the first question about it failed', async () => {
    const { answer, types: asked } = await ask({ kind: 'servfail' }, aaaa, undefined, types(undefined, 'ipv6'));
    expect(answer).toEqual({ kind: 'failed', code: 'ESERVFAIL' });
    expect(new Set(asked)).toEqual(new Set(['A']));
  });

  test.each([
    ['IPv4', a, none, ipv4],
    ['IPv6', none, aaaa, ipv6],
  ])('of a name with %s alone are known without asking an empty group', async (_, v4, v6, expected) => {
    const unknown = types();
    expect((await ask(v4, v6, undefined, unknown)).answer).toEqual(expected);
    expect(unknown.asked).toEqual(['targets']);
  });
});
