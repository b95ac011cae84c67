import { afterEach, describe, expect, test } from 'vitest';
import { createDnsResolver } from '../../../lib/adapters/dns-resolver.ts';
import { createDnsServer } from '../../../sandbox/dns-server.ts';
import { createJournal } from '../../../sandbox/journal.ts';
import type { ZoneAnswer } from '../../../sandbox/types.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Asks a real DNS server, which answers A and AAAA as given. */
async function ask(a: ZoneAnswer, aaaa: ZoneAnswer = { kind: 'no-data' }, signal?: AbortSignal) {
  const server = await createDnsServer({ zone: (_, type) => (type === 'A' ? a : aaaa), journal: createJournal() });
  closers.push(server.close);
  const answer = await createDnsResolver({ servers: [server.address] }).resolve('orders.example.com', signal);
  return { answer, types: server.queries().map(({ type }) => type) };
}

describe('DNS', () => {
  test('gives all addresses of a name, sorted, in one query', async () => {
    const { answer, types } = await ask({
      kind: 'records',
      cnames: ['a.example.com', 'b.example.com'],
      a: ['10.0.2.10', '10.0.1.10'],
    });
    expect(answer).toEqual({ kind: 'addresses', addresses: ['10.0.1.10', '10.0.2.10'] });
    expect(types).toEqual(['A']);
  });

  test('is asked for IPv6 when a name has no IPv4 address', async () => {
    const { answer, types } = await ask({ kind: 'no-data' }, { kind: 'records', aaaa: ['fd00:0::1'] });
    expect(answer).toEqual({ kind: 'addresses', addresses: ['fd00::1'] });
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

  test('that nobody serves is a failure, not an absence', async () => {
    const answer = await createDnsResolver({ servers: ['127.0.0.1:1'] }).resolve('orders.example.com');
    expect(answer).toEqual({ kind: 'failed', code: expect.stringMatching(/ECONNREFUSED|ETIMEOUT/) });
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
