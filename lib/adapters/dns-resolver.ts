import { Resolver } from 'node:dns/promises';
import { setTimeout as timer } from 'node:timers/promises';
import { canonicalIp } from '../addresses.ts';
import type { DnsAnswer, Resolver as ResolverPort } from '../ports.ts';

type Options = {
  /** `address[:port]`; empty: the system's. */
  readonly servers?: readonly string[];
  /** For a look-up with all its attempts; ms. */
  readonly deadlineMs?: number;
};

/** Node's own time-outs are coarse (200 ms can take 400), so each look-up has a deadline of ours as well. */
const attempts = { timeout: 600, tries: 3 };

/**
 * Asks DNS, never a cache and never /etc/hosts. IPv4 addresses are wanted; a name without any is asked for IPv6.
 */
export function createDnsResolver({ servers = [], deadlineMs = 2000 }: Options = {}): ResolverPort {
  return {
    async resolve(name, signal) {
      const resolver = new Resolver(attempts);
      if (servers.length > 0) resolver.setServers([...servers]);
      const isOver = new AbortController();
      const cut = signal ? AbortSignal.any([signal, isOver.signal]) : isOver.signal;
      const late = timer(deadlineMs, { kind: 'failed', code: 'ETIMEOUT' } as const, { signal: cut }).catch(
        () => ({ kind: 'failed', code: 'ECANCELLED' }) as const,
      );
      try {
        return await Promise.race([bothFamilies(resolver, name), late]);
      } finally {
        isOver.abort();
        resolver.cancel();
      }
    },
  };
}

async function bothFamilies(resolver: Resolver, name: string): Promise<DnsAnswer> {
  const ipv4 = await answerOf(() => resolver.resolve4(name));
  if (ipv4.kind !== 'no-address') return ipv4;
  return answerOf(() => resolver.resolve6(name));
}

async function answerOf(query: () => Promise<string[]>): Promise<DnsAnswer> {
  try {
    const addresses = [...new Set((await query()).map(canonicalIp))].sort();
    // A chain of CNAMEs without an end comes as an empty list and no error.
    return addresses.length > 0 ? { kind: 'addresses', addresses } : { kind: 'no-address' };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'EUNKNOWN';
    if (code === 'ENOTFOUND') return { kind: 'not-found' };
    return code === 'ENODATA' ? { kind: 'no-address' } : { kind: 'failed', code };
  }
}
