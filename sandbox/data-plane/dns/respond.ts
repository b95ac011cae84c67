import { randomBytes } from 'node:crypto';
import * as dnsPacket from 'dns-packet';
import type { Zone, ZoneAnswer } from '../../world/types.ts';
import { type Asked, type Content, contentOf, RCODE } from './records.ts';

export type Transport = 'udp' | 'tcp';

/** How a query was answered: a zone's kind, or why no zone was asked. */
export type AnswerKind = ZoneAnswer['kind'] | 'malformed' | 'not-implemented' | 'bad-version';

/** How many seconds a cached answer is still good for. */
export type TtlOf = (name: string, type: string, answer: ZoneAnswer) => number;

export type Response = {
  readonly name: string;
  readonly type: string;
  readonly answer: AnswerKind;
  /** The response; undefined for silence and for what is no query. */
  readonly message?: Buffer | undefined;
};

type Query = { readonly id: number; readonly flags: number; readonly packet: dnsPacket.DecodedPacket };

const HEADER_BYTES = 12;
const RESPONSE_BIT = 0x8000;
const OPCODE_MASK = 0x7800;
/** Without EDNS, RFC 1035 allows no more over UDP. */
const PLAIN_UDP_BYTES = 512;
const LONGEST_BYTES = 0xffff;

/** Answers one message as it came from the network. Never throws for what the message holds. */
export function respond(message: Buffer, transport: Transport, zone: Zone, ttlOf: TtlOf): Response {
  if (message.length < HEADER_BYTES) return { ...UNREADABLE };
  const id = message.readUInt16BE(0);
  const flags = message.readUInt16BE(2);
  // Never answers a response: two servers would talk forever.
  if (flags & RESPONSE_BIT) return { ...UNREADABLE };
  if (flags & OPCODE_MASK) return { ...UNREADABLE, answer: 'not-implemented', message: bare(id, flags, RCODE.notImp) };
  const packet = decode(message);
  const question = packet?.questions?.length === 1 ? packet.questions[0] : undefined;
  if (!packet || !question) return { ...UNREADABLE, message: bare(id, flags, RCODE.formErr) };
  const options = packet.additionals?.filter(({ type }) => type === 'OPT') ?? [];
  // RFC 6891, section 6.1.1.
  if (options.length > 1) return { ...UNREADABLE, message: bare(id, flags, RCODE.formErr, [question]) };
  const [option] = options;
  if (option?.type === 'OPT' && (option.ednsVersion ?? 0) !== 0)
    return {
      name: question.name.toLowerCase(),
      type: question.type,
      answer: 'bad-version',
      message: badVersion(id, flags, question),
    };
  return answer({ id, flags, packet }, question, transport, { zone, ttlOf });
}

const UNREADABLE: Response = { name: '', type: '', answer: 'malformed' };

type Source = { readonly zone: Zone; readonly ttlOf: TtlOf };

const askedOf = (type: string): Asked => (type === 'A' || type === 'AAAA' || type === 'CNAME' ? type : 'other');

function answer(query: Query, question: dnsPacket.Question, transport: Transport, { zone, ttlOf }: Source): Response {
  const name = question.name.toLowerCase();
  const { type } = question;
  // The zone knows addresses and aliases. For other types its answer still shows whether the name exists and the server works.
  const asked = zone(name, type === 'AAAA' ? 'AAAA' : 'A');
  const found = question.class === 'IN' ? ofType(asked, askedOf(type)) : withoutRecords(asked);
  const ttl = ttlOf(name, type, found);
  return { name, type, answer: found.kind, message: messageFor(query, question, found, transport, ttl) };
}

/** What is left of a name's records for this type. */
function ofType(answer: ZoneAnswer, type: Asked): ZoneAnswer {
  if (type === 'A' || type === 'AAAA' || answer.kind !== 'records') return answer;
  return answer.cnames ? { kind: 'cname-only', cnames: answer.cnames } : { kind: 'no-data' };
}

function messageFor(
  query: Query,
  question: dnsPacket.Question,
  found: ZoneAnswer,
  transport: Transport,
  ttl: number,
): Buffer | undefined {
  if (found.kind === 'silence') return undefined;
  if (found.kind === 'garbage') return garbage(query);
  try {
    const content = contentOf(question.name, askedOf(question.type), found, ttl);
    return encode(query, question, content, transport, found.kind === 'truncated');
  } catch {
    // A zone's answer may not fit into a message: a bad address, or more than 64 KiB.
    return bare(query.id, query.flags, RCODE.servFail, [question]);
  }
}

const withoutRecords = (answer: ZoneAnswer): ZoneAnswer =>
  answer.kind === 'records' || answer.kind === 'cname-only' ? { kind: 'no-data' } : answer;

function encode(
  query: Query,
  question: dnsPacket.Question,
  content: Content,
  transport: Transport,
  cutShort: boolean,
): Buffer {
  const opt = query.packet.additionals?.find((record) => record.type === 'OPT');
  const response = (answers: Content['answers'], authorities: Content['authorities'], extra = 0): Buffer =>
    dnsPacket.encode({
      type: 'response',
      id: query.id,
      flags: responseFlags(query.flags) | content.rcode | extra,
      questions: [question],
      answers: [...answers],
      authorities: [...authorities],
      additionals: opt ? [{ ...opt, options: [] }] : [],
    });
  const full = response(content.answers, content.authorities);
  if (full.length > LONGEST_BYTES) throw new RangeError('longer than a DNS message may be');
  const room = Math.max(opt?.udpPayloadSize ?? 0, PLAIN_UDP_BYTES);
  if (transport === 'tcp' || (!cutShort && full.length <= room)) return full;
  return response([], [], dnsPacket.TRUNCATED_RESPONSE);
}

// No AA: a VPC's resolver answers out of its cache, for others.
const responseFlags = (queryFlags: number): number =>
  dnsPacket.RECURSION_AVAILABLE | (queryFlags & dnsPacket.RECURSION_DESIRED);

const bare = (id: number, queryFlags: number, rcode: number, questions: dnsPacket.Question[] = []): Buffer =>
  dnsPacket.encode({ type: 'response', id, flags: responseFlags(queryFlags) | rcode, questions });

/** BADVERS is 16: its upper bits stand in the OPT record (RFC 6891, section 9). */
const badVersion = (id: number, queryFlags: number, question: dnsPacket.Question): Buffer =>
  dnsPacket.encode({
    type: 'response',
    id,
    flags: responseFlags(queryFlags),
    questions: [question],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 4096,
        extendedRcode: 1,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });

/** Resolvers drop what does not carry the query's identifier, so the header is sound and promises more than follows. */
function garbage({ id }: Query): Buffer {
  const message = Buffer.concat([Buffer.alloc(HEADER_BYTES), randomBytes(24).fill(0xff, 0, 8)]);
  message.writeUInt16BE(id, 0);
  message.writeUInt16BE(RESPONSE_BIT, 2);
  message.writeUInt16BE(1, 4);
  message.writeUInt16BE(3, 6);
  return message;
}

function decode(message: Buffer): dnsPacket.DecodedPacket | undefined {
  try {
    return dnsPacket.decode(message);
  } catch {
    return undefined;
  }
}
