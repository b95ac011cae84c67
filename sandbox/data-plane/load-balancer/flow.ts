import type { Socket } from 'node:net';
import type { SandboxClock } from '../../world/clock.ts';
import { dial, reset } from '../../world/sockets.ts';
import { createKeepAlives, type KeepAlives } from './keep-alives.ts';

/** How a flow ended. `refused`: the target never accepted. `idle`: forgotten after the idle time-out, without a FIN or RST. */
export type FlowEnd = 'finished' | 'refused' | 'client-reset' | 'target-reset' | 'cut' | 'idle';

/** One client's connection with a target. */
export type Flow = {
  /** Forgets the connection, as NLB ends one: each side is reset when it sends its next packet. */
  cut(): void;
  /** Resets both sides now. */
  reset(): void;
  /** The target's host has died silently: the client's bytes are lost, and it receives nothing. */
  mute(): void;
};

export type FlowOptions = {
  /** Accepted with `allowHalfOpen` and `pauseOnConnect`. */
  readonly client: Socket;
  readonly localPort: number;
  readonly clock: SandboxClock;
  readonly idleAwsMs: number;
  /** Each socket of the flow, so that it can be released with the load balancer. */
  readonly track: (socket: Socket) => void;
  readonly opened: () => void;
  readonly ended: (how: FlowEnd) => void;
};

// The kernel's first keep-alive probe (Linux: tcp_keepalive_time) finds a forgotten connection in the end.
const keepAliveAwsMs = 7_200_000;

/** A forgotten side is reset as soon as it sends anything. */
function forget(side: Socket, clock: SandboxClock): void {
  const tell = () => reset(side);
  const cancel = clock.after(keepAliveAwsMs, tell);
  side.once('close', cancel);
  side.on('data', tell).on('end', tell).resume();
}

/** A keep-alive is due at least once between two checks, or later than the time-out. */
const checksPerTimeout = 4;

/** Calls `expired` when nothing was noted for `awsMs`, and no side has sent a keep-alive. */
function createIdleTimer(clock: SandboxClock, awsMs: number, keepAlives: KeepAlives, expired: () => void) {
  let last = clock.elapsed();
  const check = () => {
    last = Math.max(last, keepAlives.lastSent());
    const restMs = last + awsMs - clock.elapsed();
    if (restMs <= 0) return expired();
    cancel = clock.after(Math.min(restMs, awsMs / checksPerTimeout), check);
  };
  let cancel = clock.after(awsMs / checksPerTimeout, check);
  return {
    note() {
      last = clock.elapsed();
    },
    cancel: () => cancel(),
  };
}

/** Connects the client with a target on this local port of 127.0.0.1. */
export function createFlow({ client, localPort, clock, idleAwsMs, track, opened, ended }: FlowOptions): Flow {
  let over = false;
  let muted = false;
  const end = (how: FlowEnd) => {
    if (over) return false;
    over = true;
    idle.cancel();
    ended(how);
    return true;
  };
  const breakOff = (how: FlowEnd) => {
    // On this machine the process behind the silent host has ended; its FIN or RST must not reach the client.
    if (muted && (how === 'target-reset' || how === 'refused')) return;
    if (!end(how)) return;
    for (const side of [client, target]) reset(side);
  };

  const target = dial(localPort, (accepted) => {
    if (over) return;
    if (!accepted) return breakOff('refused');
    opened();
    if (muted) return;
    for (const side of [client, target]) side.on('data', idle.note);
    // Each direction is closed on its own: `end` is passed on, the other direction stays open.
    client.pipe(target);
    target.pipe(client);
  });
  const forgotten = (how: 'idle' | 'cut') => {
    if (!end(how)) return;
    client.unpipe(target);
    target.unpipe(client);
    for (const side of [client, target]) forget(side, clock);
  };
  const idle = createIdleTimer(clock, idleAwsMs, createKeepAlives([client, target], clock), () => forgotten('idle'));

  track(client);
  track(target);
  client.on('error', () => breakOff('client-reset')).on('close', () => void (target.closed && end('finished')));
  target.on('error', () => breakOff('target-reset')).on('close', () => void (client.closed && end('finished')));
  return {
    cut: () => forgotten('cut'),
    reset: () => breakOff('cut'),
    mute() {
      if (over || muted) return;
      muted = true;
      client.unpipe(target);
      target.unpipe(client);
      client.resume();
      target.resume();
    },
  };
}
