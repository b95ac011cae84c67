import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import dnsPacket, { type Answer, type Packet } from 'dns-packet';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDnsResolver } from '../../lib/adapters/dns-resolver.ts';
import type { Resolver } from '../../lib/ports.ts';
import { runs, timeout } from './inputs.ts';

type Reply = (query: Packet) => Buffer;

const replies = new Map<string, Reply>();
/** What was really sent for a name: an address must stand in there. */
const sent = new Map<string, Buffer[]>();
let server: Socket;
let resolver: Resolver;

beforeAll(async () => {
  server = createSocket('udp4');
  server.on('message', (message, { port, address }) => {
    const query = dnsPacket.decode(message);
    const name = query.questions?.[0]?.name ?? '';
    const reply = replies.get(name)?.(query);
    if (!reply) return;
    sent.set(name, [...(sent.get(name) ?? []), reply]);
    server.send(reply, port, address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  resolver = createDnsResolver({ servers: [`127.0.0.1:${(server.address() as AddressInfo).port}`], deadlineMs: 150 });
});
afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

let names = 0;

async function ask(reply: Reply) {
  names += 1;
  const name = `n${names}.example.com`;
  replies.set(name, reply);
  try {
    return { answer: await resolver.resolve(name), sent: sent.get(name) ?? [] };
  } finally {
    replies.delete(name);
    sent.delete(name);
  }
}

const header = ({ id = 0, questions = [] }: Packet) => ({ type: 'response' as const, id, questions, flags: 0x180 });
const answered =
  (answers: readonly Answer[], over: (query: Packet) => Partial<Packet> = () => ({})): Reply =>
  (query) =>
    dnsPacket.encode({ ...header(query), answers: [...answers], ...over(query) });

const record: fc.Arbitrary<Answer> = fc
  .record({
    name: fc.constantFrom('a.example.com', 'b.example.com', '', 'x'.repeat(63)),
    kind: fc.constantFrom('A', 'A', 'AAAA', 'CNAME', 'TXT'),
    ttl: fc.nat(0x7fffffff),
    ip: fc.ipV4(),
    ip6: fc.constantFrom('fd00::1', '::ffff:10.0.9.9', '::1'),
  })
  .map(({ name, kind, ttl, ip, ip6 }): Answer => {
    if (kind === 'A') return { type: 'A', name, ttl, data: ip };
    if (kind === 'AAAA') return { type: 'AAAA', name, ttl, data: ip6 };
    return kind === 'CNAME'
      ? { type: 'CNAME', name, ttl, data: 'b.example.com' }
      : { type: 'TXT', name, ttl, data: ip };
  });

/** A reply with bytes overwritten, cut or followed by more. */
const broken = fc
  .record({
    answers: fc.array(record, { maxLength: 6 }),
    bytes: fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }),
    cut: fc.option(fc.nat(200)),
    tail: fc.uint8Array({ maxLength: 30 }),
  })
  .map(
    ({ answers, bytes, cut, tail }): Reply =>
      (query) => {
        const whole = Buffer.concat([answered(answers)(query), tail]);
        for (const [at, byte] of bytes) if (at >= 2 && at < whole.length) whole[at] = byte;
        return cut === null ? whole : whole.subarray(0, cut);
      },
  );
const raw = fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 600 })).map(
  ([hasId, bytes]): Reply =>
    ({ id = 0 }) => {
      const reply = Buffer.from(bytes);
      if (hasId && reply.length > 1) reply.writeUInt16BE(id, 0);
      return reply;
    },
);

/** c-ares writes an IPv4 address in an answer about IPv6 as `::ffff:…`, which is never allowed as a target. */
const bytesOf = (ip: string): Buffer => Buffer.from(ipaddr.process(ip).toByteArray());
const isWithin = (ip: string, buffers: readonly Buffer[]): boolean =>
  buffers.some((buffer) => buffer.includes(bytesOf(ip)));

// Each batch lasts until the slowest has run into its deadline; with many more at once, right replies would come too late.
const atOnce = process.env.FUZZ_RUNS ? 256 : 64;
const perBatch = ({ numRuns, ...rest }: ReturnType<typeof runs>) => ({
  ...rest,
  numRuns: Math.ceil(numRuns / atOnce),
  // Shrinking a batch of replies, most of which end by time-out, would take minutes.
  endOnFailure: true,
});

describe('a DNS reply', () => {
  test(
    'of any bytes is an answer of a known kind, in time, and every address in it stood in the reply',
    async () => {
      let withAddresses = 0;
      const batch = fc.array(fc.oneof(broken, broken, raw), { minLength: atOnce, maxLength: atOnce });
      await fc.assert(
        fc.asyncProperty(batch, async (list) => {
          const startedAt = performance.now();
          for (const { answer, sent: buffers } of await Promise.all(list.map(ask))) {
            expect(['addresses', 'not-found', 'no-address', 'too-many', 'failed']).toContain(answer.kind);
            if (answer.kind !== 'addresses') continue;
            withAddresses += 1;
            expect(answer.addresses.length).toBeGreaterThan(0);
            expect(answer.addresses.filter((ip) => !isWithin(ip, buffers))).toEqual([]);
          }
          expect(performance.now() - startedAt).toBeLessThan(5000);
        }),
        perBatch(runs(640)),
      );
      expect(withAddresses).toBeGreaterThan(0);
    },
    timeout,
  );

  const a: Answer = { type: 'A', name: 'n.example.com', ttl: 5, data: '10.0.9.9' };
  test.each<[string, Reply]>([
    ['to another query (a wrong id)', answered([a], ({ id = 0 }) => ({ id: id ^ 1 }))],
    ['to another question', answered([a], () => ({ questions: [{ type: 'A', name: 'other.example.com' }] }))],
    ['without a question', answered([a], () => ({ questions: [] }))],
    ['with two bytes', ({ id = 0 }) => Buffer.from([id >> 8, id & 255])],
    ['with addresses and the word "server failed"', answered([a], () => ({ flags: 0x182 }))],
    [
      'with addresses that are not of the type asked for',
      answered([{ type: 'TXT', name: 'n.example.com', ttl: 5, data: '10.0.9.9' }]),
    ],
  ])('%s gives no address', async (_, reply) => {
    expect((await ask(reply)).answer.kind).not.toBe('addresses');
  });
});
