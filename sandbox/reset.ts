import type { Socket } from 'node:net';

/**
 * Resets the connection; closes it where its end is on its way already: libuv then refuses to reset (EINVAL), and Node
 * would neither close the handle nor emit `close`, so that whoever waits for it waits forever.
 */
export function reset(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (isEnding) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}
