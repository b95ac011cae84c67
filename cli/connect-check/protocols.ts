import type { Protocol } from './types.ts';

/** What the first bytes of a server mean; undefined while more are needed. */
export type Heard =
  | { readonly result: 'ok'; readonly said: string }
  | { readonly result: 'other-protocol'; readonly said: string }
  | { readonly result: 'turned-away'; readonly said: string };

export type Speaker = {
  /** What the client says first; nothing where the server begins. */
  readonly opening?: Buffer;
  readonly hear: (bytes: Buffer) => Heard | undefined;
};

/** SSLRequest: length 8, code 80877103 ("Message Formats" in PostgreSQL's documentation). */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

const other = (bytes: Buffer): Heard => ({ result: 'other-protocol', said: printable(bytes) });

const printable = (bytes: Buffer): string =>
  JSON.stringify(
    bytes
      .subarray(0, 40)
      .toString('latin1')
      .replace(/[^\x20-\x7e]/g, '.'),
  );

function hearPostgres(bytes: Buffer): Heard | undefined {
  const answer = String.fromCharCode(bytes[0] ?? 0);
  // One byte is the whole answer; more after it would be something else that begins with the same letter.
  if (bytes.length === 1 && answer === 'S') return { result: 'ok', said: 'PostgreSQL, with TLS' };
  if (bytes.length === 1 && answer === 'N') return { result: 'ok', said: 'PostgreSQL, without TLS' };
  // ErrorResponse: E, a length, then fields of text.
  if (answer !== 'E') return other(bytes);
  if (bytes.length < 5) return undefined;
  const length = bytes.readUInt32BE(1);
  if (length < 5 || length > 30_000) return other(bytes);
  if (bytes.length < 1 + length) return undefined;
  const message = /(?:^|\0)M([^\0]+)/.exec(bytes.subarray(5, 1 + length).toString('utf8'))?.[1];
  return { result: 'turned-away', said: `PostgreSQL: ${message ?? 'an error without words'}` };
}

/** A packet: length in three bytes, number 0, then 10 and the version, or 255, a code and a text. */
function hearMysql(bytes: Buffer): Heard | undefined {
  if (bytes.length < 5) return bytes.length === 4 || bytes.length === 0 || isPrefix(bytes) ? undefined : other(bytes);
  const length = bytes.readUIntLE(0, 3);
  if (bytes[3] !== 0 || length < 3 || length > 5000) return other(bytes);
  if (bytes.length < 4 + length) return undefined;
  const payload = bytes.subarray(4, 4 + length);
  if (payload[0] === 10) {
    const end = payload.indexOf(0, 1);
    return { result: 'ok', said: `MySQL ${payload.subarray(1, end < 0 ? undefined : end).toString('latin1')}` };
  }
  if (payload[0] !== 255) return other(bytes);
  const text = payload
    .subarray(3)
    .toString('utf8')
    .replace(/^#.{5}/, '');
  return { result: 'turned-away', said: `MySQL error ${payload.readUInt16LE(1)}: ${text}` };
}

/** The length of a greeting fits into two bytes. */
const isPrefix = (bytes: Buffer): boolean => bytes.length < 3 || bytes[2] === 0;

export const speakers: Readonly<Record<Protocol, Speaker>> = {
  postgres: { opening: sslRequest, hear: hearPostgres },
  mysql: { hear: hearMysql },
  // Whatever a server says is fine; one that says nothing is, too (see probe.ts).
  tcp: { hear: () => ({ result: 'ok', said: 'TCP' }) },
};
