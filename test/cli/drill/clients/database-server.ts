import { createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Certified } from '../../../../sandbox/data-plane/postgres/access.ts';

/* Servers that speak as much of a database's protocol as a login and a statement take, and write down what they are told. */

export type DatabaseServer = {
  readonly address: { readonly host: string; readonly port: number };
  /** What clients said, within TLS and without; readable text where it is any. */
  readonly heard: { plain: string; withinTls: string };
};

type Speech = {
  /** What the server says first. */
  readonly opening?: Buffer;
  /** How long the request for TLS is that a client begins with; 0 when it begins with something else. */
  requestIn(said: Buffer): number;
  readonly consent?: Buffer;
  readonly refusal?: Buffer;
  readonly certified: Certified | undefined;
  /** Answers what a client says, by its number. */
  answer(said: Buffer, number: number): Buffer;
};

async function listen({ opening, requestIn, consent, refusal, certified, answer }: Speech): Promise<DatabaseServer> {
  const heard = { plain: '', withinTls: '' };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    if (opening) socket.write(opening);
    let number = 0;
    const converse = (where: keyof typeof heard, stream: Socket) => (said: Buffer) => {
      heard[where] += said.toString('latin1');
      number += 1;
      stream.write(answer(said, number));
    };
    socket.once('data', (said) => {
      const length = requestIn(said);
      const rest = said.subarray(length);
      heard.plain += said.subarray(0, length).toString('latin1');
      if (length === 0 || !certified) {
        const speak = converse('plain', socket);
        socket.on('data', speak);
        if (length > 0 && refusal) socket.write(refusal);
        if (rest.length > 0) speak(rest);
        return;
      }
      socket.pause();
      if (consent) socket.write(consent);
      if (rest.length > 0) socket.unshift(rest);
      const { certificate: cert, key } = certified;
      const secure = new TLSSocket(socket, { isServer: true, cert, key });
      secure.on('error', () => {}).on('data', converse('withinTls', secure));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { address: { host: '127.0.0.1', port: (server.address() as { port: number }).port }, heard };
}

const message = (type: string, ...parts: (string | number[])[]): Buffer => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const head = Buffer.alloc(5, type);
  head.writeUInt32BE(4 + content.length, 1);
  return Buffer.concat([head, content]);
};

/** Asks for the password itself, as RDS does for IAM tokens. */
export const listenPostgres = (certified?: Certified): Promise<DatabaseServer> =>
  listen({
    requestIn: (said) => (said.length === 8 ? 8 : 0),
    consent: Buffer.from('S'),
    refusal: Buffer.from('N'),
    certified,
    answer(said, number) {
      if (number === 1) return message('R', [0, 0, 0, 3]);
      const ready = message('Z', 'I');
      if (said[0] === 'p'.charCodeAt(0)) return Buffer.concat([message('R', [0, 0, 0, 0]), ready]);
      return Buffer.concat([message('C', 'OK\0'), ready]);
    },
  });

const packet = (number: number, ...parts: (string | number[])[]): Buffer => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const head = Buffer.alloc(4);
  head.writeUIntLE(content.length, 0, 3);
  head[3] = number;
  return Buffer.concat([head, content]);
};

const ok = [0, 0, 0, 2, 0, 0, 0];
const tlsBit = 0x08;

type MysqlOptions = {
  readonly certified?: Certified | undefined;
  /** The plugin of its greeting: `sha256_password` sends the password itself over TLS. */
  readonly plugin?: string;
  /** Asks for another plugin before TLS begins. */
  readonly switchesTo?: string;
  /** Answers a statement with the wish to read this file of the client. */
  readonly wants?: string;
};

export function listenMysql(options: MysqlOptions): Promise<DatabaseServer> {
  const { certified, plugin = 'sha256_password', switchesTo, wants } = options;
  const salt = 'abcdefghijklmnopqrst';
  const greeting = packet(
    0,
    [10],
    '8.0.36\0',
    [1, 0, 0, 0],
    salt.slice(0, 8),
    // Everything but compression, and TLS only with a certificate.
    [0, 0xdf, certified ? 0xff : 0xff ^ tlsBit, 255, 2, 0, 0xff, 0xde, 21, ...Array(10).fill(0)],
    `${salt.slice(8)}\0${plugin}\0`,
  );
  const early = switchesTo ? packet(2, [0xfe], `${switchesTo}\0${salt}\0`) : Buffer.alloc(0);
  const logins = certified ? 3 : 2;
  return listen({
    opening: Buffer.concat([greeting, early]),
    // The same packet as the login's, broken off before the user's name.
    requestIn: (said) => (said[0] === 32 ? 36 : 0),
    certified,
    answer(said, number) {
      if (number === 1) return packet(logins, ok);
      // Command 3 is a statement; anything else is what comes of the file.
      return said[4] === 3 && wants ? packet(1, [0xfb], wants) : packet((said[3] ?? 0) + 1, ok);
    },
  });
}
