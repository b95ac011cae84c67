import { behind } from './custom-endpoints.ts';
import { clusterEndpoint, customEndpoint, instanceEndpoint, readerEndpoint } from './names.ts';
import type { DatabaseState, Member } from './state.ts';

/** What a name leads to: hosts' addresses, through an alias when the name is a cluster's. */
export type RecordTarget = { readonly cname?: string; readonly ip: string; readonly ipv6?: string };

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
