import { createServer } from 'node:http';
import type { Network } from '../../world/network.ts';
import { listenLocally } from '../../world/sockets.ts';
import { createRelay } from './relay.ts';

/**
 * Routes a function's connections into the sandbox's VPC: answers with a port that leads to `host:port`. vpc.mjs asks it inside the function's
 * process, for every address that is not this machine's own.
 */
export type Gateway = {
  /** For the function's environment, as SANDBOX_GATEWAY. */
  readonly url: string;
  /** Names that the function's system resolver knows, with their address. */
  readonly names: Map<string, string>;
  /** Addresses from which no answer comes, as behind a security group without rules. */
  readonly silent: Set<string>;
  close(): Promise<void>;
};

export async function createGateway(network: Network): Promise<Gateway> {
  const names = new Map<string, string>();
  const silent = new Set<string>();
  const relay = createRelay(network);
  const server = createServer(async ({ url = '/' }, response) => {
    const query = new URL(url, 'http://localhost').searchParams;
    const host = query.get('host') ?? '';
    const ip = names.get(host) ?? host;
    const asked = Number(query.get('port'));
    const isSilent = silent.has(ip) || network.isSilent(ip, asked);
    const port = isSilent ? undefined : await relay.portFor(ip, asked);
    response.end(JSON.stringify({ ip, silent: isSilent, ...(port === undefined ? {} : { port }) }));
  });
  const { port, close } = await listenLocally(server);
  return {
    url: `http://127.0.0.1:${port}`,
    names,
    silent,
    close() {
      relay.close();
      return close();
    },
  };
}
