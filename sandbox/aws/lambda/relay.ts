import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Network } from '../../world/network.ts';
import { dial, reset } from '../../world/sockets.ts';

/** Carries a function's connections to hosts of the VPC: one that is fenced meanwhile falls silent, as its packets are lost. */
export type Relay = {
  /** A port of this machine that takes one connection, for `ip:port`; undefined where nothing accepts. */
  portFor(ip: string, port: number): Promise<number | undefined>;
  close(): void;
};

type Flow = { readonly ip: string; readonly port: number; readonly sides: readonly Socket[]; muted: boolean };

/** Longer than a function takes from the answer to its connection. Wall ms. */
const waitMs = 5000;

export function createRelay(network: Network): Relay {
  const flows = new Set<Flow>();
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };

  const carry = (client: Socket, host: Socket, ip: string, port: number) => {
    const flow: Flow = { ip, port, sides: [client, host], muted: false };
    flows.add(flow);
    const broken = () => {
      // The process behind a silent host has ended; its client does not learn it.
      if (flow.muted) return;
      flows.delete(flow);
      for (const side of flow.sides) reset(side);
    };
    for (const side of flow.sides) side.on('error', broken);
    client.once('close', () => {
      flows.delete(flow);
      host.destroy();
    });
    client.pipe(host).pipe(client);
  };

  const unfollow = network.onChange(() => {
    for (const flow of flows) {
      const isSilent = network.isSilent(flow.ip, flow.port);
      if (isSilent && !flow.muted) mute(flow);
      // What answers there now knows nothing of the connection.
      else if (!isSilent && flow.muted) for (const side of flow.sides) reset(side);
    }
  });

  return {
    async portFor(ip, port) {
      const local = network.locate(ip, port);
      const host = local === undefined ? undefined : await accepted(local);
      if (!host) return undefined;
      keep(host);
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
        server.close();
        clearTimeout(timer);
        keep(client);
        carry(client, host, ip, port);
      });
      const timer = setTimeout(() => {
        server.close();
        host.destroy();
      }, waitMs).unref();
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return (server.address() as AddressInfo).port;
    },
    close() {
      unfollow();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function mute(flow: Flow) {
  flow.muted = true;
  const [client, host] = flow.sides;
  if (client && host) {
    client.unpipe(host);
    host.unpipe(client);
  }
  for (const side of flow.sides) side.resume();
}

const accepted = (localPort: number): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = dial(localPort, (isAccepted) => resolve(isAccepted ? socket : undefined));
    // Until it is carried.
    socket.on('error', () => {});
  });
