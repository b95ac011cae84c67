import { isIP } from 'node:net';
import type { Answer } from 'dns-packet';
import type { ZoneAnswer } from '../../world/types.ts';

/** RDS endpoints have a TTL of 5 s; so has every record here. */
export const TTL_SECONDS = 5;

/** RFC 1035, section 4.1.1. */
export const RCODE = { noError: 0, formErr: 1, servFail: 2, nxDomain: 3, notImp: 4, refused: 5 } as const;

/** What goes into a response, apart from its header. */
export type Content = {
  readonly rcode: number;
  readonly answers: readonly Answer[];
  readonly authorities: readonly Answer[];
};

type Records = Extract<ZoneAnswer, { kind: 'records' | 'truncated' }>;

/** What is asked of a name. Of the types that are no address only the alias is known. */
export type Asked = 'A' | 'AAAA' | 'CNAME' | 'other';

/** Answers that are a well-formed message. */
export type WellFormed = Exclude<ZoneAnswer, { kind: 'garbage' | 'silence' }>;

/** The content that stands for a zone's answer to `name`. Throws for an address of the wrong family. */
export function contentOf(name: string, type: Asked, answer: WellFormed, ttl: number): Content {
  switch (answer.kind) {
    case 'records':
    case 'truncated':
      return withRecords(name, type, answer, ttl);
    case 'cname-only':
      return withRecords(name, type, { kind: 'records', cnames: answer.cnames }, ttl);
    case 'no-data':
      return withoutAnswer(RCODE.noError, name, ttl);
    case 'nxdomain':
      return withoutAnswer(RCODE.nxDomain, name, ttl);
    case 'servfail':
      return { rcode: RCODE.servFail, answers: [], authorities: [] };
    case 'refused':
      return { rcode: RCODE.refused, answers: [], authorities: [] };
  }
}

/** No record of that name, or none of that type: the SOA says so (RFC 2308). */
const withoutAnswer = (rcode: number, name: string, ttl: number): Content => ({
  rcode,
  answers: [],
  authorities: [soa(name, ttl)],
});

function withRecords(name: string, type: Asked, { cnames = [], a = [], aaaa = [] }: Records, ttl: number): Content {
  // Asked for the alias, it is the answer; it leads on for every other type (RFC 1034, section 3.6.2).
  const chain = aliases(name, type === 'CNAME' ? cnames.slice(0, 1) : cnames, ttl);
  const owner = cnames.at(-1) ?? name;
  const wanted = type === 'A' ? a : type === 'AAAA' ? aaaa : [];
  for (const ip of wanted) if (isIP(ip) !== (type === 'A' ? 4 : 6)) throw new TypeError(`no ${type} record: ${ip}`);
  const addresses = wanted.map((data) => ({ type: type === 'A' ? 'A' : 'AAAA', name: owner, ttl, data }) as const);
  const isAnswered = addresses.length > 0 || (type === 'CNAME' && chain.length > 0);
  return {
    rcode: RCODE.noError,
    answers: [...chain, ...addresses],
    authorities: isAnswered ? [] : [soa(type === 'CNAME' ? name : owner, ttl)],
  };
}

const aliases = (name: string, cnames: readonly string[], ttl: number): Answer[] =>
  cnames.map((data, at) => ({ type: 'CNAME', name: cnames[at - 1] ?? name, ttl, data }));

function soa(name: string, ttl: number): Answer {
  const parent = name.split('.').slice(1).join('.') || '.';
  const data = {
    mname: 'ns.sandbox.invalid',
    rname: 'hostmaster.sandbox.invalid',
    serial: 1,
    refresh: 7200,
    retry: 900,
    expire: 1209600,
    minimum: TTL_SECONDS,
  };
  return { type: 'SOA', name: parent, ttl, data };
}
