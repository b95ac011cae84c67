import { Socket } from 'node:net';
import type { Attempt } from './session.ts';

/** How long a server may leave a goodbye unanswered. Ms. */
const farewellMs = 1000;

/** Closes a socket that said goodbye, also where no answer comes. */
export function release(socket: Socket): void {
  if (!socket.destroyed) setTimeout(() => socket.destroy(), farewellMs).unref();
}

/** What `use` makes of a new socket, which is gone when that fails, or when the attempt is over before. */
export async function throughSocket<T>(
  { signal, reached }: Pick<Attempt, 'signal' | 'reached'>,
  use: (socket: Socket) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  reached('connection');
  const socket = new Socket().setNoDelay();
  const cut = () => void socket.destroy();
  // A driver that has given up hears no more errors.
  socket.once('connect', () => reached('login')).on('error', () => {});
  signal.addEventListener('abort', cut);
  try {
    return await use(socket);
  } catch (error) {
    cut();
    throw error;
  } finally {
    signal.removeEventListener('abort', cut);
  }
}
