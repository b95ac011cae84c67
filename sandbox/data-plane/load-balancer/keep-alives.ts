import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { SandboxClock } from '../../world/clock.ts';

/** The keep-alives that the peers of some sockets send. */
export type KeepAlives = {
  /** AWS ms since the sandbox started at which the latest was due; -Infinity before the first. */
  lastSent(): number;
};

/**
 * The kernel answers keep-alives itself, so a program sees none; but both peers run on this machine, and Linux shows when a socket's
 * next one is due. Elsewhere, and for a peer in another network namespace, there are none: its connection is forgotten when idle.
 */
export function createKeepAlives(sockets: readonly Socket[], clock: SandboxClock): KeepAlives {
  let last = Number.NEGATIVE_INFINITY;
  const due = new Map<Socket, number>();
  return {
    lastSent() {
      const now = clock.elapsed();
      for (const at of due.values()) if (at <= now) last = Math.max(last, at);
      due.clear();
      const table = socketTable();
      for (const socket of sockets) {
        const seconds = keepAliveIn(table, socket);
        if (seconds !== undefined) due.set(socket, now + seconds * 1000 * clock.speed);
      }
      return last;
    },
  };
}

function socketTable(): readonly string[] {
  try {
    return readFileSync('/proc/net/tcp', 'utf8').split('\n');
  } catch {
    return [];
  }
}

const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');

/** `tr` of a socket whose timer is the keep-alive's, and the ticks (hundredths of a second) until then. */
const timer = / (?<kind>[0-9A-F]{2}):(?<ticks>[0-9A-F]{8}) /;

/** Seconds until the peer of the socket sends its next keep-alive; undefined when it sends none. */
function keepAliveIn(table: readonly string[], { localPort, remotePort }: Socket): number | undefined {
  if (localPort === undefined || remotePort === undefined) return undefined;
  const peer = new RegExp(`^ *\\d+: [0-9A-F]{8}:${hex(remotePort)} [0-9A-F]{8}:${hex(localPort)} `);
  const { kind, ticks } = table.find((line) => peer.test(line))?.match(timer)?.groups ?? {};
  return kind === '02' && ticks ? Number.parseInt(ticks, 16) / 100 : undefined;
}
