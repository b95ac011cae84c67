import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Transport } from './respond.ts';

/** Gives the message to send back, or undefined for silence. */
export type Responder = (message: Buffer, transport: Transport) => Buffer | undefined;

export type Transports = { readonly port: number; close(): Promise<void> };

const LOOPBACK = '127.0.0.1';
const PORT_ATTEMPTS = 20;
const TCP_IDLE_MS = 10_000;

/** Listens for DNS over UDP and TCP on one port of the loopback interface. */
export async function listen(port: number, respond: Responder): Promise<Transports> {
  for (let attempt = 1; ; attempt += 1) {
    const udp = await listenUdp(port, respond);
    try {
      const tcp = await listenTcp(udp.address().port, respond);
      return { port: udp.address().port, close: () => closeBoth(udp, tcp) };
    } catch (error) {
      await closeUdp(udp);
      // The free UDP port that was given may be taken for TCP: another one will do.
      if (port !== 0 || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function listenUdp(port: number, respond: Responder): Promise<UdpSocket> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const response = respond(message, 'udp');
    if (response) socket.send(response, from.port, from.address, () => {});
  });
  const listening = once(socket, 'listening');
  socket.bind(port, LOOPBACK);
  await listening;
  // A client that went away shows as an ICMP error on a later call; the server goes on.
  socket.on('error', () => {});
  return socket;
}

type TcpListener = { readonly server: Server; readonly connections: Set<Socket> };

async function listenTcp(port: number, respond: Responder): Promise<TcpListener> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    serve(socket, respond);
  });
  const listening = once(server, 'listening');
  server.listen(port, LOOPBACK);
  await listening;
  return { server, connections };
}

/** Over TCP each message follows its length in two bytes, and several may share a connection (RFC 7766). */
function serve(socket: Socket, respond: Responder): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const response = respond(pending.subarray(2, end), 'tcp');
      pending = pending.subarray(end);
      if (response) socket.write(framed(response));
    }
  });
}

function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

async function closeBoth(udp: UdpSocket, { server, connections }: TcpListener): Promise<void> {
  for (const socket of connections) socket.destroy();
  await Promise.all([closeUdp(udp), new Promise<void>((resolve) => server.close(() => resolve()))]);
}

const closeUdp = (socket: UdpSocket): Promise<void> => new Promise((resolve) => socket.close(() => resolve()));
