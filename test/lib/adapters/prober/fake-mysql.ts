import { createHash, randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { createAuthority } from '../../../../sandbox/data-plane/postgres/access.ts';
import type { MysqlServer } from './mysql-server.ts';

/*
 * MySQL's protocol, as much of it as a login over TLS and two variables take ("MySQL Client/Server Protocol", dev.mysql.com). With
 * `admits` it asks for the password in clear text, as RDS does of a user of IAM's.
 */

/** What a client asks for with its login. */
type Asked = { readonly database: string; readonly maySendFiles: boolean };

/** A row of answers to any query, none, or what the server says of an error. */
export type Answer = readonly (string | number)[] | undefined | { readonly errno: number; readonly message: string };

type Options = { readonly admits?: (token: string) => boolean; readonly answers?: () => Answer };

/** What the server sees of one client, packet by packet. */
type Connection = {
  send(sequence: number, ...parts: readonly (Buffer | string | number)[]): void;
  next(): Promise<{ readonly sequence: number; readonly payload: Buffer }>;
  /** The socket is another's from now on. */
  leave(): void;
};

export async function startFakeMysql(
  host: string,
  { admits, answers }: Options = {},
): Promise<MysqlServer & { sockets(): number; asked(): readonly Asked[]; queries(): readonly string[] }> {
  const authority = createAuthority();
  const { certificate: cert, key } = authority.issue(host);
  const state = {
    readOnly: 0,
    password: 'right',
    hung: undefined as PromiseWithResolvers<void> | undefined,
    accepted: 0,
    asked: [] as Asked[],
    queries: [] as string[],
    aborted: 0,
  };
  const loggedIn = new Map<Socket, number>();
  const open = new Set<Socket>();

  const track = (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => [open, loggedIn].map((all) => all.delete(socket)));
  };
  const serve = async (socket: Socket) => {
    const plain = connectionOn(socket, () => state.hung?.promise);
    const salt = Buffer.from(randomBytes(20).map((byte) => 1 + (byte % 100)));
    await state.hung?.promise;
    plain.send(0, ...greeting(salt));
    await plain.next();
    plain.leave();
    const secured = new TLSSocket(socket, { isServer: true, cert, key });
    track(secured);
    open.delete(socket);
    const client = connectionOn(secured, () => state.hung?.promise);
    const { sequence, payload } = await client.next();
    const user = payload.subarray(32, payload.indexOf(0, 32)).toString();
    const proof = payload.subarray(34 + user.length, 54 + user.length);
    state.asked.push(askedIn(payload, 34 + user.length + (payload[33 + user.length] ?? 0)));
    const last = admits
      ? await cleartext(client, sequence)
      : { sequence, right: proof.equals(scramble(state.password, salt)) };
    const isRight = 'right' in last ? last.right : admits?.(last.token);
    if (user !== 'rds_target_probe' || !isRight)
      return client.send(
        last.sequence + 1,
        0xff,
        short(1045),
        `#28000Access denied for user '${user}'@'127.0.0.1' – geprüft`,
      );
    loggedIn.set(secured, state.accepted);
    let saidGoodbye = false;
    secured.on('close', () => {
      state.aborted += saidGoodbye ? 0 : 1;
    });
    client.send(last.sequence + 1, 0, 0, 0, short(2), short(0));
    for (;;) {
      const { payload: command } = await client.next();
      saidGoodbye = command[0] === 1;
      if (saidGoodbye) return secured.end();
      state.queries.push(command.subarray(1).toString());
      answer(client, answers ? answers() : [0, state.readOnly]);
    }
  };

  const server = createServer((socket) => {
    state.accepted += 1;
    track(socket);
    serve(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    roots: authority.certificate,
    setReadOnly: async (on) => {
      state.readOnly = on ? 1 : 0;
    },
    setPassword: async (password) => {
      state.password = password;
    },
    sessions: async () => [...loggedIn.values()],
    sockets: () => state.accepted,
    asked: () => state.asked,
    queries: () => state.queries,
    aborted: async () => state.aborted,
    endSessions: async () => {
      for (const socket of loggedIn.keys()) socket.end();
    },
    hang: () => {
      state.hung = Promise.withResolvers();
    },
    resume: () => {
      state.hung?.resolve();
      state.hung = undefined;
    },
    async close() {
      state.hung?.resolve();
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** `at`: the end of the password's proof. The name is empty where none is asked for. CLIENT_LOCAL_FILES is 128. */
const askedIn = (login: Buffer, at: number): Asked => ({
  maySendFiles: (login.readUInt32LE(0) & 128) !== 0,
  database: login.subarray(at, login.indexOf(0, at)).toString(),
});

const short = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8]);

function connectionOn(socket: Socket, hung: () => Promise<void> | undefined): Connection {
  let held = Buffer.alloc(0);
  let wake = () => {};
  const hear = (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    wake();
  };
  socket.on('data', hear).once('close', () => wake());
  return {
    send(sequence, ...parts) {
      const payload = Buffer.concat(
        parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))),
      );
      socket.write(Buffer.concat([short(payload.length), Buffer.from([payload.length >> 16, sequence]), payload]));
    },
    async next() {
      while (held.length < 4 || held.length < 4 + held.readUIntLE(0, 3)) {
        if (socket.destroyed) throw new Error('the client is gone');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const length = held.readUIntLE(0, 3);
      const packet = { sequence: held[3] ?? 0, payload: held.subarray(4, 4 + length) };
      held = held.subarray(4 + length);
      await hung();
      return packet;
    },
    leave() {
      socket.off('data', hear).pause();
      // The client may have begun its handshake behind the packet.
      if (held.length > 0) socket.unshift(held);
    },
  };
}

// LONG_PASSWORD, CONNECT_WITH_DB, PROTOCOL_41, SSL, TRANSACTIONS, SECURE_CONNECTION; PLUGIN_AUTH.
const greeting = (salt: Buffer) => [
  10,
  '8.4.0\0',
  short(1),
  short(0),
  salt.subarray(0, 8),
  0,
  short(0xaa09),
  // utf8mb3: what mysql2 needs iconv-lite for.
  33,
  short(2),
  short(0x8),
  21,
  Buffer.alloc(10),
  salt.subarray(8),
  0,
  'mysql_native_password\0',
];

const sha1 = (...parts: readonly (Buffer | string)[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest();

function scramble(password: string, salt: Buffer): Buffer {
  const once = sha1(password);
  const mask = sha1(salt, sha1(once));
  return Buffer.from(once.map((byte, at) => byte ^ (mask[at] ?? 0)));
}

async function cleartext(client: Connection, sequence: number) {
  client.send(sequence + 1, 0xfe, 'mysql_clear_password\0', 0);
  const reply = await client.next();
  return { sequence: reply.sequence, token: reply.payload.subarray(0, -1).toString() };
}

const sized = (text: string | number) => Buffer.concat([Buffer.from([String(text).length]), Buffer.from(String(text))]);
const endOfPart = [0xfe, short(0), short(2)];

/** Rows of short texts. */
function answer(client: Connection, said: Answer) {
  let sequence = 0;
  const send = (...parts: readonly (Buffer | string | number)[]) => client.send(++sequence, ...parts);
  if (said && 'errno' in said) return send(0xff, short(said.errno), `#HY000${said.message}`);
  const columns = said ?? [0, 0];
  send(columns.length);
  for (const _ of columns)
    send(
      sized('def'),
      sized(''),
      sized(''),
      sized(''),
      sized('n'),
      sized(''),
      12,
      short(33),
      short(100),
      short(0),
      253,
      short(0),
      0,
      short(0),
    );
  send(...endOfPart);
  if (said) send(...said.map(sized));
  send(...endOfPart);
}
