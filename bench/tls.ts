import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:tls';
import { createAuthority } from '../sandbox/data-plane/postgres/access.ts';

export type TlsFront = {
  /**
   * A function with these reaches the API by TLS, and pays for all that TLS costs with AWS. It knows the authorities that Node brings, and
   * goes on without this one: with NODE_EXTRA_CA_CERTS, which Lambda does not set since Node 20, Node 24 reads all of them in a thread of
   * its own while the function starts, and the first request would be 8 ms shorter than with AWS.
   */
  readonly environment: Readonly<Record<string, string>>;
  close(): void;
};

/** Puts TLS before an API, with the certificate of an authority that is forgotten at once. */
export async function createTlsFront(apiUrl: string): Promise<TlsFront> {
  const { certificate: cert, key } = createAuthority().issue('localhost');
  const port = Number(new URL(apiUrl).port);
  const server = createServer({ cert, key, noDelay: true }, (socket) => {
    const api = connect({ host: '127.0.0.1', port, noDelay: true });
    for (const [one, other] of [
      [socket, api],
      [api, socket],
    ] as const)
      one
        .on('error', () => other.destroy())
        .on('close', () => other.destroy())
        .pipe(other);
  });
  // By name: where it has an address of each family, the first is the one that the function tries first.
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  return {
    environment: { AWS_ENDPOINT_URL: url, NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' },
    close: () => void server.close(),
  };
}
