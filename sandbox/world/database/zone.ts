import type { Zone, ZoneAnswer } from '../types.ts';
import { clusterEndpoint, customEndpoint, instanceEndpoint, readerEndpoint } from './names.ts';
import { behind, type DatabaseState, type Member } from './state.ts';

/** What a name leads to: hosts' addresses, through an alias when the name is a cluster's. */
type RecordTarget = { readonly cname?: string; readonly ip: string; readonly ipv6?: string };

/** Name (lower case) → targets; an answer holds one of them. */
export type DnsRecords = Readonly<Record<string, readonly RecordTarget[] | undefined>>;

/** The records that AWS's name servers should hold for this state. */
export function recordsOf(state: DatabaseState, region: string): DnsRecords {
  const direct = ({ host: { ip, ipv6 } }: Member): RecordTarget => ({ ip, ...(ipv6 ? { ipv6 } : {}) });
  const own = (member: Member) => [instanceEndpoint(member.id, region).toLowerCase(), [direct(member)]] as const;
  const instances = Object.fromEntries([...state.members, ...state.retired].map(own));
  if (state.kind === 'instance') return instances;

  const aliased = (member: Member): RecordTarget => ({
    cname: instanceEndpoint(member.id, region).toLowerCase(),
    ...direct(member),
  });
  const writers = state.members.filter(({ role }) => role === 'writer');
  const readers = state.members.filter(({ role, host }) => role === 'reader' && host.up);
  const custom = state.customEndpoints.map((endpoint) => {
    const members = behind(endpoint, state).filter(({ host }) => host.up);
    return [customEndpoint(endpoint.id, region).toLowerCase(), members.map(aliased)] as const;
  });
  return {
    ...instances,
    ...Object.fromEntries(custom),
    [clusterEndpoint(state.id, region).toLowerCase()]: writers.map(aliased),
    // Without a reader, the reader endpoint leads to the writer.
    [readerEndpoint(state.id, region).toLowerCase()]: (readers.length > 0 ? readers : writers).map(aliased),
  };
}

/** The names whose records differ. */
export const changedNames = (before: DnsRecords, after: DnsRecords): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );

function answer(target: RecordTarget, type: 'A' | 'AAAA'): ZoneAnswer {
  const cnames = target.cname ? [target.cname] : undefined;
  const address = type === 'A' ? target.ip : target.ipv6;
  // The alias itself has no family: asked for AAAA, an IPv4-only cluster answers with the CNAME alone.
  if (!address) return cnames ? { kind: 'cname-only', cnames } : { kind: 'no-data' };
  const addresses = type === 'A' ? { a: [address] } : { aaaa: [address] };
  return { kind: 'records', ...(cnames ? { cnames } : {}), ...addresses };
}

const normal = (name: string) => name.toLowerCase().replace(/\.$/, '');

type DatabaseZone = {
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
