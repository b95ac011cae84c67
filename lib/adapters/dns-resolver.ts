import type { RecordWithTtl } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { setTimeout as timer } from 'node:timers/promises';
import { canonicalIp, mostAddresses } from '../addresses.ts';
import type { AddressType, AddressTypes, DnsAnswer, Resolver as ResolverPort } from '../ports.ts';

type Options = {
  /** `address[:port]`; empty: the system's. */
  readonly servers?: readonly string[];
  /** For a lookup with all its attempts; ms. */
  readonly deadlineMs?: number;
  /** Which addresses count. Without it IPv4 ones, and IPv6 for a name that has no other. */
  readonly addressTypes?: AddressTypes;
};

/** Node's own time-outs are coarse (200 ms can take 400), so each lookup has a deadline of ours as well. */
const attempts = { timeout: 600, tries: 3 };

/** Asks DNS, never a cache and never /etc/hosts. */
export function createDnsResolver({ servers = [], deadlineMs = 2000, addressTypes }: Options = {}): ResolverPort {
  return {
    async resolve(name, signal) {
      const addressType = await addressTypes?.ofTargets(signal);
      const resolver = new Resolver(attempts);
      if (servers.length > 0) resolver.setServers([...servers]);
      const isOver = new AbortController();
      const cut = signal ? AbortSignal.any([signal, isOver.signal]) : isOver.signal;
      const late = timer(deadlineMs, { kind: 'failed', code: 'ETIMEOUT' } as const, { signal: cut }).catch(
        () => ({ kind: 'failed', code: 'ECANCELLED' }) as const,
      );
      try {
        const found = await Promise.race([lookUp(resolver, name, addressType, addressTypes !== undefined), late]);
        if (!('ipv4' in found)) return found;
        return (await addressTypes?.ofGroup(signal)) === 'ipv6' ? found.ipv6 : found.ipv4;
      } finally {
        isOver.abort();
        resolver.cancel();
      }
    },
  };
}

/** A name with addresses of both types, while nothing tells which count. */
type Choice = { readonly ipv4: DnsAnswer; readonly ipv6: DnsAnswer };

async function lookUp(
  resolver: Resolver,
  name: string,
  addressType: AddressType | undefined,
  isChoice: boolean,
): Promise<DnsAnswer | Choice> {
  const a = () => answerOf(() => resolver.resolve4(name, { ttl: true }));
  const aaaa = () => answerOf(() => resolver.resolve6(name, { ttl: true }));
  if (addressType) return only(addressType, await (addressType === 'ipv4' ? a() : aaaa()));
  const ipv4 = await a();
  if (ipv4.kind === 'no-address') return aaaa();
  if (ipv4.kind !== 'addresses' || !isChoice) return ipv4;
  const ipv6 = await aaaa();
  return ipv6.kind === 'addresses' ? { ipv4, ipv6 } : ipv4;
}

const only = (addressType: AddressType, answer: DnsAnswer): DnsAnswer =>
  answer.kind === 'no-address' ? { ...answer, addressType } : answer;

async function answerOf(query: () => Promise<RecordWithTtl[]>): Promise<DnsAnswer> {
  try {
    const records = await query();
    // A chain of CNAMEs without an end comes as an empty list and no error.
    if (records.length === 0) return { kind: 'no-address' };
    if (records.length > mostAddresses) return { kind: 'too-many', count: records.length };
    const addresses = [...new Set(records.map(({ address }) => canonicalIp(address)))].sort();
    return { kind: 'addresses', addresses, ttlMs: 1000 * Math.min(...records.map(({ ttl }) => ttl)) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'EUNKNOWN';
    if (code === 'ENOTFOUND') return { kind: 'not-found' };
    return code === 'ENODATA' ? { kind: 'no-address' } : { kind: 'failed', code };
  }
}
