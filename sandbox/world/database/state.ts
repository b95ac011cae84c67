/** A place in the VPC for a host: each Availability Zone has one subnet, 10.0.N.0/24. */
export type Address = { readonly ip: string; readonly ipv6?: string; readonly availabilityZone: string };

export type DatabaseKind = 'instance' | 'cluster';

/** A list of a cluster's members: these, or, without a static one, all but the excluded ones. */
export type CustomEndpoint = {
  readonly id: string;
  readonly type: 'READER' | 'ANY';
  readonly staticMembers?: readonly string[];
  readonly excludedMembers?: readonly string[];
};

/** A host with the engine on it. `hostId` is the engine's name for it and survives a change of the address. */
export type DatabaseHost = Address & { readonly hostId: string; readonly up: boolean; readonly isSilent?: boolean };

type MemberStatus = 'available' | 'rebooting' | 'modifying' | 'renaming' | 'stopping' | 'stopped' | 'starting';

/** A DB instance. `host` answers under its endpoint; a Multi-AZ instance also has a `standby` that no client can reach. */
export type Member = {
  readonly id: string;
  readonly resourceId: string;
  readonly role: 'writer' | 'reader';
  readonly status: MemberStatus;
  readonly host: DatabaseHost;
  readonly standby?: DatabaseHost;
};

/** The state of a database at one moment. Changes are functions from state to state. */
export type DatabaseState = {
  readonly kind: DatabaseKind;
  readonly id: string;
  readonly resourceId: string;
  readonly port: number;
  /** As the API names it: `postgres`, `aurora-mysql`. */
  readonly engine: string;
  readonly engineVersion: string;
  readonly failingOver: boolean;
  readonly members: readonly Member[];
  /** The blue side of the last switchover: still running, read-only, under other names. */
  readonly retired: readonly Member[];
  readonly spares: readonly DatabaseHost[];
  readonly customEndpoints: readonly CustomEndpoint[];
};

export type Change = (state: DatabaseState) => DatabaseState;

export function writerOf(state: DatabaseState): Member {
  const writer = state.members.find((member) => member.role === 'writer');
  if (!writer) throw new Error(`database ${state.id} has no writer`);
  return writer;
}

export function memberOf(state: DatabaseState, id: string): Member {
  const member = state.members.find((candidate) => candidate.id === id);
  if (!member) throw new Error(`database ${state.id} has no member ${id}`);
  return member;
}

/** One member, changed. */
export const withMember =
  (id: string, change: (member: Member) => Member): Change =>
  (state) => ({
    ...state,
    members: state.members.map((member) => (member.id === id ? change(member) : member)),
  });

/** One host, changed wherever it serves. */
export const withHost =
  (hostId: string, change: Partial<DatabaseHost>): Change =>
  (state) => {
    const changed = (host: DatabaseHost) => (host.hostId === hostId ? { ...host, ...change } : host);
    const inMember = (member: Member): Member => ({
      ...member,
      host: changed(member.host),
      ...(member.standby ? { standby: changed(member.standby) } : {}),
    });
    return {
      ...state,
      members: state.members.map(inMember),
      retired: state.retired.map(inMember),
      spares: state.spares.map(changed),
    };
  };

export const withStatus = (id: string, status: MemberStatus): Change =>
  withMember(id, (member) => ({ ...member, status }));

export const all =
  (...changes: readonly Change[]): Change =>
  (state) =>
    changes.reduce((present, change) => change(present), state);

/** Every host that a DB instance has; the spares have none. */
export const hostsInUse = (state: DatabaseState): readonly DatabaseHost[] =>
  [...state.members, ...state.retired].flatMap(hostsOf);

export const hostsOf = ({ host, standby }: Member): readonly DatabaseHost[] => (standby ? [host, standby] : [host]);

/** Where a client can connect: the host behind each endpoint, unless it is down. */
export const reachable = (state: DatabaseState): readonly { ip: string; port: number; hostId: string }[] =>
  [...state.members, ...state.retired]
    .map(({ host }) => host)
    .filter(({ up }) => up)
    .flatMap((host) => placesOf(host, state.port));

const placesOf = ({ ip, ipv6, hostId }: DatabaseHost, port: number) =>
  [ip, ...(ipv6 ? [ipv6] : [])].map((address) => ({ ip: address, port, hostId }));

/** Addresses that answer nothing, not even a refusal. */
export const silentPlaces = (state: DatabaseState): readonly { ip: string; port: number }[] =>
  hostsInUse(state)
    .filter(({ isSilent }) => isSilent)
    .flatMap((host) => placesOf(host, state.port));

/** The members behind a custom endpoint. A list keeps its members; whether the present writer is among them depends on the type. */
export function behind({ type, staticMembers = [], excludedMembers = [] }: CustomEndpoint, state: DatabaseState) {
  const isListed = ({ id }: Member) =>
    staticMembers.length > 0 ? staticMembers.includes(id) : !excludedMembers.includes(id);
  return state.members.filter((one) => isListed(one) && (type === 'ANY' || one.role === 'reader'));
}
