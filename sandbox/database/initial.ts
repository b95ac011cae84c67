import { createAddresses } from './addresses.ts';
import { resourceId } from './random.ts';
import type { DatabaseHost, DatabaseState, Member } from './state.ts';
import type { DatabaseOptions } from './types.ts';

/** The options with what every part needs filled in. */
export type Settings = DatabaseOptions & {
  readonly region: string;
  readonly account: string;
  readonly random: () => number;
};

export type Addresses = ReturnType<typeof createAddresses>;

export function addressesOf({ region, availabilityZones, firstAddress = 10, ipv6 = false }: Settings): Addresses {
  return createAddresses({ region, zones: availabilityZones ?? ['a', 'b', 'c'], first: firstAddress, ipv6 });
}

const servingHosts = ({ kind, readers = 1, multiAz = true }: Settings) =>
  kind === 'cluster' ? 1 + readers : multiAz ? 2 : 1;

/** The writer's host first, then the standby's or the readers', then the spares. */
export function initialState(settings: Settings, addresses: Addresses): DatabaseState {
  const { kind, id, port = 5432, spares = 0, random } = settings;
  const serving = servingHosts(settings);
  const hosts = Array.from({ length: serving + spares }, (_, index): DatabaseHost => {
    return { ...addresses.forHost(index), hostId: `${id}-host-${index + 1}`, up: true };
  });
  const [first, ...others] = hosts.slice(0, serving);
  if (!first) throw new Error('a database needs a host');
  const member = (name: string, role: Member['role'], host: DatabaseHost): Member => {
    return { id: name, resourceId: resourceId('db', random), role, status: 'available', host };
  };
  const [standby] = others;
  const members =
    kind === 'cluster'
      ? [member(`${id}-1`, 'writer', first), ...others.map((host, i) => member(`${id}-${i + 2}`, 'reader', host))]
      : [{ ...member(id, 'writer', first), ...(standby ? { standby } : {}) }];
  return {
    kind,
    id,
    resourceId: resourceId('cluster', random),
    port,
    failingOver: false,
    members,
    retired: [],
    spares: hosts.slice(serving),
  };
}

/** Every host of a state, in the order in which the engine is to start them. */
export const hostsOf = ({ members, spares }: DatabaseState): readonly DatabaseHost[] => [
  ...members.flatMap(({ host, standby }) => (standby ? [host, standby] : [host])),
  ...spares,
];
