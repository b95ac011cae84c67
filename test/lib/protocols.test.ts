import { describe, expect, test } from 'vitest';
import { type Protocol, protocolOf, speakers } from '../../lib/protocols.ts';

const bytesOf = (...parts: readonly (string | readonly number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : Buffer.from(part))));

const hear = (protocol: Protocol, bytes: Buffer) => speakers[protocol].hear(bytes);

/** PostgreSQL's ErrorResponse: E, a length that counts itself, and the fields. */
const errorResponse = (fields: string): Buffer => {
  const body = Buffer.from(fields, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from('E'), length, body]);
};

/** A packet of MySQL: the length in three bytes, a number, and the payload. */
const packet = (payload: Buffer, number = 0): Buffer =>
  bytesOf([payload.length & 255, payload.length >> 8, 0, number], [...payload]);

const greeting = (version: string): Buffer => packet(bytesOf([10], version, [0, 8, 0, 0, 0], 'salt'));
const mysqlError = (code: number, text: string): Buffer => packet(bytesOf([255, code & 255, code >> 8], text));

const other = (said: string) => ({ result: 'other-protocol', said: JSON.stringify(said) });

test.each<[Protocol, readonly string[], readonly number[]]>([
  ['postgres', ['postgres', 'aurora-postgresql'], [5432, 5433, 5439, 6432]],
  ['mysql', ['mysql', 'mariadb', 'aurora-mysql', 'aurora'], [3306, 3307]],
  ['sqlserver', ['sqlserver-se', 'custom-sqlserver-ee'], [1433]],
  ['oracle', ['oracle-ee-cdb'], [1521]],
  ['tcp', ['db2-se', 'aurora-next', 'serverless-aurora'], [27017]],
])(
  '%s is what the engines %j speak at any port, and what the ports %j speak without one',
  (protocol, engines, ports) => {
    for (const engine of engines)
      for (const port of [1, 3306, 5432]) expect(protocolOf(engine, port), engine).toBe(protocol);
    for (const port of ports) expect(protocolOf(undefined, port), `${port}`).toBe(protocol);
  },
);

describe('the client opens', () => {
  const ping = '(CONNECT_DATA=(COMMAND=ping))';
  test.each<[Protocol, string | undefined]>([
    ['postgres', '0000000804d2162f'],
    ['mysql', undefined],
    ['sqlserver', '1201001a0000000000000b00060100110001ff00000000000002'],
    [
      'oracle',
      `0057000001000000 0136 012c 0000 0800 7fff 7f08 0000 0001 001d 003a ${'00'.repeat(30)}${Buffer.from(ping).toString('hex')}`,
    ],
    ['tcp', undefined],
  ])('%s with %s', (protocol, hex) => {
    expect(speakers[protocol].opening?.toString('hex')).toBe(hex?.replaceAll(' ', ''));
  });
});

describe('PostgreSQL', () => {
  test('answers with one letter whether it takes TLS', () => {
    expect(hear('postgres', bytesOf('S'))).toEqual({ result: 'ok', said: 'PostgreSQL, with TLS' });
    expect(hear('postgres', bytesOf('N'))).toEqual({ result: 'ok', said: 'PostgreSQL, without TLS' });
  });

  test.each(['SSH-2.0-OpenSSH_9.6', 'NO', 'HTTP/1.1 400 Bad Request', 'X', ''])('does not answer %j', (text) => {
    expect(hear('postgres', bytesOf(text))).toEqual(other(text));
  });

  test.each<[string, string, string]>([
    [
      'while it starts',
      'SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0Fpostmaster.c\0L2355\0\0',
      'the database system is starting up',
    ],
    [
      'in its own language',
      'SFATAL\0C53300\0Mzu viele Verbindungen für »orders«\0\0',
      'zu viele Verbindungen für »orders«',
    ],
    ['when the message comes first', 'Mtoo many clients\0SFATAL\0\0', 'too many clients'],
    ['when no field is a message', 'SFATAL Module\0C57P03\0\0', 'an error without words'],
    ['when no field comes at all', '\0', 'an error without words'],
    // 4 + 73 = 77 is the letter M: the length is no field.
    ['when its length looks like a field', `SFATAL\0C57P03\0D${'x'.repeat(57)}\0`, 'an error without words'],
  ])('says why it turns a client away, %s', (_, fields, said) => {
    expect(hear('postgres', errorResponse(fields))).toEqual({ result: 'turned-away', said: `PostgreSQL: ${said}` });
  });

  test('is heard to the end of its error, and no further', () => {
    const error = errorResponse('SFATAL\0Mtoo many clients\0\0');
    for (let length = 1; length < error.length; length += 1)
      expect(hear('postgres', error.subarray(0, length)), `${length} bytes`).toBeUndefined();
    expect(hear('postgres', bytesOf([...errorResponse('SFATAL\0\0')], '\0Mof another packet\0'))).toEqual({
      result: 'turned-away',
      said: 'PostgreSQL: an error without words',
    });
  });

  test.each<[string, readonly number[]]>([
    ['too short', [0, 0, 0, 4]],
    ['too long', [0, 0, 0x75, 0x31]],
    ['text', [...Buffer.from('RROR')]],
  ])('sends no error whose length is %s', (_, length) => {
    expect(hear('postgres', bytesOf('E', length))).toMatchObject({ result: 'other-protocol' });
  });

  test('may send an error as long as its own limit', () => {
    expect(hear('postgres', bytesOf('E', [0, 0, 0x75, 0x30]))).toBeUndefined();
    expect(hear('postgres', bytesOf('E', [0, 0, 0, 5]))).toBeUndefined();
  });
});

describe('MySQL and MariaDB', () => {
  test.each(['8.0.39', '8.4.3', '5.5.5-10.11.8-MariaDB-log'])('greet with their version, %s', (version) => {
    expect(hear('mysql', greeting(version))).toEqual({ result: 'ok', said: `MySQL ${version}` });
  });

  test('are heard to the end of their greeting, and no further', () => {
    const whole = greeting('8.0.39');
    for (let length = 0; length < whole.length; length += 1)
      expect(hear('mysql', whole.subarray(0, length)), `${length} bytes`).toBeUndefined();
    expect(hear('mysql', bytesOf([...packet(bytesOf([10], '8.é'))], 'more'))).toEqual({
      result: 'ok',
      said: 'MySQL 8.Ã©',
    });
  });

  test.each<[string, number, string, string]>([
    ['has no room', 1040, 'Too many connections', 'Too many connections'],
    ['does not know the host', 1130, "#HY000Host '10.0.1.7' is not allowed", "Host '10.0.1.7' is not allowed"],
    ['speaks another language', 1040, '#08004Trop de connexions établies', 'Trop de connexions établies'],
    ['has a number sign in its text', 1040, 'Limit #12345 is met', 'Limit #12345 is met'],
    ['says only the code', 1053, '', ''],
  ])('say why they turn a client away: one that %s', (_, code, sent, said) => {
    expect(hear('mysql', mysqlError(code, sent))).toEqual({
      result: 'turned-away',
      said: `MySQL error ${code}: ${said}`,
    });
  });

  const blocked = "Host '10.0.1.7' is blocked because of many connection errors";
  test.each<Protocol>(['mysql', 'tcp'])(
    'say that they have blocked the host, to a client that speaks %s',
    (protocol) => {
      expect(hear(protocol, mysqlError(1129, `#HY000${blocked}`))).toEqual({
        result: 'host-blocked',
        said: `MySQL error 1129: ${blocked}`,
      });
    },
  );

  test.each<[string, Buffer]>([
    ['the first bytes of text', bytesOf('SSH')],
    ['text', bytesOf('SSH-2.0')],
    ['a packet that is not the first', packet(bytesOf([10], '8.0.39\0'), 1)],
    ['a packet without room for a version', packet(bytesOf([10, 56]))],
    ['a packet that is longer than any greeting', bytesOf([0x89, 0x13, 0, 0, 10])],
    ['a packet far longer than any greeting', bytesOf([0, 0, 1, 0, 10])],
    ['a version of the protocol before 10', packet(bytesOf([9], '3.20.0\0'))],
    ['a packet that says OK', packet(bytesOf([0, 0, 0, 2, 0, 0, 0]))],
  ])('do not begin with %s', (_, bytes) => {
    expect(hear('mysql', bytes)).toMatchObject({ result: 'other-protocol' });
  });

  test('may begin with a packet as short, or as long, as a greeting can be', () => {
    expect(hear('mysql', packet(bytesOf([10], '8\0')))).toEqual({ result: 'ok', said: 'MySQL 8' });
    expect(hear('mysql', bytesOf([0x88, 0x13, 0, 0, 10]))).toBeUndefined();
    expect(hear('mysql', bytesOf([0, 0, 1, 0]))).toBeUndefined();
  });
});

describe('SQL Server', () => {
  /** Header of a tabular result, then the version and that encryption is not supported. */
  const answer = Buffer.from('0401002b000001000000', 'hex');
  test('answers with the header of a tabular result', () => {
    for (let length = 1; length < 8; length += 1)
      expect(hear('sqlserver', answer.subarray(0, length)), `${length} bytes`).toBeUndefined();
    for (const bytes of [answer.subarray(0, 8), answer])
      expect(hear('sqlserver', bytes)).toEqual({ result: 'ok', said: 'SQL Server' });
  });

  test.each([[[0x12, 1, 0, 43, 0, 0, 1, 0]], [[0x15, 3, 1, 0, 2, 2, 70]], [[0, 8, 0, 0, 4, 0, 0, 0]]])(
    'does not answer %j',
    (bytes) => {
      expect(hear('sqlserver', Buffer.from(bytes))).toMatchObject({ result: 'other-protocol' });
    },
  );
});

describe("Oracle's listener", () => {
  const named = { 2: 'accepts', 4: 'refuses', 5: 'redirects', 11: 'asks to send again' };
  test.each(Object.entries(named))('answers when it sends type %s: it %s', (type) => {
    const answer = Buffer.from([0, 8, 0, 0, Number(type), 0, 0, 0]);
    for (let length = 0; length < 5; length += 1)
      expect(hear('oracle', answer.subarray(0, length)), `${length} bytes`).toBeUndefined();
    for (const bytes of [answer.subarray(0, 5), answer])
      expect(hear('oracle', bytes)).toEqual({ result: 'ok', said: "Oracle's listener" });
  });

  test.each<[string, readonly number[]]>([
    ['a packet shorter than its header', [0, 7, 0, 0, 4, 0, 0, 0]],
    ['a connect of its own', [0, 58, 0, 0, 1, 0, 0, 0]],
    ['a packet of data', [0, 11, 0, 0, 6, 0, 0, 0]],
  ])('does not answer with %s', (_, bytes) => {
    expect(hear('oracle', Buffer.from(bytes))).toMatchObject({ result: 'other-protocol' });
  });
});

describe('a server without a known protocol', () => {
  test.each<[string, Buffer]>([
    ['text', bytesOf('HTTP/1.1 400 Bad Request')],
    ['a byte', bytesOf('?')],
    ["MySQL's greeting", greeting('8.0.39')],
    ['another error of MySQL', mysqlError(1040, 'Too many connections')],
  ])('may say %s', (_, bytes) => {
    expect(hear('tcp', bytes)).toEqual({ result: 'ok', said: 'TCP' });
  });
});

test('what another protocol said is shown by its first 40 bytes, with a point for each that is no letter', () => {
  expect(hear('postgres', bytesOf([0x15, 3, 1, 0, 2, 0xe9], ' ~\x7f"'))).toEqual(other('...... ~."'));
  expect(hear('postgres', bytesOf(`${'x'.repeat(40)}y`))).toEqual(other('x'.repeat(40)));
});
