import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** A port whose connections are never completed: no answer to a SYN, as from a load balancer whose target does not answer either. */
export type SilentDoor = { close(): Promise<void> };

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
export async function createSilentDoor(port: number, release: () => Promise<void>): Promise<SilentDoor> {
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

/** What has not been taken into the queue by then would knock again, and be let in by whoever listens next. */
async function fill(port: number, queued: Socket[]): Promise<void> {
  const sockets = Array.from({ length: fillers }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await new Promise((resolve) => setTimeout(resolve, fillMs));
  for (const socket of sockets) {
    if (socket.connecting) socket.destroy();
    else queued.push(socket);
  }
}
