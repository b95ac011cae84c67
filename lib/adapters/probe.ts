import { connect, type Socket } from 'node:net';
import { type Protocol, type Spoken, speakers } from '../protocols.ts';

type Asked = { readonly address: string; readonly port: number; readonly protocol: Protocol };

/** A load balancer without a target resets a connection right after it was made; so long a silence means that it stays. Ms. */
const settleMs = 500;

/**
 * Connects once, speaks the first bytes of the protocol, and says what came of it. Never rejects. To MySQL it is a client that went away
 * before it logged in: a hundred of them without a login between them, and MySQL refuses this client's address (max_connect_errors).
 */
export function probe({ address, port, protocol }: Asked, timeoutMs: number): Promise<Spoken> {
  return new Promise((resolve) => {
    const { opening, hear } = speakers[protocol];
    const socket = connect({ host: address, port });
    const end = (spoken: Spoken) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(spoken);
    };
    let timer = setTimeout(() => end({ result: 'timeout' }), timeoutMs);
    let heard = Buffer.alloc(0);
    socket.once('connect', () => {
      clearTimeout(timer);
      if (isConnectedWithItself(socket)) return end({ result: 'refused' });
      if (opening) socket.write(opening);
      const isTcp = protocol === 'tcp';
      const quiet = (): Spoken => (isTcp ? { result: 'ok', said: 'TCP, stays open' } : { result: 'silent' });
      timer = setTimeout(() => end(quiet()), isTcp ? settleMs : timeoutMs);
    });
    socket.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk]);
      const meaning = hear(heard);
      if (meaning) end(meaning);
    });
    socket.once('end', () => end({ result: 'closed' }));
    socket.once('error', (error: NodeJS.ErrnoException) => end(failureOf(error.code ?? 'EUNKNOWN')));
  });
}

function failureOf(code: string): Spoken {
  switch (code) {
    case 'ECONNREFUSED':
      return { result: 'refused' };
    case 'ECONNRESET':
    case 'EPIPE':
      return { result: 'reset' };
    case 'ETIMEDOUT':
      return { result: 'timeout' };
    default:
      return { result: 'unreachable', code };
  }
}

/** On loopback, a port without a listener may be given to the connecting socket itself. */
const isConnectedWithItself = ({ localAddress, localPort, remoteAddress, remotePort }: Socket): boolean =>
  localPort === remotePort && localAddress === remoteAddress;
