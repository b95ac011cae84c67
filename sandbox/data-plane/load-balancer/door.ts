import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Journal } from '../../world/journal.ts';
import type { Network } from '../../world/network.ts';
import { freePort } from '../../world/sockets.ts';
import type { TargetGroup } from '../../world/types.ts';
import { createSilentDoor, type SilentDoor } from './silent-door.ts';

/**
 * A Network Load Balancer does not answer a client itself: the SYN goes to the target. So its port is open while a target that may be
 * chosen is, refuses when all of them refuse (or there is none), and does not answer when none of them does. Among several, a dead one is
 * found only after the client was accepted here: one port of this machine cannot answer twice.
 */
type State = 'open' | 'closed' | 'silent';

export type Door = { readonly port: number; close(): Promise<void> };

type Options = {
  readonly targetGroup: TargetGroup;
  readonly network: Network;
  readonly journal: Journal;
  readonly accept: (client: Socket) => void;
};

function wantedState({ targetGroup, network }: Options): State {
  const targets = targetGroup.routable();
  if (targets.some(({ ip, port }) => network.locate(ip, port) !== undefined)) return 'open';
  return targets.some(({ ip, port }) => network.isSilent(ip, port)) ? 'silent' : 'closed';
}

const attempts = 50;

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, accept);
    try {
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
      return server;
    } catch (error) {
      // The port may still be on its way from the silent door.
      if (attempt === attempts) throw error;
      await pause(10);
    }
  }
}

/** Its port is below those that the system gives away, and stays while nothing listens on it. */
export async function createDoor(options: Options): Promise<Door> {
  const { targetGroup, network, journal, accept } = options;
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
  const move = async () => {
    const wanted = closed ? 'closed' : wantedState(options);
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
    // At once: who connects from now on must not be accepted for a target that is gone.
    if (!closed && wantedState(options) === 'closed') void shut();
    moving = moving
      .then(move)
      .catch((error) => journal.write('load-balancer', 'door-failed', { error: String(error) }));
    return moving;
  };
  const unfollow = [network.onChange(update), targetGroup.onChange(update), targetGroup.onTakenUp(update)];
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
