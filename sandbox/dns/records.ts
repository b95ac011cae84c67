import { isIP } from 'node:net';
import type { Answer } from 'dns-packet';
import type { ZoneAnswer } from '../types.ts';

/** RDS endpoints have a TTL of 5 s; so has every record here. */
const TTL_SECONDS = 5;

/** RFC 1035, section 4.1.1. */
export const RCODE = { noError: 0, formErr: 1, servFail: 2, nxDomain: 3, notImp: 4, refused: 5 } as const;

/** What goes into a response, apart from its header. */
export type Content = {
  readonly rcode: number;
  readonly answers: readonly Answer[];
  readonly authorities: readonly Answer[];
};

type Records = Extract<ZoneAnswer, { kind: 'records' | 'truncated' }>;

/** Answers that are a well-formed message. */
export type WellFormed = Exclude<ZoneAnswer, { kind: 'garbage' | 'silence' }>;

/** The content that stands for a zone's answer to `name`. Throws for an address of the wrong family. */
export function contentOf(name: string, type: 'A' | 'AAAA', answer: WellFormed): Content {
  switch (answer.kind) {
    case 'records':
    case 'truncated':
      return withAddresses(name, type, answer);
    case 'cname-only':
      return withAddresses(name, type, { kind: 'records', cnames: answer.cnames });
    case 'no-data':
      return withoutAnswer(RCODE.noError, name);
    case 'nxdomain':
      return withoutAnswer(RCODE.nxDomain, name);
    case 'servfail':
      return { rcode: RCODE.servFail, answers: [], authorities: [] };
    case 'refused':
      return { rcode: RCODE.refused, answers: [], authorities: [] };
  }
}

/** No record of that name, or none of that type: the SOA says so (RFC 2308). */
const withoutAnswer = (rcode: number, name: string): Content => ({ rcode, answers: [], authorities: [soa(name)] });

function withAddresses(name: string, type: 'A' | 'AAAA', { cnames = [], a = [], aaaa = [] }: Records): Content {
  const chain = aliases(name, cnames);
  const owner = cnames.at(-1) ?? name;
  const wanted = type === 'A' ? a : aaaa;
  for (const ip of wanted) if (isIP(ip) !== (type === 'A' ? 4 : 6)) throw new TypeError(`no ${type} record: ${ip}`);
  const addresses = wanted.map((data) => ({ type, name: owner, ttl: TTL_SECONDS, data }));
  const authorities = addresses.length === 0 ? [soa(owner)] : [];
  return { rcode: RCODE.noError, answers: [...chain, ...addresses], authorities };
}

const aliases = (name: string, cnames: readonly string[]): Answer[] =>
  cnames.map((data, at) => ({ type: 'CNAME', name: cnames[at - 1] ?? name, ttl: TTL_SECONDS, data }));

function soa(name: string): Answer {
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
  return { type: 'SOA', name: parent, ttl: TTL_SECONDS, data };
}
