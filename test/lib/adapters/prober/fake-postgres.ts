import { type AddressInfo, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { createAuthority } from '../../../../sandbox/data-plane/postgres/access.ts';

/*
 * PostgreSQL's protocol as RDS speaks it with a user of IAM's, which a real one cannot without RDS's module: TLS, then the password in
 * clear text ("Message Formats" in PostgreSQL's documentation).
 */

/** `answers`: what the column of any query holds, as text; undefined for no row. `t` and `f` are booleans, all else is text. */
type Options = {
  readonly admits: (user: string, token: string) => boolean;
  readonly answers?: () => string | undefined;
};

const message = (type: string, ...parts: readonly (Buffer | string)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};

const number = (value: number, bytes: 2 | 4): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(value, 0, bytes);
  return buffer;
};

const column = (type: number) => [
  Buffer.from('recovering\0'),
  number(0, 4),
  number(0, 2),
  number(type, 4),
  number(1, 2),
  number(-1, 4),
  number(0, 2),
];
const ready = message('Z', 'I');
// The types of pg_type: bool is 16, text is 25.
const answer = (value: string | undefined) =>
  Buffer.concat([
    message('T', number(1, 2), ...column(/^[tf]$/.test(value ?? '') ? 16 : 25)),
    ...(value === undefined ? [] : [message('D', number(1, 2), number(value.length, 4), value)]),
    message('C', 'SELECT 1\0'),
    ready,
  ]);

const once = (socket: Socket): Promise<Buffer> => new Promise((resolve) => socket.once('data', resolve));

/** A writer, unless `answers` says something else. `started`: what clients said of themselves. */
export async function startFakePostgres(host: string, { admits, answers = () => 'f' }: Options) {
  const authority = createAuthority();
  const { certificate: cert, key } = authority.issue(host);
  const open = new Set<Socket>();
  const started: string[][] = [];
  const serve = async (socket: Socket) => {
    await once(socket);
    socket.pause().write('S');
    const secured = new TLSSocket(socket, { isServer: true, cert, key });
    open.add(secured.on('error', () => {}));
    const startup = await once(secured);
    started.push(startup.subarray(8).toString().split('\0'));
    const [, user = ''] = /user\0([^\0]*)/.exec(startup.toString()) ?? [];
    secured.write(message('R', number(3, 4)));
    const token = (await once(secured)).subarray(5, -1).toString();
    const said = `PAM authentication failed for user "${user}", which gave ${token}`;
    if (!admits(user, token)) return secured.end(message('E', `SFATAL\0C28000\0M${said}\0\0`));
    secured.write(Buffer.concat([message('R', number(0, 4)), ready]));
    secured.on('data', (said) => void (said[0] === 'Q'.charCodeAt(0) && secured.write(answer(answers()))));
  };
  const server = createServer((socket) => void serve(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    roots: authority.certificate,
    started: (): readonly (readonly string[])[] => started,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
