/* The first bytes of database protocols: what only a server that serves says, before any login. */

/** `tcp`: anything that accepts a connection. */
export type Protocol = 'postgres' | 'mysql' | 'sqlserver' | 'oracle' | 'tcp';

/**
 * What one connection met. timeout: no answer at all; silent: it was accepted, and then nothing came, which is how a process that hangs
 * looks: the kernel accepts for it.
 */
export type Spoken =
  | Heard
  | { readonly result: 'refused' | 'reset' | 'closed' | 'timeout' | 'silent' }
  | { readonly result: 'unreachable'; readonly code: string };

const byEngine: readonly (readonly [RegExp, Protocol])[] = [
  [/postgres/, 'postgres'],
  [/mysql|mariadb|^aurora$/, 'mysql'],
  [/sqlserver/, 'sqlserver'],
  [/oracle/, 'oracle'],
];

const byPort: Readonly<Record<number, Protocol>> = {
  5432: 'postgres',
  5433: 'postgres',
  // Redshift and PgBouncer.
  5439: 'postgres',
  6432: 'postgres',
  3306: 'mysql',
  3307: 'mysql',
  1433: 'sqlserver',
  1521: 'oracle',
};

/** What RDS's engine speaks; without one, what usually speaks at the port. */
export const protocolOf = (engine: string | undefined, port: number): Protocol =>
  engine === undefined ? (byPort[port] ?? 'tcp') : (byEngine.find(([name]) => name.test(engine))?.[1] ?? 'tcp');

/** What the first bytes of a server mean; undefined while more are needed. */
export type Heard =
  | { readonly result: 'ok'; readonly said: string }
  | { readonly result: 'other-protocol'; readonly said: string }
  | { readonly result: 'turned-away'; readonly said: string }
  /** MySQL or MariaDB has locked out the address that the connection comes from. */
  | { readonly result: 'host-blocked'; readonly said: string };

export type Speaker = {
  /** What the client says first; nothing where the server begins. */
  readonly opening?: Buffer;
  readonly hear: (bytes: Buffer) => Heard | undefined;
};

/** SSLRequest: length 8, code 80877103 ("Message Formats" in PostgreSQL's documentation). */
export const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

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
  if (bytes.length < 5) return bytes.length === 4 || isPrefix(bytes) ? undefined : other(bytes);
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
  const code = payload.readUInt16LE(1);
  return { result: code === hostIsBlocked ? 'host-blocked' : 'turned-away', said: `MySQL error ${code}: ${text}` };
}

/** ER_HOST_IS_BLOCKED, which comes in place of the greeting. */
const hostIsBlocked = 1129;

/** The length of a greeting fits into two bytes. */
const isPrefix = (bytes: Buffer): boolean => bytes.length < 3 || bytes[2] === 0;

/** A PRELOGIN packet that asks for no encryption; the answer is a packet of type 4 (MS-TDS 2.2.6.5, 2.2.3.1.1). */
const prelogin = Buffer.from(
  [
    '1201001a00000000', // Type, end of message, length, SPID, packet, window.
    '00000b0006', // Version: at byte 11 behind the header, 6 long.
    '0100110001', // Encryption: at byte 17, 1 long.
    'ff',
    '000000000000',
    '02',
  ].join(''),
  'hex',
);

const hearSqlServer = (bytes: Buffer): Heard | undefined => {
  if (bytes[0] !== 4) return other(bytes);
  return bytes.length < 8 ? undefined : { result: 'ok', said: 'SQL Server' };
};

/** TNS connect for a ping, which a listener refuses politely: header of 8 bytes, then 50 of settings, then the text. */
function tnsPing(): Buffer {
  const text = Buffer.from('(CONNECT_DATA=(COMMAND=ping))');
  const offset = 58;
  const packet = Buffer.alloc(offset + text.length);
  packet.writeUInt16BE(packet.length, 0);
  packet[4] = 1;
  // Version 310 and down to 300, data units of 2 and 32 KB, characteristics of the network, and the one that shows the byte order.
  for (const [at, value] of [
    [8, 0x0136],
    [10, 0x012c],
    [14, 0x0800],
    [16, 0x7fff],
    [18, 0x7f08],
    [22, 1],
    [24, text.length],
    [26, offset],
  ] as const)
    packet.writeUInt16BE(value, at);
  text.copy(packet, offset);
  return packet;
}

/** Accept, refuse, redirect, resend: each is an answer of a listener. */
const tnsAnswers = new Set([2, 4, 5, 11]);

const hearOracle = (bytes: Buffer): Heard | undefined => {
  if (bytes.length < 5) return undefined;
  return tnsAnswers.has(bytes[4] ?? 0) && bytes.readUInt16BE(0) >= 8
    ? { result: 'ok', said: "Oracle's listener" }
    : other(bytes);
};

/** MySQL at another port than its own is spoken to as `tcp`; what it says of a blocked host is known there too. */
function blocked(bytes: Buffer): Heard | undefined {
  const heard = hearMysql(bytes);
  return heard?.result === 'host-blocked' ? heard : undefined;
}

export const speakers: Readonly<Record<Protocol, Speaker>> = {
  postgres: { opening: sslRequest, hear: hearPostgres },
  mysql: { hear: hearMysql },
  sqlserver: { opening: prelogin, hear: hearSqlServer },
  oracle: { opening: tnsPing(), hear: hearOracle },
  // Whatever a server says is fine; one that says nothing is, too (see adapters/probe.ts).
  tcp: { hear: (bytes) => blocked(bytes) ?? { result: 'ok', said: 'TCP' } },
};
