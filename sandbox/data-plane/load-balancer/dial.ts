import { connect, type Socket } from 'node:net';
import { reset } from '../../reset.ts';

/**
 * A port of the ephemeral range that nobody listens on may be given to the connecting socket as its own port: TCP then
 * connects the socket with itself, which looks like a target that accepts.
 */
export const isConnectedWithItself = ({ localPort, remotePort }: Socket): boolean => localPort === remotePort;

/**
 * Connects to a port of 127.0.0.1. `settled` is told once whether something accepted the connection; the socket's errors
 * after that are the caller's to hear.
 */
export function dial(localPort: number, settled: (accepted: boolean) => void): Socket {
  const socket = connect({ host: '127.0.0.1', port: localPort, allowHalfOpen: true, noDelay: true });
  const fail = () => {
    socket.off('connect', succeed);
    settled(false);
  };
  const succeed = () => {
    socket.off('error', fail);
    const toItself = isConnectedWithItself(socket);
    if (toItself) reset(socket);
    settled(!toItself);
  };
  return socket.once('error', fail).once('connect', succeed);
}
