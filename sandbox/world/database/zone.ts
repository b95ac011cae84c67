import type { Zone, ZoneAnswer } from '../types.ts';
import type { DnsRecords, RecordTarget } from './records.ts';

function answer(target: RecordTarget, type: 'A' | 'AAAA'): ZoneAnswer {
  const cnames = target.cname ? [target.cname] : undefined;
  const address = type === 'A' ? target.ip : target.ipv6;
  // The alias itself has no family: asked for AAAA, an IPv4-only cluster answers with the CNAME alone.
  if (!address) return cnames ? { kind: 'cname-only', cnames } : { kind: 'no-data' };
  const addresses = type === 'A' ? { a: [address] } : { aaaa: [address] };
  return { kind: 'records', ...(cnames ? { cnames } : {}), ...addresses };
}

const normal = (name: string) => name.toLowerCase().replace(/\.$/, '');

export type DatabaseZone = {
  readonly zone: Zone;
  override(name: string | 'all', answer: ZoneAnswer | undefined): void;
  /** Until the returned function is called, every other answer for these names comes from the older records. */
  flap(names: readonly string[]): () => void;
};

/** Authoritative answers out of the records that DNS sees at the moment of the question. */
export function createZone(options: {
  readonly records: () => DnsRecords;
  /** For each name that ever changed, its records before the last change. */
  readonly older: () => DnsRecords;
  readonly random: () => number;
}): DatabaseZone {
  const { records, older, random } = options;
  const overrides = new Map<string, ZoneAnswer>();
  const flaps = new Set<readonly string[]>();
  const asked = new Map<string, number>();

  // Counted per name and type: a client that always asks A and AAAA in turn sees both sides of each.
  const isOddQuestion = (key: string) => {
    const count = (asked.get(key) ?? 0) + 1;
    asked.set(key, count);
    return count % 2 === 1;
  };
  const isFlapping = (name: string) => name in older() && [...flaps].some((names) => names.includes(name));

  return {
    zone(rawName, type) {
      const name = normal(rawName);
      const override = overrides.get(name) ?? (name in records() ? overrides.get('all') : undefined);
      if (override) return override;
      const stale = isFlapping(name) && isOddQuestion(`${name}|${type}`);
      const targets = (stale ? older() : records())[name];
      if (!targets) return { kind: 'nxdomain' };
      const target = targets[Math.floor(random() * targets.length)];
      return target ? answer(target, type) : { kind: 'no-data' };
    },
    override(name, given) {
      const key = name === 'all' ? name : normal(name);
      if (given) overrides.set(key, given);
      else overrides.delete(key);
    },
    flap(names) {
      const own = [...names];
      flaps.add(own);
      return () => void flaps.delete(own);
    },
  };
}

/** Several databases behind one name server: the first zone that knows the name answers. */
export const combineZones =
  (zones: () => readonly Zone[]): Zone =>
  (name, type) => {
    for (const zone of zones()) {
      const found = zone(name, type);
      if (found.kind !== 'nxdomain') return found;
    }
    return { kind: 'nxdomain' };
  };
