import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import type { Report } from '../../lib/domain.ts';
import { createDnsServer } from '../../sandbox/data-plane/dns/dns-server.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { createRandom } from '../../sandbox/world/database/random.ts';
import { createJournal } from '../../sandbox/world/journal.ts';
import type { Zone } from '../../sandbox/world/types.ts';
import { reportOf, start } from './rig.ts';

/* A name instead of a database: the built functions, a name server, and one HTTP server behind each address. */

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

export type Service = {
  readonly sandbox: Sandbox;
  /** Starts a server at the address; it says the address to each request. */
  boot(ip: string): Promise<void>;
  /** Ends what listens at the address. */
  end(ip: string): Promise<void>;
  /** What stands behind the name from now on. */
  point(addresses: readonly string[]): void;
  check(): Promise<Report>;
};

export async function follow(
  name: string,
  port: number,
  addresses: readonly string[],
  shown?: number,
): Promise<Service> {
  const rotating = createRotatingName(name, addresses, shown);
  const dns = await createDnsServer({ zone: rotating.zone, journal: createJournal() });
  closers.push(() => dns.close());
  const sandbox = await start({
    isScheduled: false,
    isGroupEmpty: true,
    config: ({ policy, ...one }) => ({
      ...one,
      database: { name: 'orders', kind: 'hostname', hostname: name, port, role: 'writer' },
      policy: { ...policy, removeStale: 'when-replacement-healthy' },
      dnsServers: [dns.address],
    }),
  });
  const servers = new Map<string, Server>();
  const boot = async (ip: string) => {
    const server = await serve((_, response) => response.setHeader('connection', 'close').end(ip));
    servers.set(ip, server);
    sandbox.network.attach(ip, port, (server.address() as AddressInfo).port);
  };
  for (const ip of addresses) await boot(ip);
  return {
    sandbox,
    boot,
    async end(ip) {
      sandbox.network.detach(ip, port);
      const server = servers.get(ip);
      if (server) await close(server);
    },
    point: rotating.point,
    check: async () => reportOf(await sandbox.functions.drift.invoke({ action: 'resync' })),
  };
}

/**
 * A name with more addresses than one answer shows: each answer holds `shown` of them, drawn at random, as Route 53 gives at most
 * eight. With `shown` left out every answer is whole.
 */
function createRotatingName(name: string, given: readonly string[], shown: number | undefined) {
  const random = createRandom(11);
  let addresses = given;
  const draw = () =>
    addresses
      .map((ip) => ({ ip, at: random() }))
      .sort((one, other) => one.at - other.at)
      .slice(0, shown ?? addresses.length)
      .map(({ ip }) => ip);
  const zone: Zone = (asked, type) => {
    if (asked !== name) return { kind: 'nxdomain' };
    return type === 'A' && addresses.length > 0 ? { kind: 'records', a: draw() } : { kind: 'no-data' };
  };
  const point = (next: readonly string[]) => {
    addresses = next;
  };
  return { zone, point };
}

async function serve(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  closers.push(() => close(server));
  return server;
}

const close = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** What a client of the load balancer gets. */
export const get = async ({ loadBalancer }: Sandbox): Promise<string> =>
  (await fetch(`http://${loadBalancer.host}:${loadBalancer.port}/`, { headers: { connection: 'close' } })).text();
