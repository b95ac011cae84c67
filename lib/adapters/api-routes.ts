import { lookup } from 'node:dns/promises';
import type { ApiHost } from '../doctor/surroundings.ts';

type Request = { readonly hostname?: string };
type Next<A, R> = (args: A) => Promise<R>;
type Followed = {
  readonly middlewareStack: {
    add(
      // biome-ignore lint/suspicious/noExplicitAny: the SDK's own types differ from client to client
      middleware: (next: Next<any, any>) => Next<any, any>,
      options: { step: 'finalizeRequest'; name: string },
    ): void;
  };
};

/** Which hosts the calls of some AWS clients go to, and where the system's resolver says that those are. */
export function createApiRoutes() {
  const hosts = new Set<string>();
  return {
    follow<T extends Followed>(client: T): T {
      client.middlewareStack.add(
        (next) => (args) => {
          const { hostname } = args.request as Request;
          if (hostname) hosts.add(hostname);
          return next(args);
        },
        { step: 'finalizeRequest', name: 'followRoute' },
      );
      return client;
    },
    hosts: (): Promise<ApiHost[]> => Promise.all([...hosts].sort().map(addressesOf)),
  };
}

async function addressesOf(host: string): Promise<ApiHost> {
  // The resolver that the calls use, /etc/hosts included. No answer: the failed call itself says so.
  const found = await lookup(host, { all: true }).catch(() => []);
  return { host, addresses: found.map(({ address }) => address) };
}
