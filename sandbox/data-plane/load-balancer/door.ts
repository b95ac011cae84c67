import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { SandboxClock } from '../../world/clock.ts';
import type { Journal } from '../../world/journal.ts';
import type { Network } from '../../world/network.ts';
import { freePort } from '../../world/sockets.ts';
import { drawShare, type Routes } from './routes.ts';

/**
 * A Network Load Balancer does not answer a client itself: the SYN goes to the target. So its port is open while the target of the next
 * client answers, refuses when that one refuses (or there is none), and does not answer when that one does not. One port of this
 * machine cannot answer two clients differently at once: where some targets answer and others do not, the next client's target is drawn
 * anew every second.
 */
type State = 'open' | 'closed' | 'silent';

type Door = { readonly port: number; close(): Promise<void> };

type Options = {
  readonly routes: Routes;
  readonly network: Network;
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly random?: () => number;
  readonly accept: (client: Socket) => void;
};

const turnAwsMs = 1000;
/** To open and to close takes this machine its time. */
const shortestTurnMs = 50;

type Drawn = { readonly state: State; readonly isMixed: boolean };

function drawState({ routes, network, random = Math.random }: Options): Drawn {
  const shares = routes.shares().map(({ weight, route }) => {
    const { ip = '', port = 0 } = route?.target ?? {};
    const answers = network.locate(ip, port) !== undefined;
    return { weight, state: answers ? 'open' : network.isSilent(ip, port) ? 'silent' : 'closed' } as const;
  });
  const isMixed = new Set(shares.map(({ state }) => state)).size > 1;
  return { state: drawShare(shares, random)?.state ?? 'closed', isMixed };
}

const attempts = 50;

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, accept);
    try {
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
      return server;
    } catch (error) {
      // The silent door may not have released the port yet.
      if (attempt === attempts) throw error;
      await pause(10);
    }
  }
}

/** Its port is below those that the system gives away, and stays while nothing listens on it. */
export async function createDoor(options: Options): Promise<Door> {
  const { routes, network, clock, journal, accept } = options;
  const port = await freePort(new Set());
  let state: State = 'closed';
  let server: Server | undefined;
  let silent: SilentDoor | undefined;
  let closed = false;
  let moving = Promise.resolve();

  const shut = async () => {
    server?.close();
    server = undefined;
  };
  let drawn = drawState(options);
  let cancelTurn = () => {};

  const move = async () => {
    const wanted = closed ? 'closed' : drawn.state;
    if (wanted === state) return;
    state = wanted;
    await silent?.close();
    silent = undefined;
    if (wanted !== 'silent') await shut();
    if (wanted === 'open') server = await listen(port, accept);
    if (wanted === 'silent') silent = await createSilentDoor(port, shut);
    journal.write('load-balancer', `door-${wanted}`, { port });
  };
  const update = () => {
    cancelTurn();
    if (!closed) drawn = drawState(options);
    // At once: a client that connects from now on must not be accepted for a target that is gone.
    if (!closed && drawn.state === 'closed') void shut();
    moving = moving
      .then(move)
      .catch((error) => journal.write('load-balancer', 'door-failed', { error: String(error) }))
      .then(() => {
        cancelTurn();
        if (!closed && drawn.isMixed)
          cancelTurn = clock.after(Math.max(turnAwsMs, shortestTurnMs * clock.speed), update);
      });
    return moving;
  };
  const unfollow = [network.onChange(update), routes.onChange(update)];
  await update();
  return {
    port,
    async close() {
      closed = true;
      for (const end of unfollow) end();
      await update();
    },
  };
}

/** A port whose connections are never completed: no answer to a SYN, as from a load balancer whose target does not answer either. */
type SilentDoor = { close(): Promise<void> };

// A thread that listens and then sleeps accepts nothing. Once its short queue is full, the kernel drops every further SYN.
const script = `
const { parentPort, workerData } = require('node:worker_threads');
const server = require('node:net').createServer();
parentPort.once('message', () => {
  server.listen({ host: '127.0.0.1', port: workerData.port, backlog: 1 }, () => {
    parentPort.postMessage('listening');
    Atomics.wait(workerData.sleep, 0, 0);
    process.exit();
  });
});
parentPort.postMessage('ready');
`;

/** More than the queue holds on any system. */
const fillers = 6;
const fillMs = 30;

/** Takes the port over: `release` is called when the thread is ready, and frees it. */
async function createSilentDoor(port: number, release: () => Promise<void>): Promise<SilentDoor> {
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(script, { eval: true, workerData: { port, sleep } });
  worker.unref();
  const queued: Socket[] = [];
  const close = async () => {
    for (const socket of queued) socket.destroy();
    Atomics.notify(sleep, 0);
    await worker.terminate();
  };
  try {
    await once(worker, 'message');
    await release();
    worker.postMessage('listen');
    await once(worker, 'message');
    await fill(port, queued);
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A socket that is not in the queue by then would retry its SYN, and be accepted by the next listener. */
async function fill(port: number, queued: Socket[]): Promise<void> {
  const sockets = Array.from({ length: fillers }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await new Promise((resolve) => setTimeout(resolve, fillMs));
  for (const socket of sockets) {
    if (socket.connecting) socket.destroy();
    else queued.push(socket);
  }
}
