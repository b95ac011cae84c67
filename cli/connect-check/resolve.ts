import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Resolution } from './types.ts';

const noAddress = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NODATA', 'EAI_NONAME']);

/** As a client on this machine resolves it, /etc/hosts included; or by one name server (`address[:port]`) alone. */
export async function resolveHost(host: string, server?: string): Promise<Resolution> {
  if (isIP(host)) return { kind: 'addresses', addresses: [host] };
  try {
    const found = server ? await ask(host, server) : (await lookup(host, { all: true })).map(({ address }) => address);
    const addresses = [...new Set(found)];
    return addresses.length > 0 ? { kind: 'addresses', addresses } : { kind: 'not-found' };
  } catch (error) {
    const { code = 'EUNKNOWN' } = error as NodeJS.ErrnoException;
    return noAddress.has(code) ? { kind: 'not-found' } : { kind: 'failed', code };
  }
}

async function ask(host: string, server: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers([server]);
  const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const addresses = [ipv4, ipv6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (addresses.length === 0 && ipv4.status === 'rejected') throw ipv4.reason;
  return addresses;
}
