import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import * as dnsPacket from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { createDnsServer, type DnsServer } from '../../../../sandbox/data-plane/dns/dns-server.ts';
import { createJournal } from '../../../../sandbox/world/journal.ts';
import type { Zone, ZoneAnswer } from '../../../../sandbox/world/types.ts';
import { createManualClock } from '../../aws/elbv2/rig.ts';

const NAME = 'orders.abc.eu-west-1.rds.amazonaws.com';
const servers: DnsServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function serve(zone: Zone, journal = createJournal(), clock = createManualClock(), timeout = 10_000) {
  const server = await createDnsServer({ zone, journal, clock });
  servers.push(server);
  const resolver = new Resolver({ timeout, tries: 1 });
  resolver.setServers([server.address]);
  return { server, resolver, journal, clock };
}

// A busy machine may take long to answer: only a wait for nothing is short.
const always = (answer: ZoneAnswer) =>
  serve(() => answer, undefined, undefined, answer.kind === 'silence' ? 150 : undefined);
const portOf = (server: DnsServer) => Number(server.address.split(':')[1]);

async function overUdp(server: DnsServer, message: Buffer): Promise<dnsPacket.DecodedPacket & { rcode?: string }> {
  const socket = createSocket('udp4');
  socket.send(message, portOf(server), '127.0.0.1');
  const [response] = await once(socket, 'message');
  socket.close();
  return dnsPacket.decode(response);
}

async function overTcp(server: DnsServer, messages: readonly Buffer[]): Promise<readonly dnsPacket.Packet[]> {
  const socket = connect(portOf(server), '127.0.0.1').setNoDelay();
  // One byte per packet, and the server reads each on its own.
  for (const byte of Buffer.concat(messages)) {
    await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
    await setImmediate();
  }
  const responses: dnsPacket.Packet[] = [];
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      responses.push(dnsPacket.streamDecode(received.subarray(0, end)));
      received = received.subarray(end);
    }
    if (responses.length === messages.length) break;
  }
  return responses;
}

const query = (name: string, type: dnsPacket.RecordType, id = 7): dnsPacket.Packet => ({
  type: 'query',
  id,
  flags: dnsPacket.RECURSION_DESIRED,
  questions: [{ name, type }],
});

describe('addresses', () => {
  test('answers both address families with a TTL of five seconds', async () => {
    const { resolver } = await always({ kind: 'records', a: ['10.0.1.10'], aaaa: ['fd00::1:10'] });
    expect(await resolver.resolve4(NAME, { ttl: true })).toEqual([{ address: '10.0.1.10', ttl: 5 }]);
    expect(await resolver.resolve6(NAME, { ttl: true })).toEqual([{ address: 'fd00::1:10', ttl: 5 }]);
  });

  test('puts the chain of aliases before the addresses, each with a TTL of five seconds', async () => {
    const { server, resolver } = await always({
      kind: 'records',
      cnames: ['a.example', 'b.example'],
      a: ['10.0.1.10'],
    });
    expect(await resolver.resolve4(NAME)).toEqual(['10.0.1.10']);
    const { answers } = await overUdp(server, dnsPacket.encode(query(NAME, 'A')));
    expect(answers).toMatchObject([
      { name: NAME, type: 'CNAME', data: 'a.example', ttl: 5 },
      { name: 'a.example', type: 'CNAME', data: 'b.example', ttl: 5 },
      { name: 'b.example', type: 'A', data: '10.0.1.10', ttl: 5 },
    ]);
  });

  test('takes names in any case and gives the question back as it was asked', async () => {
    const { server, resolver } = await serve((name) =>
      name === NAME ? { kind: 'records', a: ['10.0.1.10'] } : { kind: 'nxdomain' },
    );
    expect(await resolver.resolve4(NAME.toUpperCase())).toEqual(['10.0.1.10']);
    const { questions } = await overUdp(server, dnsPacket.encode(query('ORDERS.example', 'A')));
    expect(questions?.[0]?.name).toBe('ORDERS.example');
    expect(server.queries()).toMatchObject([
      { name: NAME, type: 'A', answer: 'records' },
      { name: 'orders.example', type: 'A', answer: 'nxdomain' },
    ]);
  });

  test('asks the zone anew at every query', async () => {
    const addresses = ['10.0.1.10', '10.0.2.10', '10.0.1.10'];
    const { resolver, journal } = await serve(() => ({ kind: 'records', a: addresses.splice(0, 1) }));
    const seen = [await resolver.resolve4(NAME), await resolver.resolve4(NAME), await resolver.resolve4(NAME)];
    expect(seen).toEqual([['10.0.1.10'], ['10.0.2.10'], ['10.0.1.10']]);
    expect(journal.all().filter(({ what }) => what === 'answer-changed')).toHaveLength(3);
  });

  test('journals an answer only when it differs from the one before', async () => {
    const { resolver, journal } = await always({ kind: 'records', a: ['10.0.1.10'] });
    await resolver.resolve4(NAME);
    await resolver.resolve4(NAME);
    expect(journal.all()).toMatchObject([
      { source: 'dns', what: 'answer-changed', detail: { name: NAME, type: 'A', answer: { a: ['10.0.1.10'] } } },
    ]);
  });

  test('sends a client to TCP when the answer does not fit into a datagram', async () => {
    const a = Array.from({ length: 215 }, (_, at) => `10.0.3.${at}`);
    const { server, resolver } = await always({ kind: 'records', a });
    expect(await resolver.resolve4(NAME)).toHaveLength(215);
    expect(server.queries()).toHaveLength(2);
  });
});

describe('failures, as Node reports them', () => {
  test.each<[ZoneAnswer, string]>([
    [{ kind: 'nxdomain' }, 'ENOTFOUND'],
    [{ kind: 'no-data' }, 'ENODATA'],
    [{ kind: 'records', aaaa: ['fd00::1'] }, 'ENODATA'],
    [{ kind: 'servfail' }, 'ESERVFAIL'],
    [{ kind: 'refused' }, 'EREFUSED'],
    [{ kind: 'garbage' }, 'EBADRESP'],
    [{ kind: 'silence' }, 'ETIMEOUT'],
    [{ kind: 'records', a: ['not an address'] }, 'ESERVFAIL'],
  ])('%j is %s', async (answer, code) => {
    const { resolver } = await always(answer);
    await expect(resolver.resolve4(NAME)).rejects.toMatchObject({ code });
  });

  test('a chain of aliases without an address is an empty list and no error', async () => {
    const { resolver } = await always({ kind: 'cname-only', cnames: ['a.example'] });
    expect(await resolver.resolve4(NAME)).toEqual([]);
  });

  test('a truncated answer over UDP is complete over TCP', async () => {
    const { server, resolver } = await always({ kind: 'truncated', a: ['10.0.1.10'] });
    expect((await overUdp(server, dnsPacket.encode(query(NAME, 'A')))).flag_tc).toBe(true);
    expect(await resolver.resolve4(NAME)).toEqual(['10.0.1.10']);
  });

  test('a zone that throws is SERVFAIL and is journalled', async () => {
    const { resolver, journal } = await serve(() => {
      throw new Error('defect');
    });
    await expect(resolver.resolve4(NAME)).rejects.toMatchObject({ code: 'ESERVFAIL' });
    expect(journal.all()).toContainEqual(expect.objectContaining({ what: 'zone-failed' }));
  });

  test('a closed server refuses', async () => {
    const { server, resolver } = await always({ kind: 'nxdomain' });
    await server.close();
    await expect(resolver.resolve4(NAME)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('a resolver of a VPC', () => {
  test('counts the TTL down from an answer to the next fetch, and begins anew with a changed one', async () => {
    let ip = '10.0.1.10';
    const { resolver, clock } = await serve(() => ({ kind: 'records', cnames: ['a.example'], a: [ip] }));
    const ttl = async () => (await resolver.resolve4(NAME, { ttl: true }))[0]?.ttl;
    const seen = [];
    for (let half = 0; half < 12; half += 1) {
      seen.push(await ttl());
      clock.advance(500);
    }
    expect(seen).toEqual([5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 5, 5]);
    clock.advance(2000);
    expect(await ttl()).toBe(2);
    ip = '10.0.2.10';
    expect(await ttl()).toBe(5);
  });

  test('never claims to be the authority, and offers recursion', async () => {
    for (const answer of [{ kind: 'records', a: ['10.0.1.10'] }, { kind: 'nxdomain' }, { kind: 'no-data' }] as const) {
      const { server } = await always(answer);
      const response = await overUdp(server, dnsPacket.encode(query(NAME, 'A')));
      expect(response).toMatchObject({ flag_aa: false, flag_ra: true, flag_rd: true });
    }
  });

  test('answers the question for an alias with the first one alone, and leads every other type along the chain', async () => {
    const { server, resolver } = await always({
      kind: 'records',
      cnames: ['a.example', 'b.example'],
      a: ['10.0.1.10'],
    });
    expect(await resolver.resolveCname(NAME)).toEqual(['a.example']);
    const asked = await overUdp(server, dnsPacket.encode(query(NAME, 'CNAME')));
    expect(asked).toMatchObject({ answers: [{ type: 'CNAME', data: 'a.example' }], authorities: [] });
    const text = await overUdp(server, dnsPacket.encode(query(NAME, 'TXT')));
    expect(text.answers?.map(({ type }) => type)).toEqual(['CNAME', 'CNAME']);
    expect(text.authorities).toMatchObject([{ type: 'SOA' }]);
  });

  test('says that a name without an alias has none', async () => {
    const { resolver } = await always({ kind: 'records', a: ['10.0.1.10'] });
    await expect(resolver.resolveCname(NAME)).rejects.toMatchObject({ code: 'ENODATA' });
  });

  const opt = (ednsVersion: number) =>
    ({ type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode: 0, ednsVersion, flags: 0, options: [] }) as never;

  test('knows no version of EDNS but 0', async () => {
    const { server } = await always({ kind: 'records', a: ['10.0.1.10'] });
    const asked = (version: number) =>
      overUdp(server, dnsPacket.encode({ ...query(NAME, 'A'), additionals: [opt(version)] }));
    const refused = await asked(1);
    // BADVERS is 16: 1 in the upper bits, and NOERROR in the header.
    expect(refused).toMatchObject({ id: 7, rcode: 'NOERROR', answers: [] });
    expect(refused.additionals).toMatchObject([{ type: 'OPT', extendedRcode: 1, ednsVersion: 0 }]);
    expect((await asked(0)).answers).toMatchObject([{ data: '10.0.1.10' }]);
    expect(server.queries().map(({ answer }) => answer)).toEqual(['bad-version', 'records']);
  });

  test('refuses two OPT records', async () => {
    const { server } = await always({ kind: 'records', a: ['10.0.1.10'] });
    const message = dnsPacket.encode({ ...query(NAME, 'A'), additionals: [opt(0), opt(0)] });
    expect(await overUdp(server, message)).toMatchObject({ id: 7, rcode: 'FORMERR' });
  });
});

describe('the protocol', () => {
  test('says that a name has no data of another type, with an SOA', async () => {
    const { server } = await always({ kind: 'records', a: ['10.0.1.10'] });
    const response = await overUdp(server, dnsPacket.encode(query(NAME, 'TXT')));
    expect(response).toMatchObject({ id: 7, rcode: 'NOERROR', answers: [], authorities: [{ type: 'SOA', ttl: 5 }] });
  });

  test('does not implement other operations than a query', async () => {
    const { server } = await always({ kind: 'nxdomain' });
    const update = dnsPacket.encode({ ...query(NAME, 'A'), flags: 5 << 11 });
    expect(await overUdp(server, update)).toMatchObject({ id: 7, rcode: 'NOTIMP' });
  });

  test('answers several queries on one TCP connection, in whatever pieces they come', async () => {
    const { server } = await always({ kind: 'records', a: ['10.0.1.10'] });
    const messages = [1, 2, 3].map((id) => dnsPacket.streamEncode(query(NAME, 'A', id)));
    expect((await overTcp(server, messages)).map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  test('tells a client that its message is malformed, and goes on', async () => {
    const { server, resolver } = await always({ kind: 'records', a: ['10.0.1.10'] });
    const cut = dnsPacket.encode(query(NAME, 'A')).subarray(0, 20);
    expect(await overUdp(server, cut)).toMatchObject({ id: 7, rcode: 'FORMERR' });
    expect(await resolver.resolve4(NAME)).toEqual(['10.0.1.10']);
  });

  test('survives rubbish over UDP and TCP, and answers no responses', async () => {
    const { server, resolver } = await always({ kind: 'records', a: ['10.0.1.10'] });
    const udp = createSocket('udp4');
    const send = (message: Buffer) =>
      new Promise<void>((resolve) => udp.send(message, portOf(server), '127.0.0.1', () => resolve()));
    const responses: Buffer[] = [];
    udp.on('message', (message) => responses.push(message));
    await send(dnsPacket.encode({ type: 'response', id: 9, questions: [{ name: NAME, type: 'A' }] }));
    for (let size = 0; size < 200; size += 1) await send(randomBytes(size));
    const tcp = connect(portOf(server), '127.0.0.1');
    tcp.on('error', () => {});
    tcp.end(randomBytes(5000));
    await once(tcp.resume(), 'close');
    expect(await resolver.resolve4(NAME)).toEqual(['10.0.1.10']);
    expect(responses.filter((message) => message.readUInt16BE(0) === 9)).toEqual([]);
    udp.close();
  });
});
