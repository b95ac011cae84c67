import { resourceId } from './random.ts';
import type { Address, DatabaseHost, DatabaseState, Member } from './state.ts';
import type { DatabaseOptions } from './types.ts';

/** The options with defaults filled in. */
export type Settings = DatabaseOptions & {
  readonly region: string;
  readonly account: string;
  readonly random: () => number;
};

type Addresses = ReturnType<typeof createAddresses>;

export function addressesOf({ region, availabilityZones, firstAddress = 10, ipv6 = false }: Settings): Addresses {
  return createAddresses({ region, zones: availabilityZones ?? ['a', 'b', 'c'], first: firstAddress, ipv6 });
}

const servingHosts = ({ kind, readers = 1, multiAz = true }: Settings) =>
  kind === 'cluster' ? 1 + readers : multiAz ? 2 : 1;

const versions = { postgres: '17.5', mysql: '8.4.5', mariadb: '11.4.5', 'aurora-mysql': '8.0.mysql_aurora.3.09.0' };

/** PostgreSQL in the version that runs here, where one runs; there is no Aurora of MariaDB. */
function engineOf(kind: Settings['kind'], name: keyof typeof versions & string, running: string | undefined) {
  if (name === 'postgres') {
    const engineVersion = running ?? versions.postgres;
    return { engine: kind === 'cluster' ? 'aurora-postgresql' : 'postgres', engineVersion };
  }
  const engine = kind === 'cluster' ? 'aurora-mysql' : name;
  return { engine, engineVersion: versions[engine] };
}

/** The writer's host first, then the standby's or the readers', then the spares. */
export function initialState(settings: Settings, addresses: Addresses): DatabaseState {
  const { kind, id, engineName = 'postgres', spares = 0, customEndpoints = [], random } = settings;
  const { port = engineName === 'postgres' ? 5432 : 3306 } = settings;
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
    ...engineOf(kind, engineName, settings.engine.version),
    failingOver: false,
    members,
    retired: [],
    spares: hosts.slice(serving),
    customEndpoints,
  };
}

/** Hands out addresses, never the same one twice while the subnet lasts. */
function createAddresses(options: {
  readonly region: string;
  readonly zones: readonly string[];
  readonly first: number;
  readonly ipv6: boolean;
}): { forHost(index: number): Address; inZone(availabilityZone: string): Address } {
  const { region, zones, first, ipv6 } = options;
  const letters = [...new Set(zones)];
  const next = letters.map(() => first);

  const inSubnet = (subnet: number): Address => {
    const number = next[subnet] ?? first;
    next[subnet] = number >= 250 ? 4 : number + 1;
    return {
      ip: `10.0.${subnet + 1}.${number}`,
      ...(ipv6 ? { ipv6: `2001:db8:0:${subnet + 1}::${number.toString(16)}` } : {}),
      availabilityZone: `${region}${letters[subnet]}`,
    };
  };
  return {
    forHost: (index) => inSubnet(Math.max(0, letters.indexOf(zones[index % zones.length] ?? ''))),
    inZone: (availabilityZone) => inSubnet(Math.max(0, letters.indexOf(availabilityZone.slice(region.length)))),
  };
}
