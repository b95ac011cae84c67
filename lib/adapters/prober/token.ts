import type { Client } from '../borrowed-client.ts';

type Presigner = {
  presign(request: object, options: object): Promise<{ readonly query: Readonly<Record<string, string>> }>;
};

/** An IAM token is valid for so long, and only to log in with. Seconds. */
const lifetime = 900;

type Login = { readonly host: string; readonly port: number; readonly user: string };

/**
 * A token of IAM database authentication: a presigned request of the service `rds-db`, without its protocol. The client that the
 * function has for the load balancer signs it; @aws-sdk/rds-signer would do the same with 29 KB more. It is for the endpoint's name, also
 * where the address is dialled.
 */
export async function createToken({ config }: Client, { host, port, user }: Login): Promise<string> {
  const signer = (await config.signer()) as unknown as Presigner;
  // What is left out is a GET of / by https to the signer.
  const request = {
    hostname: host,
    port,
    headers: { host: `${host}:${port}` },
    query: { Action: 'connect', DBUser: user },
  };
  const { query } = await signer.presign(request, { expiresIn: lifetime, signingService: 'rds-db' });
  const parameters = Object.entries(query).map((pair) => pair.map(encodeURIComponent).join('='));
  return `${host}:${port}/?${parameters.join('&')}`;
}
